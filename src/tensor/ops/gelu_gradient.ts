/**
 * The gradient of `gelu`.
 *
 * @module
 */

import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { apply, type Tensor } from "../tensor.ts";

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
    formula: {
      expression: (x, dy) => `gelu_gradient(${x}, ${dy})`,
      functions: [GELU_GRADIENT],
    },
  });
  return dx;
}

/** From s = sigmoid(2u): dy (s + 2x s(1 - s) u′). */
const GELU_GRADIENT = `
fn gelu_gradient(x: f32, dy: f32) -> f32 {
  let u = 0.7978845608 * (x + 0.044715 * x * x * x);
  let slope = 0.7978845608 * (1.0 + 3.0 * 0.044715 * x * x);
  // exp(80) is still finite.
  let s = 1.0 / (1.0 + exp(min(-2.0 * u, 80.0)));
  return dy * (s + 2.0 * x * s * (1.0 - s) * slope);
}
`;

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
