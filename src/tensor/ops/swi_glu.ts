/**
 * The gated linear unit of Llama and Qwen.
 *
 * @module
 */

import { checkShapes, columnsOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { EXPONENTIAL } from "./exponential.ts";
import { swiGluGradient, swiGluParts } from "./swi_glu_gradient.ts";

/**
 * silu(gate) · up, where silu(x) = x / (1 + e⁻ˣ). Error: 16 · 2⁻²⁴ of |gate · up| for |gate| ≤ 4,
 * most of it from exp, whose error WGSL allows to grow with its argument.
 *
 * Source: Shazeer: GLU Variants Improve Transformer, arXiv 2002.05202.
 *
 * @param x (…, 2F) f32: F gates, then F values.
 * @returns (…, F).
 * @throws {TensorError} "shape" where the last axis is odd.
 */
export function swiGlu(x: Tensor): Tensor {
  const columns = columnsOf(x.shape);
  checkShapes(columns % 2 === 0, "swiGlu", { x: x.shape }, "the last axis must be even");
  const F = columns / 2;
  const shape = [...x.shape.slice(0, -1), F];
  const [y] = apply({
    op: "swiGlu",
    inputs: [x],
    outputs: [{ shape, dtype: "f32" }],
    gradient: (dy) => [swiGluGradient(x, dy)],
    cpu: (x) => [swiGluCpu(x, F)],
    onnx: (graph, x) => {
      const { silu, up } = swiGluParts(graph, x, F);
      return [graph.add("Mul", [silu, up])];
    },
    formula: {
      operands: [`i + i / ${F}u * ${F}u`, `i + i / ${F}u * ${F}u + ${F}u`].map((place) => ({
        tensor: x,
        place,
      })),
      // e⁸⁰ is still finite.
      expression: (gate, up) => `${gate} / (1.0 + exponential(min(-${gate}, 80.0))) * ${up}`,
      functions: [EXPONENTIAL],
    },
  });
  return y;
}

/** The reference. */
export function swiGluCpu(x: Float64Array, F: number): Float64Array {
  return Float64Array.from({ length: x.length / 2 }, (_, i) => {
    const at = Math.floor(i / F) * 2 * F + i % F;
    const gate = x[at]!;
    return gate / (1 + Math.exp(-gate)) * x[at + F]!;
  });
}
