/**
 * A tensor times a number.
 *
 * @module
 */

import { apply, type Tensor } from "../tensor.ts";

/** factor · x, of f32 x of any shape. Rounded once: exact to half an ulp. */
export function scale(x: Tensor, factor: number): Tensor {
  const [y] = apply({
    op: "scale",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    gradient: (dy) => [scale(dy, factor)],
    cpu: (x) => [scaleCpu(x, factor)],
    onnx: (graph, x) => [graph.add("Mul", [x, graph.number(factor)])],
    formula: { expression: (x) => `f32(${factor}) * ${x}` },
  });
  return y;
}

/** The reference. */
export function scaleCpu(x: Float64Array, factor: number): Float64Array {
  return x.map((value) => value * Math.fround(factor));
}
