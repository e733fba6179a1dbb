/**
 * How far two distributions are from each other: the Jensen–Shannon divergence (Lin 1991) with
 * logarithms to base 2, 0 for equal ones and 1 for those that have nothing in common.
 *
 * @module
 */

import { StatisticsError } from "./error.ts";
import type { NgramCounts } from "./ngram_table.ts";

/**
 * The divergence of two distributions that are given as counts of the same things. Exactly 0 of one
 * with itself, and exactly symmetric.
 *
 * @param a (N) counts.
 * @param b (N) counts.
 * @returns Bits, 0 to 1; null where one of them counts nothing, and is no distribution.
 * @throws {StatisticsError} "not-mergeable" for counts of different things.
 * @example
 * ```ts
 * import { jensenShannon } from "bottega";
 * console.log(jensenShannon(Uint32Array.of(1, 1, 0), Uint32Array.of(0, 0, 5))); // 1
 * ```
 */
export function jensenShannon(a: Uint32Array, b: Uint32Array): number | null {
  if (a.length !== b.length) {
    throw new StatisticsError(
      "not-mergeable",
      `${a.length} counts cannot be held against ${b.length}. Count both with one vocabulary.`,
    );
  }
  const sums = [sumOf(a), sumOf(b)] as const;
  if (sums[0] === 0 || sums[1] === 0) return null;
  let bits = 0;
  for (let i = 0; i < a.length; i++) bits += term(a[i]! / sums[0], b[i]! / sums[1]);
  return clamp(bits);
}

/**
 * The divergence of two distributions of n-grams. Where one of the tables is a sample, both are taken
 * at the coarser level: that estimates the divergence.
 *
 * @returns Bits, 0 to 1; null where one of them counts nothing.
 * @throws {StatisticsError} "not-mergeable" for different n.
 */
export function jensenShannonNgrams(a: NgramCounts, b: NgramCounts): number | null {
  if (a.n !== b.n) {
    throw new StatisticsError(
      "not-mergeable",
      `${a.n}-grams cannot be held against ${b.n}-grams. Count both with one n.`,
    );
  }
  const level = Math.max(a.level, b.level);
  const sums = [sampledSum(a, level), sampledSum(b, level)] as const;
  if (sums[0] === 0 || sums[1] === 0) return null;
  let bits = 0;
  // Both are in the order of their hashes, and so are walked side by side.
  for (let i = 0, j = 0; i < a.counts.length || j < b.counts.length;) {
    const order = compareHashes(a, i, b, j);
    const high = order <= 0 ? a.hashes[2 * i + 1]! : b.hashes[2 * j + 1]!;
    const p = order <= 0 ? a.counts[i++]! / sums[0] : 0;
    const q = order >= 0 ? b.counts[j++]! / sums[1] : 0;
    if (Math.clz32(high) >= level) bits += term(p, q);
  }
  return clamp(bits);
}

/** Under 0 where a's entry comes first, 0 where both are of one n-gram. */
function compareHashes(a: NgramCounts, i: number, b: NgramCounts, j: number): number {
  if (i >= a.counts.length) return 1;
  if (j >= b.counts.length) return -1;
  return a.hashes[2 * i + 1]! - b.hashes[2 * j + 1]! || a.hashes[2 * i]! - b.hashes[2 * j]!;
}

function sampledSum({ hashes, counts }: NgramCounts, level: number): number {
  return counts.reduce(
    (sum, count, i) => Math.clz32(hashes[2 * i + 1]!) >= level ? sum + count : sum,
    0,
  );
}

/** A thing's part of the divergence; the order of p and q changes not a bit of it. */
function term(p: number, q: number): number {
  const middle = (p + q) / 2;
  return (part(p, middle) + part(q, middle)) / 2;
}

function part(p: number, middle: number): number {
  return p === 0 ? 0 : p * Math.log2(p / middle);
}

function sumOf(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Rounding may lead out of the range by its last bits. */
function clamp(bits: number): number {
  return Math.min(1, Math.max(0, bits));
}
