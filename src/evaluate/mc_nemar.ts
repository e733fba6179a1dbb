/**
 * Whether one policy resolves more than another on the same tasks: only the tasks on which they differ
 * tell.
 *
 * @module
 */
import { EvaluateError } from "./evaluate_error.ts";

/** A paired comparison. */
export interface PairedComparison {
  /** Tasks that both, only the first, only the second, or neither resolved. */
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** The second's rate minus the first's. */
  readonly difference: number;
  /** Its standard error. */
  readonly standardError: number;
  /** Two-sided, exact: how likely so unequal a division of the differing tasks is by chance. */
  readonly pValue: number;
}

/**
 * McNemar's exact test on two lists of outcomes, task by task.
 *
 * @throws {EvaluateError} `bad-counts` for lists of different lengths, or without a task
 * @see Q. McNemar, Note on the sampling error of the difference between correlated proportions, 1947
 */
export function mcNemar(
  first: readonly boolean[],
  second: readonly boolean[],
): PairedComparison {
  if (first.length !== second.length || first.length === 0) {
    const counts = `${first.length} and ${second.length} outcomes`;
    throw new EvaluateError("bad-counts", `${counts} cannot be paired`);
  }
  const count = (a: boolean, b: boolean) =>
    first.filter((resolved, at) => resolved === a && second[at] === b).length;
  const [onlyFirst, onlySecond] = [count(true, false), count(false, true)];
  const n = first.length;
  const difference = (onlySecond - onlyFirst) / n;
  return {
    both: count(true, true),
    onlyFirst,
    onlySecond,
    neither: count(false, false),
    difference,
    standardError: Math.sqrt(((onlyFirst + onlySecond) / n - difference ** 2) / n),
    pValue: twoSidedBinomial(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond),
  };
}

/** Twice the chance of `few` or fewer heads of n, at most 1. */
function twoSidedBinomial(few: number, n: number): number {
  let log = -n * Math.LN2;
  let below = 0;
  for (let heads = 0; heads <= few; heads++) {
    below += Math.exp(log);
    log += Math.log(n - heads) - Math.log(heads + 1);
  }
  return Math.min(1, 2 * below);
}
