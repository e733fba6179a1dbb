/**
 * The gradient of `rmsNorm` with respect to its input.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/rms_norm_gradient.wgsl?raw" with { type: "text" };
import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { columnsOf, rowsOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { callPerRow } from "./kernel_call.ts";

/**
 * r (w dy - x̂ mean(w dy x̂)), where r is the inverse root and x̂ = r x; plus `addend`.
 * Error: (C / 64 + 70) · 2⁻²⁴ of r (|w dy| + |x̂| mean|w dy x̂|).
 *
 * @param x (…, C) f32; `dy` and `addend` have its shape.
 * @param weight (C)
 * @param inverse (N) from the forward kernel.
 */
export function rmsNormGradient(
  x: Tensor,
  weight: Tensor,
  inverse: Tensor,
  dy: Tensor,
  addend?: Tensor,
): Tensor {
  const C = columnsOf(x.shape);
  const [dx] = apply({
    op: "rmsNormGradient",
    inputs: [x, weight, inverse, dy, ...(addend ? [addend] : [])],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    cpu: (x, weight, inverse, dy, addend) => [
      rmsNormGradientCpu(x!, weight!, inverse!, dy!, addend),
    ],
    onnx: (graph, x, weight, inverse, dy, addend) => {
      const normal = rootNormal(graph, x!, inverse!);
      const slope = graph.add("Mul", [dy!, weight!]);
      const along = graph.mean(graph.add("Mul", [slope, normal]));
      const rest = graph.add("Sub", [slope, graph.add("Mul", [normal, along])]);
      const dx = graph.add("Mul", [inverse!, rest]);
      return [addend === undefined ? dx : graph.add("Add", [dx, addend])];
    },
    kernels: ([dx]) => [
      callPerRow(rowsOf(x.shape), {
        label: "rms_norm_gradient",
        code,
        bindings: [x, weight, inverse, dy, addend ?? x, dx],
        constants: { C, HAS_ADDEND: addend !== undefined },
      }),
    ],
    ...(addend ? {} : {
      withAddend: (addend) => rmsNormGradient(x, weight, inverse, dy, addend),
    }),
  });
  return dx;
}

/** In ONNX x divided by the root of its row's mean square, once for a value. */
export function rootNormal(graph: OnnxGraph, x: OnnxValue, inverse: OnnxValue): OnnxValue {
  return graph.once(`root normal ${x} ${inverse}`, () => graph.add("Mul", [x, inverse]));
}

/** The reference. */
export function rmsNormGradientCpu(
  x: Float64Array,
  weight: Float64Array,
  inverse: Float64Array,
  dy: Float64Array,
  addend?: Float64Array,
): Float64Array {
  const C = weight.length;
  const dx = new Float64Array(x.length);
  for (const [n, r] of inverse.entries()) {
    let mean = 0;
    for (let i = n * C; i < (n + 1) * C; i++) mean += weight[i % C]! * dy[i]! * x[i]! * r / C;
    for (let i = n * C; i < (n + 1) * C; i++) {
      dx[i] = r * (weight[i % C]! * dy[i]! - x[i]! * r * mean) + (addend?.[i] ?? 0);
    }
  }
  return dx;
}
