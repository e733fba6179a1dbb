/**
 * The gradient of `swiGlu`.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/swi_glu_gradient.wgsl?raw" with { type: "text" };
import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { columnsOf, sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { withExponential } from "./exponential.ts";
import { callPerItem } from "./kernel_call.ts";

/** (…, 2F) from x (…, 2F) and dy (…, F). Error: as `swiGlu`, times |dy|. */
export function swiGluGradient(x: Tensor, dy: Tensor): Tensor {
  const F = columnsOf(dy.shape);
  const [dx] = apply({
    op: "swiGluGradient",
    inputs: [x, dy],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    cpu: (x, dy) => [swiGluGradientCpu(x, dy, F)],
    onnx: (graph, x, dy) => {
      const { sigmoid, silu, up } = swiGluParts(graph, x, F);
      const bend = graph.add("Sub", [graph.number(1), sigmoid]);
      const slope = graph.add("Add", [sigmoid, graph.add("Mul", [silu, bend])]);
      const dgate = graph.add("Mul", [graph.add("Mul", [dy, up]), slope]);
      const dup = graph.add("Mul", [dy, silu]);
      return [graph.add("Concat", [dgate, dup], { axis: { int: -1 } })];
    },
    kernels: ([dx]) => [
      callPerItem(sizeOf(dy.shape), {
        label: "swi_glu_gradient",
        code: withExponential(code),
        bindings: [x, dy, dx],
        constants: { F },
      }),
    ],
  });
  return dx;
}

/** In ONNX both halves of x, and of the gate its sigmoid and their product, once for a value. */
export function swiGluParts(
  graph: OnnxGraph,
  x: OnnxValue,
  F: number,
): { sigmoid: OnnxValue; silu: OnnxValue; up: OnnxValue } {
  return graph.once(`swiGlu parts ${x}`, () => {
    const [gate = "", up = ""] = graph.split(x, -1, [F, F]);
    // onnxruntime's own Sigmoid is 0 below -18.
    const power = graph.add("Exp", [graph.add("Neg", [gate])]);
    const sigmoid = graph.add("Reciprocal", [graph.add("Add", [power, graph.number(1)])]);
    return { sigmoid, silu: graph.add("Mul", [gate, sigmoid]), up };
  });
}

/** The reference. */
export function swiGluGradientCpu(x: Float64Array, dy: Float64Array, F: number): Float64Array {
  const dx = new Float64Array(x.length);
  for (const [i, d] of dy.entries()) {
    const at = Math.floor(i / F) * 2 * F + i % F;
    const gate = x[at]!;
    const sigmoid = 1 / (1 + Math.exp(-gate));
    dx[at] = d * x[at + F]! * sigmoid * (1 + gate * (1 - sigmoid));
    dx[at + F] = d * gate * sigmoid;
  }
  return dx;
}
