/**
 * The matrix product that is the fastest on GPUs.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/matmul_tiles.wgsl?raw" with { type: "text" };
import type { KernelCall, Tensor } from "../tensor.ts";
import { call } from "./kernel_call.ts";
import type { MatmulDims } from "./matmul_dims.ts";
import { withWeights } from "./weights.ts";

/** The dispatch; `bindings` are those of every matmul kernel, and `halves` tells how `b` lies. */
export function matmulTiles(
  dims: MatmulDims,
  bindings: readonly Tensor[],
  halves: boolean,
): KernelCall {
  const { batch, M, N, transposeA, transposeB } = dims;
  const constants = { TRANSPOSE_A: transposeA, TRANSPOSE_B: transposeB };
  const workgroups = batch * Math.ceil(M / 64) * Math.ceil(N / 64);
  const source = withWeights(code, { name: "b", binding: 1, width: 1, halves });
  return call({ label: "matmul_tiles", code: source, bindings, constants }, 128, workgroups);
}
