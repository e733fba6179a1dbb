/**
 * Rows of a table, picked by token.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/embedding.wgsl?raw" with { type: "text" };
import { checkShapes, sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { areBelow, embeddingGradient, tableRows } from "./embedding_gradient.ts";
import { callPerItem } from "./kernel_call.ts";
import { withWeights } from "./weights.ts";

/**
 * table[token] for each token. Exact. A token of V or more gives zeros and has no gradient.
 *
 * @param table (V, C) f32; may be a parameter that is stored as f16.
 * @param tokens (…) u32.
 * @returns (…, C) f32.
 * @throws {TensorError} "shape".
 */
export function embedding(table: Tensor, tokens: Tensor): Tensor {
  checkShapes(
    table.shape.length === 2 && tokens.dtype === "u32",
    "embedding",
    { table: table.shape, tokens: tokens.shape },
    "the table must be (V, C) and the tokens u32",
  );
  const [V = 0, C = 0] = table.shape;
  const shape = [...tokens.shape, C];
  const inTable = areBelow(tokens, V);
  const [y] = apply({
    op: "embedding",
    inputs: [table, tokens],
    outputs: [{ shape, dtype: "f32" }],
    gradient: (dy) => [embeddingGradient(tokens, dy, V), undefined],
    cpu: (table, tokens) => [embeddingCpu(table, tokens, V)],
    onnx: (graph, table, tokens) => {
      if (inTable) return [graph.add("Gather", [table, tokens])];
      const { row, share } = tableRows(graph, tokens, V);
      return [graph.add("Mul", [graph.add("Gather", [table, row]), share])];
    },
    readsHalves: [0],
    kernels: ([y], { inHalves }) => [
      callPerItem(sizeOf(shape), {
        label: "embedding",
        code: withWeights(code, {
          name: "table",
          binding: 0,
          width: 1,
          halves: inHalves?.(table) ?? false,
        }),
        bindings: [table, tokens, y],
        constants: { V, C },
      }),
    ],
  });
  return y;
}

/** The reference. */
export function embeddingCpu(table: Float64Array, tokens: Float64Array, V: number): Float64Array {
  const C = table.length / V;
  const y = new Float64Array(tokens.length * C);
  for (const [n, token] of tokens.entries()) {
    if (token < V) y.set(table.subarray(token * C, (token + 1) * C), n * C);
  }
  return y;
}
