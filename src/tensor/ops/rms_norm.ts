/**
 * Normalisation by the root of the mean square, as Llama and Qwen have it.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/rms_norm.wgsl?raw" with { type: "text" };
import { checkShapes, columnsOf, rowsOf, sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { callPerRow } from "./kernel_call.ts";
import { rmsNormGradient, rootNormal } from "./rms_norm_gradient.ts";
import { rmsNormWeightGradient } from "./rms_norm_weight_gradient.ts";

/**
 * weight · x / √(mean(x²) + epsilon), row by row. Error: (C / 64 + 66) · 2⁻²⁴ relative, from the sum
 * of squares: C / 64 terms an invocation and 64 invocations.
 *
 * Source: Zhang, Sennrich: Root Mean Square Layer Normalization, arXiv 1910.07467.
 *
 * @param x (…, C) f32.
 * @param weight (C) f32.
 * @throws {TensorError} "shape".
 */
export function rmsNorm(
  x: Tensor,
  weight: Tensor,
  { epsilon = 1e-6 }: { readonly epsilon?: number } = {},
): Tensor {
  const C = columnsOf(x.shape);
  const N = rowsOf(x.shape);
  checkShapes(
    sameShape(weight.shape, [C]),
    "rmsNorm",
    { x: x.shape, weight: weight.shape },
    "weight must have the last axis of x",
  );
  const [y] = apply({
    op: "rmsNorm",
    inputs: [x, weight],
    outputs: [{ shape: x.shape, dtype: "f32" }, { shape: [N], dtype: "f32" }],
    gradient: (dy, [, inverse]) => [
      rmsNormGradient(x, weight, inverse, dy),
      rmsNormWeightGradient(x, inverse, dy),
    ],
    cpu: (x, weight) => rmsNormCpu(x, weight, epsilon),
    onnx: (graph, x, weight) => {
      const square = graph.mean(graph.add("Mul", [x, x]));
      const root = graph.add("Sqrt", [graph.add("Add", [square, graph.number(epsilon)])]);
      const inverse = graph.add("Reciprocal", [root]);
      return [graph.add("Mul", [rootNormal(graph, x, inverse), weight]), inverse];
    },
    kernels: ([y, inverse]) => [
      callPerRow(N, {
        label: "rms_norm",
        code,
        bindings: [x, weight, y, inverse],
        constants: { C, EPSILON: epsilon },
      }),
    ],
  });
  return y;
}

/** The reference: y (N, C) and the inverse root of each row's mean square (N). */
export function rmsNormCpu(
  x: Float64Array,
  weight: Float64Array,
  epsilon: number,
): [y: Float64Array, inverse: Float64Array] {
  const C = weight.length;
  const inverse = Float64Array.from({ length: x.length / C }, (_, n) => {
    const row = x.subarray(n * C, (n + 1) * C);
    return 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / C + epsilon);
  });
  return [x.map((value, i) => weight[i % C]! * value * inverse[Math.floor(i / C)]!), inverse];
}
