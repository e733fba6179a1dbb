/**
 * The gradient of `layerNorm` with respect to its input.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/layer_norm_gradient.wgsl?raw" with { type: "text" };
import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { columnsOf, rowsOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { callPerRow } from "./kernel_call.ts";

/**
 * r (w dy - mean(w dy) - x̂ mean(w dy x̂)), where r is the inverse deviation and x̂ = r (x - mean);
 * plus `addend`. Error: (C / 64 + 72) · 2⁻²⁴ of r (|w dy| + mean|w dy| + |x̂| mean|w dy x̂|).
 *
 * @param x (…, C) f32; `dy` and `addend` have its shape.
 * @param weight (C)
 * @param statistics (N, 2) from the forward kernel.
 */
export function layerNormGradient(
  x: Tensor,
  weight: Tensor,
  statistics: Tensor,
  dy: Tensor,
  addend?: Tensor,
): Tensor {
  const [dx] = apply({
    op: "layerNormGradient",
    inputs: [x, weight, statistics, dy, ...(addend ? [addend] : [])],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    cpu: (x, weight, statistics, dy, addend) => [
      layerNormGradientCpu(x!, weight!, statistics!, dy!, addend),
    ],
    onnx: (graph, x, weight, statistics, dy, addend) => {
      const { normal, inverse } = layerNormal(graph, x!, statistics!);
      const slope = graph.add("Mul", [dy!, weight!]);
      const along = graph.add("Mul", [
        normal,
        graph.mean(graph.add("Mul", [slope, normal])),
      ]);
      const dx = graph.add("Mul", [
        inverse,
        graph.add("Sub", [graph.add("Sub", [slope, graph.mean(slope)]), along]),
      ]);
      return [addend === undefined ? dx : graph.add("Add", [dx, addend])];
    },
    kernels: ([dx]) => [
      callPerRow(rowsOf(x.shape), {
        label: "layer_norm_gradient",
        code,
        bindings: [x, weight, statistics, dy, addend ?? x, dx],
        constants: { C: columnsOf(x.shape), HAS_ADDEND: addend !== undefined },
      }),
    ],
    ...(addend ? {} : {
      withAddend: (addend) => layerNormGradient(x, weight, statistics, dy, addend),
    }),
  });
  return dx;
}

/** In ONNX (x − mean) / deviation and 1 / deviation, once for a value. */
export function layerNormal(
  graph: OnnxGraph,
  x: OnnxValue,
  statistics: OnnxValue,
): { normal: OnnxValue; inverse: OnnxValue } {
  return graph.once(`layer normal ${x} ${statistics}`, () => {
    const [mean = "", inverse = ""] = graph.split(statistics, -1, [1, 1]);
    return { normal: graph.add("Mul", [graph.add("Sub", [x, mean]), inverse]), inverse };
  });
}

/** The reference. */
export function layerNormGradientCpu(
  x: Float64Array,
  weight: Float64Array,
  statistics: Float64Array,
  dy: Float64Array,
  addend?: Float64Array,
): Float64Array {
  const C = weight.length;
  return x.map((value, i) => {
    const n = Math.floor(i / C);
    const [mean = 0, inverse = 0] = statistics.subarray(2 * n, 2 * n + 2);
    let sum = 0;
    let product = 0;
    for (let at = n * C; at < (n + 1) * C; at++) {
      sum += weight[at % C]! * dy[at]!;
      product += weight[at % C]! * dy[at]! * (x[at]! - mean) * inverse;
    }
    const normal = (value - mean) * inverse;
    const slope = weight[i % C]! * dy[i]! - sum / C - normal * product / C;
    return inverse * slope + (addend?.[i] ?? 0);
  });
}
