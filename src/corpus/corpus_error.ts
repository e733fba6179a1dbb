/**
 * The error of this room. What is wrong with one commit, one pull request or one line of a file is no
 * exception: it is counted by its reason, and the rest goes on.
 *
 * @module
 */

/** What went wrong, for programs; the message tells people. */
export type CorpusErrorCode =
  /** An option or a filter that has no meaning. */
  | "bad-option"
  /** A line of a corpus that is no sample. */
  | "bad-sample"
  /** Packed tokens whose manifest or shards are not what they should be, or that cannot be made. */
  | "bad-dataset"
  /** A forge that refuses, cannot be reached, or answers what is not understood. */
  | "forge"
  /** An edit that cannot be applied to the files at hand. */
  | "bad-edit"
  /** A unit of change that is too large to be one sample. */
  | "too-large"
  /** What a stopped run left does not fit this one. */
  | "cannot-resume";

/** An error of this room; `code` tells the kind. */
export class CorpusError extends Error {
  override readonly name = "CorpusError";

  constructor(readonly code: CorpusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
