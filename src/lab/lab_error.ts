/**
 * What goes wrong with an experiment, told in one typed error.
 *
 * @module
 */

/** Why an ablation cannot be run. */
export type LabErrorCode =
  /** The spec has a wrong key or value. */
  | "spec"
  /** A corpus is empty, or smaller than what a stage is to read of it. */
  | "data"
  /** A stage would learn from no token. */
  | "mask"
  /** The base model does not copy names well enough to compare anything on it. */
  | "gate"
  /** The folder holds another experiment. */
  | "run";

/** An error of this room; `code` tells the kind. */
export class LabError extends Error {
  override readonly name = "LabError";

  constructor(readonly code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
