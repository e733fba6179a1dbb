/**
 * What goes wrong around a measurement, told in one typed error. What a patch does wrong is no error:
 * it is in its report.
 *
 * @module
 */

/** Why something cannot be measured. */
export type EvaluateErrorCode =
  /** Predictions that are not in a shape that is read, or two for one instance. */
  | "bad-predictions"
  /** A question or a problem lacks a key, or a value is of the wrong kind. */
  | "bad-item"
  /** Numbers that no statistic can be made of. */
  | "bad-counts";

/** An error of this room; `code` tells the kind. */
export class EvaluateError extends Error {
  override readonly name = "EvaluateError";

  constructor(readonly code: EvaluateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
