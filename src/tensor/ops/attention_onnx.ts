/**
 * Attention in ONNX, by the definition: scores of all pairs, in memory that grows with T². The queries
 * that share a key lie one after the other, so that each key head is one product.
 *
 * @module
 */

import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import type { AttentionDims } from "./attention_dims.ts";

/** What the forward pass makes and the gradient finds: G = H / KV queries share a key. */
interface AttentionParts {
  /** (B, KV, G · T, D), divided by √D. */
  readonly queries: OnnxValue;
  /** (B, KV, T, D). */
  readonly keys: OnnxValue;
  /** (B, KV, T, D). */
  readonly values: OnnxValue;
  /** (B, KV, G · T, T). */
  readonly weights: OnnxValue;
  /** (B, KV, G · T, D). */
  readonly y: OnnxValue;
}

/** The nodes of attention, once for a value. */
export function attentionParts(
  graph: OnnxGraph,
  qkv: OnnxValue,
  starts: OnnxValue | undefined,
  dims: AttentionDims,
): AttentionParts {
  const { H, KV, D } = dims;
  return graph.once(`attention parts ${qkv} ${starts}`, () => {
    const [q = "", k = "", v = ""] = graph.split(qkv, 2, [H * D, KV * D, KV * D]);
    const scaled = graph.add("Mul", [q, graph.number(1 / Math.sqrt(D))]);
    const queries = splitHeads(graph, scaled, H, dims);
    const keys = splitHeads(graph, k, KV, dims);
    const values = splitHeads(graph, v, KV, dims);
    const scores = graph.add("Add", [
      graph.add("MatMul", [queries, graph.transpose(keys, [0, 1, 3, 2])]),
      mask(graph, starts, dims),
    ]);
    const weights = graph.add("Softmax", [scores], { axis: { int: -1 } });
    return { queries, keys, values, weights, y: graph.add("MatMul", [weights, values]) };
  });
}

/** dqkv (B, T, (H + 2KV) · D) from dy (B, T, H · D). */
export function attentionGradientOnnx(
  graph: OnnxGraph,
  qkv: OnnxValue,
  starts: OnnxValue | undefined,
  dy: OnnxValue,
  dims: AttentionDims,
): OnnxValue {
  const { H, KV, D } = dims;
  const { queries, keys, values, weights, y } = attentionParts(graph, qkv, starts, dims);
  const transposed = (x: OnnxValue) => graph.transpose(x, [0, 1, 3, 2]);
  const dheads = splitHeads(graph, dy, H, dims);
  const dvalues = graph.add("MatMul", [transposed(weights), dheads]);
  const dweights = graph.add("MatMul", [dheads, transposed(values)]);
  const delta = graph.add("ReduceSum", [graph.add("Mul", [dheads, y]), graph.indices([-1])]);
  const dscores = graph.add("Mul", [weights, graph.add("Sub", [dweights, delta])]);
  const dqueries = graph.add("Mul", [
    graph.add("MatMul", [dscores, keys]),
    graph.number(1 / Math.sqrt(D)),
  ]);
  const dkeys = graph.add("MatMul", [transposed(dscores), queries]);
  return graph.add("Concat", [
    mergeHeads(graph, dqueries, H, dims),
    mergeHeads(graph, dkeys, KV, dims),
    mergeHeads(graph, dvalues, KV, dims),
  ], { axis: { int: 2 } });
}

/** (B, T, heads · D) to (B, KV, heads / KV · T, D). */
function splitHeads(
  graph: OnnxGraph,
  x: OnnxValue,
  heads: number,
  { B, T, KV, D }: AttentionDims,
): OnnxValue {
  const apart = graph.reshape(x, [B, T, KV, heads / KV, D]);
  return graph.reshape(graph.transpose(apart, [0, 2, 3, 1, 4]), [B, KV, heads / KV * T, D]);
}

/** (B, KV, heads / KV · T, D) to (B, T, heads · D). */
export function mergeHeads(
  graph: OnnxGraph,
  x: OnnxValue,
  heads: number,
  { B, T, KV, D }: AttentionDims,
): OnnxValue {
  const apart = graph.reshape(x, [B, KV, heads / KV, T, D]);
  return graph.reshape(graph.transpose(apart, [0, 3, 1, 2, 4]), [B, T, heads * D]);
}

/** What is added to scores: 0 where a token sees another, else a number that no score can lift. */
function mask(
  graph: OnnxGraph,
  starts: OnnxValue | undefined,
  { B, T, H, KV }: AttentionDims,
): OnnxValue {
  const G = H / KV;
  return graph.once(`attention mask ${starts} ${[B, T, G]}`, () => {
    const causal = Float32Array.from(
      { length: T * T },
      (_, i) => i % T <= Math.floor(i / T) ? 0 : HIDDEN,
    );
    const rows = graph.once(`causal ${T}`, () => graph.floats(causal, [T, T]));
    const seen = starts === undefined ? graph.reshape(rows, [1, 1, T, T]) : graph.reshape(
      graph.add("Where", [
        graph.add("GreaterOrEqual", [graph.places(T), graph.reshape(starts, [B, T, 1])]),
        rows,
        graph.number(HIDDEN),
      ]),
      [B, 1, T, T],
    );
    const tiles = graph.indices([1, 1, G, 1]);
    return G === 1 ? seen : graph.add("Tile", [seen, tiles]);
  });
}

/** Far below any score, and far from the end of f32. */
const HIDDEN = -1e30;
