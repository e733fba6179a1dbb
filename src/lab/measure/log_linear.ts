/**
 * Rates over the logarithm of tokens: the straight line through them, and where they reach a half.
 *
 * @module
 */
import type { LogLinearFit, TokensNeeded } from "../ablation_report.ts";

/** A rate at so many tokens. */
export interface TokenPoint {
  readonly tokens: number;
  readonly resolved: number;
}

/** Least squares over log10 of tokens; null for fewer than three points, or all at one place. */
export function logLinearFit(points: readonly TokenPoint[]): LogLinearFit | null {
  if (points.length < 3) return null;
  const x = points.map(({ tokens }) => Math.log10(tokens));
  const y = points.map(({ resolved }) => resolved);
  const [mx, my] = [meanOf(x), meanOf(y)];
  const products = (a: readonly number[], ma: number, b: readonly number[], mb: number) =>
    a.reduce((sum, value, i) => sum + (value - ma) * ((b[i] ?? 0) - mb), 0);
  const [xx, xy, yy] = [products(x, mx, x, mx), products(x, mx, y, my), products(y, my, y, my)];
  if (xx === 0) return null;
  const slope = xy / xx;
  // A line through equal rates leaves nothing unexplained.
  return { slope, intercept: my - slope * mx, r2: yy === 0 ? 1 : xy * xy / (xx * yy) };
}

/**
 * The fewest tokens at which a rate of a half is reached, on straight lines in log tokens between the
 * sizes. A rate that passes a half more than once counts from the first time.
 *
 * @param points Ascending in tokens, one at least.
 */
export function tokensForHalf(points: readonly TokenPoint[]): TokensNeeded {
  const at = points.findIndex(({ resolved }) => resolved >= 0.5);
  const [after, before] = [points[at], points[at - 1]];
  if (after === undefined) return { reached: "never", tokens: points.at(-1)?.tokens ?? 0 };
  if (before === undefined) return { reached: "always", tokens: after.tokens };
  const share = (0.5 - before.resolved) / (after.resolved - before.resolved);
  const log = Math.log(before.tokens) + share * Math.log(after.tokens / before.tokens);
  return { reached: "within", tokens: Math.round(Math.exp(log)) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
