/**
 * What attention kernels never write down: how much each token sees of each other one.
 *
 * @module
 */

import type { DecoderConfig } from "./config.ts";

/**
 * softmax(q kᵀ / √D) of one head over N tokens, 0 for what comes later: (N, N), rows sum to 1.
 *
 * @param qkv (T, (H + 2KV) · D) of one row, T ≥ N, queries and keys as attention takes them.
 */
export function attentionWeights(
  { heads: H, kvHeads: KV, headSize: D }: DecoderConfig,
  qkv: ArrayLike<number>,
  head: number,
  N: number,
): Float32Array {
  const columns = (H + 2 * KV) * D;
  const keyColumn = (H + Math.floor(head / (H / KV))) * D;
  const weights = new Float32Array(N * N);
  for (let n = 0; n < N; n++) {
    const scores = Array.from({ length: n + 1 }, (_, j) => {
      let score = 0;
      for (let d = 0; d < D; d++) {
        score += (qkv[n * columns + head * D + d] ?? 0) * (qkv[j * columns + keyColumn + d] ?? 0);
      }
      return score / Math.sqrt(D);
    });
    const top = scores.reduce((top, score) => Math.max(top, score));
    const masses = scores.map((score) => Math.exp(score - top));
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    weights.set(masses.map((mass) => mass / total), n * N);
  }
  return weights;
}
