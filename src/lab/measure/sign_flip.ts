/**
 * The exact sign-flip test: if neither of two cells were better, each difference could as well have
 * the other sign.
 *
 * @see R. A. Fisher, The Design of Experiments, 1935, section 21
 * @module
 */

/**
 * Two-sided: the share of all ways to choose signs whose sum is as far from zero as that of the
 * differences. Exact, by convolution: n · sum of their sizes operations.
 *
 * @param differences Whole numbers, so that ties are ties.
 */
export function signFlipProbability(differences: readonly number[]): number {
  const sizes = differences.map((difference) => Math.abs(difference)).filter((size) => size > 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  // Of sums shifted by `total`, so that none is negative.
  let chances = new Float64Array(2 * total + 1);
  chances[total] = 1;
  for (const size of sizes) {
    const next = new Float64Array(2 * total + 1);
    for (const [at, chance] of chances.entries()) {
      if (chance === 0) continue;
      next[at - size]! += chance / 2;
      next[at + size]! += chance / 2;
    }
    chances = next;
  }
  const far = chances.reduce(
    (sum, chance, at) => Math.abs(at - total) >= observed ? sum + chance : sum,
    0,
  );
  return Math.min(1, far);
}
