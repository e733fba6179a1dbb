/**
 * Student's t: intervals of a mean over few seeds, and the test of whether it is zero.
 *
 * @see Student, The probable error of a mean, 1908
 * @module
 */

/** Two-sided: how likely |T| ≥ |t| is by chance with so many degrees of freedom. */
export function tProbability(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? NaN : 0;
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/**
 * The t that |T| stays below with probability `confidence`, by bisection.
 *
 * @example
 * ```ts ignore
 * tQuantile(0.95, 4); // 2.776, of five seeds
 * ```
 */
export function tQuantile(confidence: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (tProbability(high, degrees) > 1 - confidence) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (tProbability(middle, degrees) > 1 - confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The mean, and the half width of its 95 % interval; null for a single value. */
export function meanOverSeeds(values: readonly number[]): { mean: number; half: number | null } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, half: null };
  return { mean, half: tQuantile(0.95, n - 1) * standardError(values, mean) };
}

/** Whether the mean of paired differences is zero; null for one value, or where all are the same. */
export function pairedT(
  differences: readonly number[],
): { t: number; degrees: number; pValue: number } | null {
  const n = differences.length;
  if (n < 2) return null;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const error = standardError(differences, mean);
  // What is left of equal values is rounding.
  if (error <= 1e-12) return null;
  const t = mean / error;
  return { t, degrees: n - 1, pValue: tProbability(t, n - 1) };
}

function standardError(values: readonly number[], mean: number): number {
  const n = values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (n - 1) / n);
}

/**
 * The regularised incomplete beta function by Lentz's continued fraction.
 *
 * @see NIST Digital Library of Mathematical Functions, 8.17.22
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side alone.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  let [c, d] = [1, 1 / nonZero(1 - (a + b) * x / (a + 1))];
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return front * fraction / a;
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}

/** The logarithm of the gamma function: up by recurrence, then Stirling's series. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 12; z++) shift += Math.log(z);
  const r = 1 / (z * z);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
