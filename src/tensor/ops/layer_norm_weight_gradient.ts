/**
 * The gradient of `layerNorm` with respect to its weight.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/layer_norm_weight_gradient.wgsl?raw" with {
  type: "text",
};
import { columnsOf, rowsOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { accumulateConstant, call } from "./kernel_call.ts";
import { layerNormal } from "./layer_norm_gradient.ts";

/**
 * Σ dy x̂ over rows: (C) from x and dy (…, C) and the rows' statistics (N, 2). Error:
 * (N / 8 + 8 + 4) · 2⁻²⁴ of Σ |dy x̂|.
 */
export function layerNormWeightGradient(x: Tensor, statistics: Tensor, dy: Tensor): Tensor {
  const C = columnsOf(x.shape);
  const N = rowsOf(x.shape);
  const [dweight] = apply({
    op: "layerNormWeightGradient",
    inputs: [x, statistics, dy],
    outputs: [{ shape: [C], dtype: "f32" }],
    cpu: (x, statistics, dy) => [layerNormWeightGradientCpu(x, statistics, dy)],
    onnx: (graph, x, statistics, dy) => {
      const { normal } = layerNormal(graph, x, statistics);
      const products = graph.add("Mul", [dy, normal]);
      return [graph.sum(graph.reshape(products, [N, C]), 0)];
    },
    accumulates: true,
    kernels: ([dweight], options) => [
      call(
        {
          label: "layer_norm_weight_gradient",
          code,
          bindings: [x, statistics, dy, dweight],
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
export function layerNormWeightGradientCpu(
  x: Float64Array,
  statistics: Float64Array,
  dy: Float64Array,
): Float64Array {
  const C = 2 * x.length / statistics.length;
  const sums = new Float64Array(C);
  for (const [i, value] of x.entries()) {
    const n = Math.floor(i / C);
    sums[i % C]! += dy[i]! * (value - statistics[2 * n]!) * statistics[2 * n + 1]!;
  }
  return sums;
}
