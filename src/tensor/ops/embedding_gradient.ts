/**
 * The gradient of `embedding` with respect to its table.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/embedding_gradient.wgsl?raw" with { type: "text" };
import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { columnsOf, sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { call } from "./kernel_call.ts";
import { tokenPlaces, tokenPlacesCpu } from "./token_places.ts";
import { zeros } from "./zeros.ts";

/**
 * (V, C): the sum of the rows of dy (N, C) that each token stands at. The first place of a token in
 * the batch owns its row of the table and adds up the others, in order: no atomics, and the same bits
 * on every run. Two dispatches, the first of which finds the places. Error: N · 2⁻²⁴ of the sum of absolute values.
 */
export function embeddingGradient(tokens: Tensor, dy: Tensor, V: number): Tensor {
  const C = columnsOf(dy.shape);
  const N = sizeOf(tokens.shape);
  const inTable = areBelow(tokens, V);
  const [dtable] = apply({
    op: "embeddingGradient",
    inputs: [tokens, dy],
    outputs: [{ shape: [V, C], dtype: "f32" }, { shape: [N, 2], dtype: "u32" }],
    cpu: (tokens, dy) => [embeddingGradientCpu(tokens, dy, V), tokenPlacesCpu(tokens)],
    onnx: (graph, tokens, dy) => {
      const zeros = graph.add("Expand", [graph.number(0), graph.indices([V, C])]);
      const { row, share } = inTable
        ? { row: tokens, share: undefined }
        : tableRows(graph, tokens, V);
      const counted = share === undefined ? dy : graph.add("Mul", [dy, share]);
      const inputs = [zeros, graph.reshape(row, [N, 1]), graph.reshape(counted, [N, C])];
      return [graph.add("ScatterND", inputs, { reduction: { text: "add" } }), ""];
    },
    accumulates: true,
    kernels: ([dtable, places], { accumulate }) => [
      ...(accumulate ? [] : [zeros(dtable)]),
      tokenPlaces(tokens, places),
      call(
        {
          label: "embedding_gradient",
          code,
          bindings: [tokens, places, dy, dtable],
          constants: { N, V, C },
        },
        64,
        N * Math.ceil(C / 64),
      ),
    ],
  });
  return dtable;
}

/** Whether tokens are held below V when they are given. */
export function areBelow({ node: { leaf } }: Tensor, V: number): boolean {
  return leaf?.kind === "input" && (leaf.range?.below ?? Infinity) <= V && !leaf.range?.or;
}

/** In ONNX a row of the table for each token, and 0 where there is none, else 1. */
export function tableRows(
  graph: OnnxGraph,
  tokens: OnnxValue,
  V: number,
): { row: OnnxValue; share: OnnxValue } {
  return graph.once(`table rows ${tokens} ${V}`, () => {
    const known = graph.add("Less", [tokens, graph.index(V)]);
    const share = graph.add("Where", [known, graph.number(1), graph.number(0)]);
    return {
      row: graph.add("Where", [known, tokens, graph.index(0)]),
      share: graph.add("Unsqueeze", [share, graph.indices([-1])]),
    };
  });
}

/** The reference. */
export function embeddingGradientCpu(
  tokens: Float64Array,
  dy: Float64Array,
  V: number,
): Float64Array {
  const C = dy.length / tokens.length;
  const dtable = new Float64Array(V * C);
  for (const [n, token] of tokens.entries()) {
    for (let c = 0; token < V && c < C; c++) dtable[token * C + c]! += dy[n * C + c]!;
  }
  return dtable;
}
