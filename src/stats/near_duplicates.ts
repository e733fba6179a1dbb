/**
 * Which documents are nearly the same: clusters by their MinHash signatures.
 *
 * @module
 */

import { EMPTY_BIN, SIGNATURE_BINS, signatureSimilarity } from "./min_hash.ts";

/** Documents that are near duplicates of one another. */
export interface NearDuplicates {
  /** Each cluster's documents, ascending; by their first one. A document is in one at most. */
  readonly clusters: readonly (readonly number[])[];
  /** Documents beyond the first one of their cluster: what removing duplicates would take away. */
  readonly duplicates: number;
  readonly threshold: number;
}

/**
 * Clusters documents: two whose signatures are similar by `threshold` or more belong together, and so
 * does what they belong to. Candidates share 4 bins in a row of 4 (locality-sensitive hashing): of
 * pairs that are similar by 0.8, 99.98 % are found. Cost: O(K) where few are similar.
 *
 * @param signatures (K, 64) of `minHash`, one shard after the other.
 * @param threshold Similarity from 0 to 1, default 0.8.
 * @throws {RangeError} for a threshold that is not above 0 and at most 1.
 * @example
 * ```ts
 * import { minHashCpu, nearDuplicates } from "bottega";
 * const text = [3, 1, 4, 1, 5, 9, 2, 6];
 * const documents = { tokens: Uint32Array.of(...text, ...text), offsets: Uint32Array.of(0, 8, 16) };
 * console.log(nearDuplicates(minHashCpu(documents)).clusters); // [[0, 1]]
 * ```
 */
export function nearDuplicates(signatures: Uint32Array, threshold = 0.8): NearDuplicates {
  if (!(threshold > 0 && threshold <= 1)) {
    throw new RangeError(`threshold is ${threshold}; give a similarity above 0, at most 1`);
  }
  const K = signatures.length / SIGNATURE_BINS;
  const parents = Int32Array.from({ length: K }, (_, k) => k);
  const find = (k: number): number => {
    while (parents[k] !== k) k = parents[k] = parents[parents[k]!]!;
    return k;
  };
  for (let band = 0; band < SIGNATURE_BINS; band += BAND_BINS) {
    const firsts = new Map<string, number[]>();
    for (let k = 0; k < K; k++) {
      const bins = signatures.subarray(k * SIGNATURE_BINS + band).subarray(0, BAND_BINS);
      if (bins.every((bin) => bin === EMPTY_BIN)) continue;
      const key = bins.join();
      const others = firsts.get(key) ?? [];
      const similar = others.find((other) =>
        find(other) === find(k) || signatureSimilarity(signatures, other, k) >= threshold
      );
      if (similar === undefined) firsts.set(key, [...others, k].slice(0, MOST_COMPARED));
      else parents[Math.max(find(similar), find(k))] = Math.min(find(similar), find(k));
    }
  }
  const clusters = Map.groupBy(parents.keys(), find).values()
    .filter((cluster) => cluster.length > 1).toArray();
  const duplicates = clusters.reduce((sum, cluster) => sum + cluster.length - 1, 0);
  return { clusters, duplicates, threshold };
}

const BAND_BINS = 4;

/** Representatives of a band that a document is compared with: more would be quadratic. */
const MOST_COMPARED = 32;
