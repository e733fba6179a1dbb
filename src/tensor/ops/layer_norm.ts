/**
 * Normalisation to mean 0 and variance 1, as GPT-2 has it.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/layer_norm.wgsl?raw" with { type: "text" };
import { checkShapes, columnsOf, rowsOf, sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { callPerRow } from "./kernel_call.ts";
import { layerNormGradient } from "./layer_norm_gradient.ts";
import { layerNormWeightGradient } from "./layer_norm_weight_gradient.ts";
import { sumRows } from "./sum_rows.ts";

/**
 * weight · (x - mean(x)) / √(variance(x) + epsilon) + bias, row by row; the variance comes from a
 * second pass over the row. Error: (C / 32 + 136) · 2⁻²⁴ of |weight| max|x - mean| / √variance +
 * |bias|, and the mean's own error (C / 64 + 64) · 2⁻²⁴ mean|x| / √variance.
 *
 * Source: Ba, Kiros, Hinton: Layer Normalization, arXiv 1607.06450.
 *
 * @param x (…, C) f32.
 * @param weight (C) f32.
 * @param bias (C) f32.
 * @throws {TensorError} "shape".
 */
export function layerNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  { epsilon = 1e-5 }: { readonly epsilon?: number } = {},
): Tensor {
  const C = columnsOf(x.shape);
  const N = rowsOf(x.shape);
  checkShapes(
    sameShape(weight.shape, [C]) && sameShape(bias.shape, [C]),
    "layerNorm",
    { x: x.shape, weight: weight.shape, bias: bias.shape },
    "weight and bias must have the last axis of x",
  );
  const [y] = apply({
    op: "layerNorm",
    inputs: [x, weight, bias],
    outputs: [{ shape: x.shape, dtype: "f32" }, { shape: [N, 2], dtype: "f32" }],
    gradient: (dy, [, statistics]) => [
      layerNormGradient(x, weight, statistics, dy),
      layerNormWeightGradient(x, statistics, dy),
      sumRows(dy),
    ],
    cpu: (x, weight, bias) => layerNormCpu(x, weight, bias, epsilon),
    onnx: (graph, x, weight, bias) => {
      const [y = "", mean = "", inverse = ""] = graph.addMany(
        "LayerNormalization",
        [x, weight, bias],
        3,
        { axis: { int: -1 }, epsilon: { float: epsilon } },
      );
      return [y, graph.add("Concat", [mean, inverse], { axis: { int: -1 } })];
    },
    kernels: ([y, statistics]) => [
      callPerRow(N, {
        label: "layer_norm",
        code,
        bindings: [x, weight, bias, y, statistics],
        constants: { C, EPSILON: epsilon },
      }),
    ],
  });
  return y;
}

/** The reference: y (N, C), and mean and inverse standard deviation of each row (N, 2). */
export function layerNormCpu(
  x: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
  epsilon: number,
): [y: Float64Array, statistics: Float64Array] {
  const C = weight.length;
  const y = new Float64Array(x.length);
  const statistics = new Float64Array(x.length / C * 2);
  for (let n = 0; n < x.length / C; n++) {
    const row = x.subarray(n * C, (n + 1) * C);
    const mean = row.reduce((sum, value) => sum + value, 0) / C;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / C;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    statistics.set([mean, inverse], 2 * n);
    y.set(row.map((value, c) => weight[c]! * (value - mean) * inverse + bias[c]!), n * C);
  }
  return [y, statistics];
}
