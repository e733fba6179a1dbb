/**
 * The sizes of a matrix product.
 *
 * @module
 */

/** `batch` products of (M, K) and (K, N), each matrix as it is or transposed in memory. */
export interface MatmulDims {
  readonly batch: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * The class of products that one kernel is the fastest for: sizes up to the next power of two, and
 * whether `b` lies as halves.
 */
export function matmulKey(
  { batch, M, N, K, transposeA, transposeB }: MatmulDims,
  halves: boolean,
): string {
  const [m, n, k] = [M, N, K].map((size) => 2 ** Math.ceil(Math.log2(size)));
  const kind = `${transposeA ? "t" : "n"}${transposeB ? "t" : "n"}`;
  return `matmul ${kind} ${m}x${n}x${k}${batch > 1 ? " batched" : ""}${halves ? " halves" : ""}`;
}
