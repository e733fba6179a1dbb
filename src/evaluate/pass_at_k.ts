/**
 * The chance that at least one of k attempts succeeds, estimated without bias from n attempts.
 *
 * @module
 */
import { EvaluateError } from "./evaluate_error.ts";

/**
 * 1 − C(n − c, k) / C(n, k): of all ways to draw k of n attempts, the share that holds one of the c
 * successes.
 *
 * @throws {EvaluateError} `bad-counts`, unless 0 ≤ c ≤ n and 1 ≤ k ≤ n
 * @see M. Chen et al., Evaluating large language models trained on code, 2021, section 2.1
 * @example
 * ```ts
 * import { passAtK } from "bottega";
 * passAtK(4, 1, 1); // 0.25
 * passAtK(4, 1, 4); // 1
 * ```
 */
export function passAtK(attempts: number, successes: number, k: number): number {
  const isRight = Number.isInteger(attempts) && Number.isInteger(successes) &&
    Number.isInteger(k) &&
    successes >= 0 && successes <= attempts && k >= 1 && k <= attempts;
  if (!isRight) {
    throw new EvaluateError(
      "bad-counts",
      `pass@${k} of ${successes} successes in ${attempts} attempts: it needs 0 ≤ successes ≤ attempts and 1 ≤ k ≤ attempts`,
    );
  }
  if (attempts - successes < k) return 1;
  let allFail = 1;
  for (let n = attempts - successes + 1; n <= attempts; n++) allFail *= 1 - k / n;
  return 1 - allFail;
}

/** The mean of {@linkcode passAtK} over tasks, each with its successes of its attempts. */
export function meanPassAtK(
  tasks: readonly { readonly attempts: number; readonly successes: number }[],
  k: number,
): number {
  if (tasks.length === 0) throw new EvaluateError("bad-counts", "there are no tasks");
  const sum = tasks.reduce(
    (sum, { attempts, successes }) => sum + passAtK(attempts, successes, k),
    0,
  );
  return sum / tasks.length;
}
