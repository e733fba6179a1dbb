/**
 * A decoder on the processor with keys and values of several sequences beside it.
 *
 * @module
 */

import type { Tensor } from "onnxruntime-web";
import { loadOnnxRuntime } from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import { KeyValueCache } from "./key_value_cache.ts";
import { onnxDecoder } from "./onnx_decoder.ts";

/** A model of ONNX and what its sequences have read. Its owner disposes of it. */
export interface CachedDecoder extends Disposable {
  readonly cache: KeyValueCache;
  /** Nodes of the graph. */
  readonly nodes: number;
  /**
   * Reads on in as many rows of the cache as lists of tokens are given, all of one length.
   *
   * @param first The first of the rows.
   * @returns The logits behind the last token of each: (rows, V).
   */
  run(given: readonly (readonly number[])[], first?: number): Promise<Float32Array>;
}

/**
 * Loads weights, by the graph's names, with room for so many sequences.
 *
 * @throws {ModelError} "config"; "weights".
 */
export async function openCachedDecoder(
  config: DecoderConfig,
  weights: Readonly<Record<string, Float32Array>>,
  rows: number,
): Promise<CachedDecoder> {
  const { kvHeads, headSize, layers } = config;
  const onnx = await loadOnnxRuntime();
  const written = onnxDecoder(config, weights, { cache: true, newOnly: true });
  const model = await onnx.open(written);
  const cache = new KeyValueCache({ layers, kvHeads, headSize, rows });
  const parts = Array.from({ length: layers }, (_, layer) => [`${layer}.key`, `${layer}.value`])
    .flat();

  return {
    cache,
    nodes: written.nodes.length,
    async run(given, first = 0) {
      const [{ length: T } = []] = given;
      const lengths = given.map((_, i) => cache.lengthOf(first + i));
      // What begins has no past; a past needs a place, which is padding then.
      const begins = lengths.every((length) => length === 0);
      const P = begins ? 1 : cache.capacity;
      const mask = new BigInt64Array(given.length * (P + T));
      for (const [i, length] of lengths.entries()) {
        const row = i * (P + T);
        mask.fill(1n, row, row + length).fill(1n, row + P, row + P + T);
      }
      const places = lengths.flatMap((length) => Array.from({ length: T }, (_, t) => length + t));
      const int64 = (values: BigInt64Array) =>
        new onnx.Tensor("int64", values, [given.length, values.length / given.length]);
      const past = (tensor: number) =>
        begins
          ? new Float32Array(given.length * kvHeads * headSize)
          : cache.rows(tensor, first, given.length);
      const results = await model.run({
        input_ids: int64(BigInt64Array.from(given.flat(), BigInt)),
        attention_mask: int64(mask),
        position_ids: int64(BigInt64Array.from(places, BigInt)),
        ...Object.fromEntries(parts.map((part, i) => [
          `past_key_values.${part}`,
          new onnx.Tensor("float32", past(i), [given.length, kvHeads, P, headSize]),
        ])),
      });
      const values = (name: string) => (results[name] as Tensor).data as Float32Array;
      const present = parts.map((part) => values(`present.${part}`));
      for (const [i, tokens] of given.entries()) cache.append(first + i, tokens, present, i);
      return values("logits");
    },
    [Symbol.dispose]: () => model[Symbol.dispose](),
  };
}
