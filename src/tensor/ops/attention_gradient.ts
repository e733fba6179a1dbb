/**
 * The gradient of `attention`.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/attention_gradient.wgsl?raw" with { type: "text" };
import { apply, type Tensor } from "../tensor.ts";
import { type AttentionDims, callAttention } from "./attention_dims.ts";
import { attentionGradientOnnx } from "./attention_onnx.ts";
import { attentionKeyGradient } from "./attention_key_gradient.ts";

/**
 * (B, T, (H + 2KV) · D) of queries, keys and values, from y and dy (B, T, H · D) and the normalizers
 * of the forward kernel. Two dispatches: queries, then keys and values. Error: that of `attention`, times
 * the number of rows that a key is seen from. The weights of a row come from its largest score and its
 * total: from log Σ exp, whose rounding is the same for rows of the same length with scores near 0, all
 * of them would be off to one side, and the gradients of values with them.
 */
export function attentionGradient(
  qkv: Tensor,
  starts: Tensor | undefined,
  y: Tensor,
  normalizers: Tensor,
  dy: Tensor,
  dims: AttentionDims,
): Tensor {
  const { B, T, H } = dims;
  const [dqkv] = apply({
    op: "attentionGradient",
    inputs: [qkv, y, normalizers, dy, ...(starts ? [starts] : [])],
    outputs: [{ shape: qkv.shape, dtype: "f32" }, { shape: [B, T, H], dtype: "f32" }],
    cpu: (qkv, y, normalizers, dy, starts) =>
      attentionGradientCpu(qkv!, starts, y!, normalizers!, dy!, dims),
    onnx: (graph, qkv, _y, _normalizers, dy, starts) => [
      attentionGradientOnnx(graph, qkv!, starts, dy!, dims),
      "",
    ],
    kernels: ([dqkv, delta]) => [
      callAttention(dims, {
        label: "attention_gradient",
        code,
        bindings: [qkv, starts ?? qkv, y, normalizers, dy, dqkv, delta],
        heads: H,
        packed: starts !== undefined,
      }),
      attentionKeyGradient(qkv, starts, normalizers, dy, delta, dqkv, dims),
    ],
  });
  return dqkv;
}

/** The reference: (B, T, H + 2KV, D), and Σ dy y of each row and head (B, T, H). */
export function attentionGradientCpu(
  qkv: Float64Array,
  starts: Float64Array | undefined,
  y: Float64Array,
  normalizers: Float64Array,
  dy: Float64Array,
  { B, T, H, KV, D }: AttentionDims,
): [dqkv: Float64Array, delta: Float64Array] {
  const dqkv = new Float64Array(qkv.length);
  const delta = Float64Array.from(
    { length: B * T * H },
    (_, at) => dot(dy, at * D, y, at * D, D),
  );
  const row = (n: number, head: number) => (n * (H + 2 * KV) + head) * D;
  for (let n = 0; n < B * T; n++) {
    const first = n - n % T + (starts?.[n] ?? 0);
    for (let h = 0; h < H; h++) {
      const at = n * H + h;
      const query = row(n, h);
      for (let j = first; j <= n; j++) {
        const key = row(j, H + Math.floor(h / (H / KV)));
        const value = key + KV * D;
        const score = dot(qkv, query, qkv, key, D) / Math.sqrt(D);
        const weight = Math.exp(score - normalizers[2 * at]!) * normalizers[2 * at + 1]!;
        const dscore = weight * (dot(dy, at * D, qkv, value, D) - delta[at]!) / Math.sqrt(D);
        for (let d = 0; d < D; d++) {
          dqkv[query + d]! += dscore * qkv[key + d]!;
          dqkv[key + d]! += dscore * qkv[query + d]!;
          dqkv[value + d]! += weight * dy[at * D + d]!;
        }
      }
    }
  }
  return [dqkv, delta];
}

function dot(a: Float64Array, at: number, b: Float64Array, bt: number, D: number): number {
  let sum = 0;
  for (let d = 0; d < D; d++) sum += a[at + d]! * b[bt + d]!;
  return sum;
}
