/**
 * The second kernel of the gradient of `attention`.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/attention_key_gradient.wgsl?raw" with {
  type: "text",
};
import type { KernelVariants, Tensor } from "../tensor.ts";
import { type AttentionDims, callAttention } from "./attention_dims.ts";

/** Writes the gradients of keys and values into `dqkv`, given Σ dy y of each row and head. */
export function attentionKeyGradient(
  qkv: Tensor,
  starts: Tensor | undefined,
  normalizers: Tensor,
  dy: Tensor,
  delta: Tensor,
  dqkv: Tensor,
  dims: AttentionDims,
): KernelVariants {
  return callAttention(dims, {
    label: "attention_key_gradient",
    code,
    bindings: [qkv, starts ?? qkv, normalizers, dy, delta, dqkv],
    heads: dims.KV,
    packed: starts !== undefined,
  });
}
