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

/** `75000` is `1 min 15 s`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(1, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
