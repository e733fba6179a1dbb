/**
 * The matrix product of a few rows that is the fastest on GPUs.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/matmul_lanes.wgsl?raw" with { type: "text" };
import type { KernelCall, Tensor } from "../tensor.ts";
import { call } from "./kernel_call.ts";
import type { MatmulDims } from "./matmul_dims.ts";
import { withWeights } from "./weights.ts";

/**
 * The dispatch; `bindings` are those of every matmul kernel, and `halves` tells how `b` lies.
 * It suits what `matmulColumns` does.
 */
export function matmulLanes(
  { N }: MatmulDims,
  bindings: readonly Tensor[],
  halves: boolean,
): KernelCall {
  const source = withWeights(code, { name: "b", binding: 1, width: 4, halves });
  return call({ label: "matmul_lanes", code: source, bindings }, 64, Math.ceil(N / 8));
}
