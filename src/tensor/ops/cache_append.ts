/**
 * The first half of attention over a cache: queries are turned to their positions, keys and values
 * are put in place.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/cache_append.wgsl?raw" with { type: "text" };
import { sizeOf } from "../shape.ts";
import type { KernelCall, Tensor } from "../tensor.ts";
import type { CacheDims } from "./cached_attention.ts";
import { callPerItem } from "./kernel_call.ts";
import { ropeCpu } from "./rope.ts";

/** The dispatch; `table` is undefined where keys and queries stay as they are. */
export function cacheAppend(
  { qkv, positions, table, cache, queries }: Readonly<
    Record<"qkv" | "positions" | "cache" | "queries", Tensor> & { table: Tensor | undefined }
  >,
  { T, capacity, H, KV, D }: CacheDims,
): KernelCall {
  return callPerItem(sizeOf(qkv.shape) / 2, {
    label: "cache_append",
    code,
    bindings: [qkv, positions, table ?? qkv, cache, queries],
    constants: { T, CAPACITY: capacity, H, KV, D, ROTATE: table !== undefined },
  });
}

/** The reference: the queries and the cache afterwards. */
export function cacheAppendCpu(
  qkv: Float64Array,
  positions: Float64Array,
  cache: Float64Array,
  table: Float64Array | undefined,
  { T, capacity, H, KV, D }: CacheDims,
): [queries: Float64Array, cache: Float64Array] {
  const columns = (H + 2 * KV) * D;
  const queries = new Float64Array(positions.length * H * D);
  const after = Float64Array.from(cache);
  for (const [n, position] of positions.entries()) {
    if (position >= capacity) continue;
    const row = qkv.subarray(n * columns, (n + 1) * columns);
    // A row of its own, whose only position is the one that is wanted.
    const turns = table?.subarray(position * D, (position + 1) * D);
    const rotation = { D, heads: H + KV, inverse: false, T: 1, columns };
    const turned = turns ? ropeCpu(row, turns, undefined, rotation) : row;
    queries.set(turned.subarray(0, H * D), n * H * D);
    const at = (Math.floor(n / T) * capacity + position) * 2 * KV * D;
    after.set(turned.subarray(H * D), at);
  }
  return [queries, after];
}
