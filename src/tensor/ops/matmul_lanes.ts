/**
 * The matrix product of a few rows that is the fastest on GPUs.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/matmul_lanes.wgsl?raw" with { type: "text" };
import type { KernelCall, Tensor } from "../tensor.ts";
import { call } from "./kernel_call.ts";
import type { MatmulDims } from "./matmul_dims.ts";

/** The dispatch; `bindings` are those of every matmul kernel. It suits what `matmulColumns` does. */
export function matmulLanes({ N }: MatmulDims, bindings: readonly Tensor[]): KernelCall {
  return call({ label: "matmul_lanes", code, bindings }, 64, Math.ceil(N / 8));
}
