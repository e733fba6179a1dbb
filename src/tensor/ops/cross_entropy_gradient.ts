/**
 * The gradient of `crossEntropy`.
 *
 * @module
 */

import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { columnsOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { EXPONENTIAL } from "./exponential.ts";

/**
 * dy (softmax(logits) - one-hot(target)), 0 where the target does not count: (…, V) from the rows'
 * largest logit and 1 / Σ exp relative to it (N, 2). No logarithm is in between, whose error all shares
 * of a row would have. Error: 2⁻²⁴ (6 + max|logit|) of |dy|, from exp and from the rounding of its
 * argument, beside that of the sums.
 */
export function crossEntropyGradient(
  logits: Tensor,
  targets: Tensor,
  normalizers: Tensor,
  dy: Tensor,
): Tensor {
  const { shape } = logits;
  const V = columnsOf(shape);
  const [dlogits] = apply({
    op: "crossEntropyGradient",
    inputs: [logits, targets, normalizers, dy],
    outputs: [{ shape, dtype: "f32" }],
    cpu: (logits, targets, normalizers, dy) => [
      crossEntropyGradientCpu(logits, targets, normalizers, dy),
    ],
    onnx: (graph, logits, targets, _, dy) => {
      const { counts, column } = countedTargets(graph, targets, V);
      const counted = graph.add("Where", [counts, dy, graph.number(0)]);
      const weights = graph.add("Unsqueeze", [counted, graph.indices([-1])]);
      const shares = graph.add("Exp", [logShares(graph, logits)]);
      const inputs = [
        graph.add("Mul", [shares, weights]),
        column,
        graph.add("Neg", [weights]),
      ];
      const how = { axis: { int: -1 }, reduction: { text: "add" } };
      return [graph.add("ScatterElements", inputs, how)];
    },
    formula: {
      operands: [
        { tensor: logits, place: "i" },
        { tensor: targets, place: `i / ${V}u` },
        { tensor: normalizers, place: `i / ${V}u * 2u` },
        { tensor: normalizers, place: `i / ${V}u * 2u + 1u` },
        { tensor: dy, place: `i / ${V}u` },
      ],
      expression: (...values) => `cross_entropy_gradient(${values.join(", ")}, i % ${V}u, ${V}u)`,
      functions: [EXPONENTIAL, CROSS_ENTROPY_GRADIENT],
    },
  });
  return dlogits;
}

const CROSS_ENTROPY_GRADIENT = `
fn cross_entropy_gradient(
  logit: f32,
  target_token: u32,
  top: f32,
  inverse_total: f32,
  dy: f32,
  column: u32,
  V: u32,
) -> f32 {
  if (target_token >= V) {
    return 0.0;
  }
  let share = exponential(logit - top) * inverse_total;
  return dy * (share - select(0.0, 1.0, column == target_token));
}
`;

/** In ONNX the logarithms of a softmax, once for a value. */
export function logShares(graph: OnnxGraph, logits: OnnxValue): OnnxValue {
  const axis = { int: -1 };
  return graph.once(`log shares ${logits}`, () => graph.add("LogSoftmax", [logits], { axis }));
}

/** In ONNX which targets count, and a column for each row: 0 for those that do not. */
export function countedTargets(
  graph: OnnxGraph,
  targets: OnnxValue,
  V: number,
): { counts: OnnxValue; column: OnnxValue } {
  return graph.once(`counted targets ${targets} ${V}`, () => {
    const counts = graph.add("Less", [targets, graph.index(V)]);
    const safe = graph.add("Where", [counts, targets, graph.index(0)]);
    return { counts, column: graph.add("Unsqueeze", [safe, graph.indices([-1])]) };
  });
}

/** The reference. */
export function crossEntropyGradientCpu(
  logits: Float64Array,
  targets: Float64Array,
  normalizers: Float64Array,
  dy: Float64Array,
): Float64Array {
  const V = logits.length / targets.length;
  return logits.map((logit, i) => {
    const n = Math.floor(i / V);
    const target = targets[n]!;
    if (target >= V) return 0;
    const share = Math.exp(logit - normalizers[2 * n]!) * normalizers[2 * n + 1]!;
    return dy[n]! * (share - (i % V === target ? 1 : 0));
  });
}
