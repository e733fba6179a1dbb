/**
 * The gradient of `gelu`.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/gelu_gradient.wgsl?raw" with { type: "text" };
import { sizeOf } from "../shape.ts";
import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { apply, type Tensor } from "../tensor.ts";
import { callPerItem } from "./kernel_call.ts";

/** dy · gelu′(x), of f32 x and dy of one shape. Error: as `gelu`, times |dy|. */
export function geluGradient(x: Tensor, dy: Tensor): Tensor {
  const [dx] = apply({
    op: "geluGradient",
    inputs: [x, dy],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    cpu: (x, dy) => [geluGradientCpu(x, dy)],
    onnx: (graph, x, dy) => {
      const one = graph.number(1);
      const tanh = geluTanh(graph, x);
      const slope = graph.add("Add", [
        graph.add("Mul", [graph.add("Mul", [x, x]), graph.number(3 * CUBIC * ROOT)]),
        graph.number(ROOT),
      ]);
      const bend = graph.add("Sub", [one, graph.add("Mul", [tanh, tanh])]);
      const steep = graph.add("Mul", [x, graph.add("Mul", [bend, slope])]);
      const sum = graph.add("Add", [graph.add("Add", [tanh, one]), steep]);
      return [graph.add("Mul", [graph.add("Mul", [dy, graph.number(0.5)]), sum])];
    },
    kernels: ([dx]) => [
      callPerItem(sizeOf(x.shape), { label: "gelu_gradient", code, bindings: [x, dy, dx] }),
    ],
  });
  return dx;
}

/** In ONNX tanh(√(2/π) (x + 0.044715 x³)), once for a value. */
export function geluTanh(graph: OnnxGraph, x: OnnxValue): OnnxValue {
  return graph.once(`gelu tanh ${x}`, () => {
    const square = graph.add("Mul", [x, x]);
    const factor = graph.add("Add", [
      graph.add("Mul", [square, graph.number(CUBIC * ROOT)]),
      graph.number(ROOT),
    ]);
    return graph.add("Tanh", [graph.add("Mul", [x, factor])]);
  });
}

/** The reference. */
export function geluGradientCpu(x: Float64Array, dy: Float64Array): Float64Array {
  return x.map((x, i) => {
    const tanh = Math.tanh(ROOT * (x + CUBIC * x ** 3));
    const slope = ROOT * (1 + 3 * CUBIC * x * x);
    return dy[i]! * 0.5 * (1 + tanh + x * (1 - tanh * tanh) * slope);
  });
}

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;
