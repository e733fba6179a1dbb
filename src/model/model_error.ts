/**
 * What goes wrong with models and their files, as one typed error.
 *
 * @module
 */

/**
 * Why: a description that no decoder here fits; tensors that are missing, unknown or of another
 * shape; a file that is cut short or lies about itself; data that a model cannot take.
 */
export type ModelErrorCode = "config" | "weights" | "file" | "data";

/** Thrown by everything in `model/`. The message quotes the value and says what to do. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
