/**
 * The gradient of `rmsNorm` with respect to its weight.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/rms_norm_weight_gradient.wgsl?raw" with {
  type: "text",
};
import { columnsOf, rowsOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { accumulateConstant, call } from "./kernel_call.ts";
import { rootNormal } from "./rms_norm_gradient.ts";

/**
 * Σ dy x̂ over rows: (C) from x and dy (…, C) and the inverse roots (N). Error: (N / 8 + 8 + 3) · 2⁻²⁴
 * of Σ |dy x̂|.
 */
export function rmsNormWeightGradient(x: Tensor, inverse: Tensor, dy: Tensor): Tensor {
  const C = columnsOf(x.shape);
  const N = rowsOf(x.shape);
  const [dweight] = apply({
    op: "rmsNormWeightGradient",
    inputs: [x, inverse, dy],
    outputs: [{ shape: [C], dtype: "f32" }],
    cpu: (x, inverse, dy) => [rmsNormWeightGradientCpu(x, inverse, dy)],
    onnx: (graph, x, inverse, dy) => {
      const products = graph.add("Mul", [dy, rootNormal(graph, x, inverse)]);
      return [graph.sum(graph.reshape(products, [N, C]), 0)];
    },
    accumulates: true,
    kernels: ([dweight], options) => [
      call(
        {
          label: "rms_norm_weight_gradient",
          code,
          bindings: [x, inverse, dy, dweight],
          constants: { N, C, ...accumulateConstant(options) },
        },
        256,
        Math.ceil(C / 32),
      ),
    ],
  });
  return dweight;
}

/** The reference. */
export function rmsNormWeightGradientCpu(
  x: Float64Array,
  inverse: Float64Array,
  dy: Float64Array,
): Float64Array {
  const C = x.length / inverse.length;
  const sums = new Float64Array(C);
  for (const [i, value] of x.entries()) {
    sums[i % C]! += dy[i]! * value * inverse[Math.floor(i / C)]!;
  }
  return sums;
}
