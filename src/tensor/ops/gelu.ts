/**
 * The Gaussian error linear unit, as GPT-2 has it.
 *
 * @module
 */

import { apply, type Tensor } from "../tensor.ts";
import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { geluGradient, geluTanh } from "./gelu_gradient.ts";

/**
 * ½x (1 + tanh(√(2/π)(x + 0.044715x³))), of f32 x of any shape. Error: 32 · 2⁻²⁴ of max(1, |x|), most
 * of it from exp, whose error WGSL allows to grow with its argument.
 *
 * Source: Hendrycks, Gimpel: Gaussian Error Linear Units, arXiv 1606.08415, the approximation by tanh.
 */
export function gelu(x: Tensor): Tensor {
  const [y] = apply({
    op: "gelu",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    gradient: (dy) => [geluGradient(x, dy)],
    cpu: (x) => [geluCpu(x)],
    onnx: (graph, x) => [graph.add("Mul", [x, geluShare(graph, x)])],
    formula: { expression: (x) => `gelu(${x})`, functions: [GELU] },
  });
  return y;
}

/** In ONNX ½ (1 + tanh …), the share of x that passes. */
function geluShare(graph: OnnxGraph, x: OnnxValue): OnnxValue {
  const half = graph.number(0.5);
  return graph.add("Add", [graph.add("Mul", [geluTanh(graph, x), half]), half]);
}

/** As x sigmoid(2u), u = √(2/π) (x + 0.044715x³). */
const GELU = `
fn gelu(x: f32) -> f32 {
  let u = 0.7978845608 * (x + 0.044715 * x * x * x);
  // exp(80) is still finite.
  return x / (1.0 + exp(min(-2.0 * u, 80.0)));
}
`;

/** The reference. */
export function geluCpu(x: Float64Array): Float64Array {
  return x.map((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))));
}
