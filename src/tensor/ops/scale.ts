/**
 * A tensor times a number.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/scale.wgsl?raw" with { type: "text" };
import { sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { accumulateConstant, callPerItem } from "./kernel_call.ts";

/** factor · x, of f32 x of any shape. Rounded once: exact to half an ulp. */
export function scale(x: Tensor, factor: number): Tensor {
  const [y] = apply({
    op: "scale",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    gradient: (dy) => [scale(dy, factor)],
    cpu: (x) => [scaleCpu(x, factor)],
    onnx: (graph, x) => [graph.add("Mul", [x, graph.number(factor)])],
    accumulates: true,
    kernels: ([y], options) => [
      callPerItem(sizeOf(x.shape), {
        label: "scale",
        code,
        bindings: [x, y],
        constants: { FACTOR: factor, ...accumulateConstant(options) },
      }),
    ],
  });
  return y;
}

/** The reference. */
export function scaleCpu(x: Float64Array, factor: number): Float64Array {
  return x.map((value) => value * Math.fround(factor));
}
