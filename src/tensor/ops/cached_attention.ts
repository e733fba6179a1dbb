/**
 * Attention of new tokens over those before them, whose keys and values were kept.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/cached_attention.wgsl?raw" with { type: "text" };
import { checkShapes, sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { cacheAppend, cacheAppendCpu } from "./cache_append.ts";
import { callPerRow } from "./kernel_call.ts";
import { ropeTable } from "./rope.ts";

/** How columns are shared out, and where tokens stand. */
export interface CachedAttentionOptions {
  /** H query heads. */
  readonly heads: number;
  /** KV key and value heads, which divide H. */
  readonly kvHeads: number;
  /** Base of the rotary frequencies; without it nothing is rotated. */
  readonly theta?: number | undefined;
  /** (B · T) u32: the place of each token in its sequence; at the cache's capacity or beyond, none. */
  readonly positions: Tensor;
  /** (B, capacity, 2KV, D) f32, a state: keys and values by sequence and position. */
  readonly cache: Tensor;
}

/** B sequences of T tokens each, a cache of `capacity` positions a sequence. */
export interface CacheDims {
  readonly B: number;
  readonly T: number;
  readonly capacity: number;
  readonly H: number;
  readonly KV: number;
  readonly D: number;
}

/**
 * Puts keys and values of new tokens into the cache, at their positions, and lets each token see all
 * positions of its sequence up to its own. With `theta`, queries and keys are rotated first, as by
 * `rope`. The same numbers as `attention` over the whole sequence, to its error. No gradient.
 *
 * @param qkv (B · T, (H + 2KV) · D) f32: B sequences one after the other, D ≤ 128, a multiple of 4.
 * @returns (B · T, H · D); zeros for a token that is not there.
 * @throws {TensorError} "shape".
 */
export function cachedAttention(qkv: Tensor, options: CachedAttentionOptions): Tensor {
  const { heads: H, kvHeads: KV, theta, positions, cache } = options;
  const [N = 0, columns = 0] = qkv.shape;
  const D = columns / (H + 2 * KV);
  const [B = 0, capacity = 0, ...rest] = cache.shape;
  checkShapes(
    qkv.shape.length === 2 && sameShape(rest, [2 * KV, D]) && N % B === 0 && H % KV === 0 &&
      D % 4 === 0 && D <= 128 && sameShape(positions.shape, [N]) && positions.dtype === "u32",
    "cachedAttention",
    { qkv: qkv.shape, heads: [H, KV], positions: positions.shape, cache: cache.shape },
    "qkv must be (B · T, (H + 2KV) · D), D a multiple of 4 up to 128, positions (B · T) u32 and the " +
      "cache (B, capacity, 2KV, D)",
  );
  const dims: CacheDims = { B, T: N / B, capacity, H, KV, D };
  const table = theta === undefined ? undefined : ropeTable(capacity, D, theta);
  const [y] = apply({
    op: "cachedAttention",
    inputs: [qkv, positions, cache, ...(table ? [table] : [])],
    outputs: [{ shape: [N, H * D], dtype: "f32" }, { shape: [N, H * D], dtype: "f32" }],
    cpu: (qkv, positions, cache, table) =>
      cachedAttentionCpu(qkv!, positions!, cache!, table, dims),
    kernels: ([y, queries]) => [
      cacheAppend({ qkv, positions, table, cache, queries }, dims),
      callPerRow(N * H, {
        label: "cached_attention",
        code,
        bindings: [queries, positions, cache, y],
        constants: { T: dims.T, CAPACITY: capacity, H, KV, D4: D / 4, SCALE: 1 / Math.sqrt(D) },
      }, 31),
    ],
  });
  return y;
}

/** The reference, by the definition: y, and the queries. It leaves the cache as it is. */
export function cachedAttentionCpu(
  qkv: Float64Array,
  positions: Float64Array,
  cache: Float64Array,
  table: Float64Array | undefined,
  dims: CacheDims,
): [y: Float64Array, queries: Float64Array] {
  const { T, capacity, H, KV, D } = dims;
  const [queries, after] = cacheAppendCpu(qkv, positions, cache, table, dims);
  const y = new Float64Array(queries.length);
  for (const [n, position] of positions.entries()) {
    if (position >= capacity) continue;
    for (let h = 0; h < H; h++) {
      const query = queries.subarray((n * H + h) * D, (n * H + h + 1) * D);
      const at = (j: number) =>
        ((Math.floor(n / T) * capacity + j) * 2 * KV + Math.floor(h / (H / KV))) * D;
      const scores = Float64Array.from(
        { length: position + 1 },
        (_, j) =>
          query.reduce((sum, value, d) => sum + value * after[at(j) + d]!, 0) / Math.sqrt(D),
      );
      const top = scores.reduce((top, score) => Math.max(top, score));
      const weights = scores.map((score) => Math.exp(score - top));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [j, weight] of weights.entries()) {
        for (let d = 0; d < D; d++) {
          y[(n * H + h) * D + d]! += weight / total * after[at(j) + KV * D + d]!;
        }
      }
    }
  }
  return [y, queries];
}
