/**
 * How long work tells about itself. Everything that may take over a second takes {@linkcode Job}.
 *
 * @module
 */

/** A moment in a piece of work: `done` of `total` units of `unit`; `total` 0 where it is not known yet. */
export interface Progress {
  /** What is being done, as a user would say it: `clone`, `read`, `tokenise`, `measure`. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit:
    | "bytes"
    | "objects"
    | "files"
    | "commits"
    | "trajectories"
    | "samples"
    | "tokens"
    | "tasks";
}

/** Options of work that may take a while: told about and stopped from outside. */
export interface Job {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
