/**
 * The matrix product of a few rows that is the fastest on processors that play a GPU.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/matmul_columns.wgsl?raw" with { type: "text" };
import type { KernelCall, Tensor } from "../tensor.ts";
import { call } from "./kernel_call.ts";
import type { MatmulDims } from "./matmul_dims.ts";

/** Up to four rows, of weights as published models have them. */
export function suitsFewRows({ batch, M, K, transposeA, transposeB }: MatmulDims): boolean {
  return batch === 1 && M <= 4 && K % 4 === 0 && !transposeA && transposeB;
}

/** The dispatch; `bindings` are those of every matmul kernel. */
export function matmulColumns({ N }: MatmulDims, bindings: readonly Tensor[]): KernelCall {
  return call({ label: "matmul_columns", code, bindings }, WG, Math.ceil(N / WG));
}

/** Eight floats are one AVX register. */
const WG = 8;
