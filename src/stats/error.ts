/**
 * What is refused about a corpus, as one typed error.
 *
 * @module
 */

/**
 * Why: a token outside the vocabulary; arrays that do not fit together; edges that do not ascend; an n of n-grams;
 * statistics that cannot be merged; a count over 2³² - 1.
 */
export type StatisticsErrorCode =
  | "token-out-of-range"
  | "bad-corpus"
  | "bad-edges"
  | "bad-size"
  | "not-mergeable"
  | "overflow";

/** Thrown by everything in `stats/`. The message quotes the value that was refused and its place. */
export class StatisticsError extends Error {
  override readonly name = "StatisticsError";
  readonly code: StatisticsErrorCode;

  constructor(code: StatisticsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
