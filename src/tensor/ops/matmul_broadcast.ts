/**
 * The matrix product that is the fastest on processors that play a GPU, where their subgroups are 8
 * wide, as those of llvmpipe with AVX are.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/matmul_broadcast.wgsl?raw" with { type: "text" };
import type { KernelCall, Tensor } from "../tensor.ts";
import { call } from "./kernel_call.ts";
import type { MatmulDims } from "./matmul_dims.ts";
import { withWeights } from "./weights.ts";

/**
 * The dispatch; `bindings` are those of every matmul kernel, and `halves` tells how `b` lies.
 * It suits what `matmulRegisters` does.
 */
export function matmulBroadcast(
  dims: MatmulDims,
  bindings: readonly Tensor[],
  halves: boolean,
): KernelCall {
  const { batch, M, N, transposeA, transposeB } = dims;
  const constants = { TRANSPOSE_A: transposeA, TRANSPOSE_B: transposeB };
  const workgroups = batch * Math.ceil(M / 64) * Math.ceil(N / 64);
  const source = withWeights(code, { name: "b", binding: 1, width: 4, halves });
  const operands = { bindings, constants };
  const product = call({ label: "matmul_broadcast", code: source, ...operands }, 8, workgroups);
  return {
    ...product,
    kernel: { ...product.kernel, requires: ["subgroups"] },
    subgroupSize: 8,
  };
}
