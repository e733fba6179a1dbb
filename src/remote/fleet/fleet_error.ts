/**
 * What can go wrong between a fleet and those who use it.
 *
 * @module
 */

/** See {@linkcode FleetError}. */
export type FleetErrorCode =
  /** The server does not answer. */
  | "unreachable"
  /** The server refuses these credentials, or what was asked is not theirs to do. */
  | "refused"
  /** A file that should hold credentials does not. */
  | "bad-credentials"
  /** The server holds no fleet: its queues and stores were never made. */
  | "no-fleet"
  | "bad-job"
  | "no-such-job"
  | "cancelled"
  /** The job failed as often as it may; it can be queued again. */
  | "dead-letter"
  /** Another worker holds this job by now. */
  | "lost-lease"
  | "closed";

/** What a fleet could not do; the message quotes the value and says what to do. */
export class FleetError extends Error {
  override readonly name = "FleetError";
  constructor(readonly code: FleetErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
  }
}
