/**
 * How sure a resolved rate is: Wilson's interval for a share, the bootstrap for anything that is
 * computed of tasks.
 *
 * @module
 */
import { seededRandom } from "../agent/mod.ts";
import { EvaluateError } from "./evaluate_error.ts";

/** An estimate with the interval that holds the truth in 95 of 100 cases, or as asked. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's interval for `successes` of `n`, which is right for small n and for shares near 0 and 1.
 *
 * @param confidence 0.95 by default
 * @throws {EvaluateError} `bad-counts`, unless 0 ≤ successes ≤ n and n > 0
 * @see E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927
 * @example
 * ```ts
 * import { wilsonInterval } from "bottega";
 * const { low, high } = wilsonInterval(60, 100); // 0.502 to 0.691
 * console.log(low.toFixed(3), high.toFixed(3));
 * ```
 */
export function wilsonInterval(successes: number, n: number, confidence = 0.95): Estimate {
  if (!(n > 0 && successes >= 0 && successes <= n)) {
    throw new EvaluateError("bad-counts", `${successes} of ${n} is no share`);
  }
  const z = normalQuantile((1 + confidence) / 2);
  const share = successes / n;
  const middle = share + z * z / (2 * n);
  const half = z * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const scale = 1 + z * z / n;
  return {
    value: share,
    // Rounding must not push the interval off the share that it is about.
    low: Math.max(0, Math.min(share, (middle - half) / scale)),
    high: Math.min(1, Math.max(share, (middle + half) / scale)),
  };
}

/** How the bootstrap is done. */
export interface BootstrapOptions {
  readonly confidence?: number | undefined;
  /** How often it is drawn; 2,000 by default. */
  readonly draws?: number | undefined;
  readonly seed?: number | undefined;
}

/**
 * The percentile bootstrap: draws as many tasks as there are, with replacement, and computes the
 * statistic of each draw. Whatever belongs together (several runs of one task) is one item.
 *
 * @throws {EvaluateError} `bad-counts` for no items
 * @see B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13
 */
export function bootstrapInterval<T>(
  items: readonly T[],
  statistic: (drawn: readonly T[]) => number,
  { confidence = 0.95, draws = 2000, seed = 1 }: BootstrapOptions = {},
): Estimate {
  if (items.length === 0) throw new EvaluateError("bad-counts", "there is nothing to draw from");
  const random = seededRandom(`bootstrap ${seed}`);
  const found = Array.from(
    { length: draws },
    () => statistic(items.map(() => random.pick(items))),
  ).sort((a, b) => a - b);
  const at = (share: number) => found[Math.round(share * (draws - 1))] ?? NaN;
  return { value: statistic(items), low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}

/**
 * Where a normal variable stays below with probability `p`; its error is under 2e-9 (Acklam's
 * approximation).
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) {
    throw new EvaluateError("bad-counts", `${p} is no probability within 0 and 1`);
  }
  if (p < LOW_TAIL) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - LOW_TAIL) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return horner(CENTRE_TOP, r) * q / horner([...CENTRE_BOTTOM, 1], r);
}

const LOW_TAIL = 0.02425;

const CENTRE_TOP = [
  -3.969683028665376e1,
  2.209460984245205e2,
  -2.759285104469687e2,
  1.38357751867269e2,
  -3.066479806614716e1,
  2.506628277459239,
];

const CENTRE_BOTTOM = [
  -5.447609879822406e1,
  1.615858368580409e2,
  -1.556989798598866e2,
  6.680131188771972e1,
  -1.328068155288572e1,
];

const TAIL_TOP = [
  -7.784894002430293e-3,
  -3.223964580411365e-1,
  -2.400758277161838,
  -2.549732539343734,
  4.374664141464968,
  2.938163982698783,
];

const TAIL_BOTTOM = [
  7.784695709041462e-3,
  3.224671290700398e-1,
  2.445134137142996,
  3.754408661907416,
];

function tail(q: number): number {
  return horner(TAIL_TOP, q) / horner([...TAIL_BOTTOM, 1], q);
}

/** A polynomial, its highest power first. */
function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
