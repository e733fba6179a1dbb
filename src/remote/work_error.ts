/**
 * What can go wrong with work that was handed to a worker.
 *
 * @module
 */

/** See {@linkcode WorkError}. */
export type WorkErrorCode =
  /** No work of that name is registered, or this worker lacks what it needs. */
  | "no-such-work"
  /** The request is not what the work takes. */
  | "bad-request"
  /** What a worker gave is not what such work gives. */
  | "bad-result"
  | "no-such-run"
  /** The workbench knows no machine of that name. */
  | "no-such-machine"
  | "no-such-blob"
  /** Bytes that are not those of their hash. */
  | "corrupt"
  /** The worker takes no more: its queue or its store is full, or it is shutting down. */
  | "busy"
  /** The run took more time or memory than it may. */
  | "limit"
  /** The run's own process ended. */
  | "died"
  | "cancelled"
  /** The work itself failed. */
  | "failed";

/** Work that could not be done; the message quotes the value and says what to do. */
export class WorkError extends Error {
  override readonly name = "WorkError";
  constructor(readonly code: WorkErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
  }
}
