/**
 * Causal attention of grouped queries, in memory that grows with T and not with its square.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/attention.wgsl?raw" with { type: "text" };
import { attentionParts, mergeHeads } from "./attention_onnx.ts";
import { checkShapes, sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { attentionGradient } from "./attention_gradient.ts";
import { type AttentionDims, callAttention } from "./attention_dims.ts";

/** How the columns of queries, keys and values are shared out. */
export interface AttentionOptions {
  /** H query heads. */
  readonly heads: number;
  /** KV key and value heads, which divide H; each serves H / KV query heads. */
  readonly kvHeads: number;
  /**
   * (B, T) u32: where the document of each token begins, which is the first key that it sees. Never
   * falls along T and is at most the token's own place. Without it each row of T is one document.
   */
  readonly starts?: Tensor | undefined;
}

/**
 * softmax(q kᵀ / √D) v over the keys of a token's document up to itself. Keeps two numbers a row and
 * head for the gradient: the largest score, and one over the sum of exponentials relative to it. Error: 2⁻²⁴ (2T + D (1 + |q| |k| / √D)) of the largest |v|, from the two
 * sums over keys and from the scores' own error, which exp passes on.
 *
 * Source: Dao: FlashAttention-2, arXiv 2307.08691.
 *
 * @param qkv (B, T, (H + 2KV) · D) f32: H queries, KV keys, KV values, each of D ≤ 128, a multiple
 * of 4.
 * @returns (B, T, H · D).
 * @throws {TensorError} "shape".
 */
export function attention(qkv: Tensor, { heads, kvHeads, starts }: AttentionOptions): Tensor {
  const [B = 0, T = 0, columns = 0] = qkv.shape;
  const D = columns / (heads + 2 * kvHeads);
  checkShapes(
    qkv.shape.length === 3 && heads % kvHeads === 0 && D % 4 === 0 && D <= 128 &&
      (!starts || sameShape(starts.shape, [B, T]) && starts.dtype === "u32"),
    "attention",
    { qkv: qkv.shape, heads: [heads, kvHeads], ...(starts ? { starts: starts.shape } : {}) },
    "qkv must be (B, T, (H + 2KV) · D), KV a divisor of H, D a multiple of 4 up to 128, and starts " +
      "(B, T) u32",
  );
  const dims: AttentionDims = { B, T, H: heads, KV: kvHeads, D };
  const [y] = apply({
    op: "attention",
    inputs: [qkv, ...(starts ? [starts] : [])],
    outputs: [
      { shape: [B, T, heads * D], dtype: "f32" },
      { shape: [B, T, heads, 2], dtype: "f32" },
    ],
    gradient: (dy, [y, normalizers]) => [attentionGradient(qkv, starts, y, normalizers, dy, dims)],
    cpu: (qkv, starts) => attentionCpu(qkv!, starts, dims),
    onnx: (graph, qkv, starts) => {
      const { y } = attentionParts(graph, qkv!, starts, dims);
      return [mergeHeads(graph, y, heads, dims), ""];
    },
    kernels: ([y, normalizers]) => [
      callAttention(dims, {
        label: "attention",
        code,
        bindings: [qkv, starts ?? qkv, y, normalizers],
        heads,
        packed: starts !== undefined,
      }),
    ],
  });
  return y;
}

/**
 * The reference, by the definition: y (B, T, H, D), and each row's largest score and one over its sum
 * of exponentials (B, T, H, 2).
 */
export function attentionCpu(
  qkv: Float64Array,
  starts: Float64Array | undefined,
  { B, T, H, KV, D }: AttentionDims,
): [y: Float64Array, normalizers: Float64Array] {
  const y = new Float64Array(B * T * H * D);
  const normalizers = new Float64Array(B * T * H * 2);
  const row = (n: number, head: number) => (n * (H + 2 * KV) + head) * D;
  for (let n = 0; n < B * T; n++) {
    const first = n - n % T + (starts?.[n] ?? 0);
    for (let h = 0; h < H; h++) {
      const kv = H + Math.floor(h / (H / KV));
      const scores = Float64Array.from({ length: n - first + 1 }, (_, j) => {
        let score = 0;
        for (let d = 0; d < D; d++) score += qkv[row(n, h) + d]! * qkv[row(first + j, kv) + d]!;
        return score / Math.sqrt(D);
      });
      const top = scores.reduce((top, score) => Math.max(top, score));
      const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
      normalizers.set([top, 1 / total], (n * H + h) * 2);
      for (const [j, score] of scores.entries()) {
        const weight = Math.exp(score - top) / total;
        const value = row(first + j, kv + KV);
        for (let d = 0; d < D; d++) y[(n * H + h) * D + d]! += weight * qkv[value + d]!;
      }
    }
  }
  return [y, normalizers];
}
