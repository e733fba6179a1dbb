/**
 * The matrix product that is the fastest on processors that play a GPU.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/matmul_registers.wgsl?raw" with { type: "text" };
import type { KernelCall, Tensor } from "../tensor.ts";
import { call } from "./kernel_call.ts";
import type { MatmulDims } from "./matmul_dims.ts";
import { withWeights } from "./weights.ts";

/** The kernel loads vectors of 4. */
export function suitsMatmulRegisters({ M, N, K, transposeA }: MatmulDims): boolean {
  return N % 4 === 0 && K % 4 === 0 && (M % 4 === 0 || !transposeA);
}

/** The dispatch; `bindings` are those of every matmul kernel, and `halves` tells how `b` lies. */
export function matmulRegisters(
  dims: MatmulDims,
  bindings: readonly Tensor[],
  halves: boolean,
): KernelCall {
  const { batch, M, N, transposeA, transposeB } = dims;
  // Twice the columns an invocation, unless many of them would lie past the end.
  const wide = N % 128 === 0 || N > 256;
  const constants = { TRANSPOSE_A: transposeA, TRANSPOSE_B: transposeB, WIDE: wide };
  const workgroups = batch * Math.ceil(M / 16) * Math.ceil(N / (wide ? 16 * WG : 8 * WG));
  const source = withWeights(code, { name: "b", binding: 1, width: 4, halves });
  return call({ label: "matmul_registers", code: source, bindings, constants }, WG, workgroups);
}

/** Eight floats are one AVX register. */
const WG = 8;
