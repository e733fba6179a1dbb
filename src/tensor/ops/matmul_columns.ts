/**
 * The matrix product of a few rows that is the fastest on processors that play a GPU.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/matmul_columns.wgsl?raw" with { type: "text" };
import type { KernelCall, Tensor } from "../tensor.ts";
import { call } from "./kernel_call.ts";
import type { MatmulDims } from "./matmul_dims.ts";
import { withWeights } from "./weights.ts";

/** Up to four rows, of weights as published models have them. */
export function suitsFewRows({ batch, M, K, transposeA, transposeB }: MatmulDims): boolean {
  return batch === 1 && M <= 4 && K % 4 === 0 && !transposeA && transposeB;
}

/** The dispatch; `bindings` are those of every matmul kernel, and `halves` tells how `b` lies. */
export function matmulColumns(
  { N }: MatmulDims,
  bindings: readonly Tensor[],
  halves: boolean,
): KernelCall {
  const source = withWeights(code, { name: "b", binding: 1, width: 4, halves });
  return call({ label: "matmul_columns", code: source, bindings }, WG, Math.ceil(N / WG));
}

/** Eight floats are one AVX register. */
const WG = 8;
