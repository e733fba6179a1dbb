/**
 * What goes wrong in training, as one typed error.
 *
 * @module
 */

/**
 * Why: a spec that is not one; data that do not fit the model; a model that cannot be read; a batch
 * that does not fit in memory; a loss that runs away; a GPU that is gone or was never there; a run
 * folder that cannot be begun or resumed.
 */
export type TrainErrorCode =
  | "spec"
  | "data"
  | "model"
  | "memory"
  | "diverged"
  | "lost"
  | "no-gpu"
  | "run";

/** Thrown by everything in `train/`. The message quotes what was refused and says what to do. */
export class TrainError extends Error {
  override readonly name = "TrainError";

  constructor(readonly code: TrainErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
