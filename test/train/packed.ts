/**
 * Small packed datasets, and models to train on them.
 *
 * @module
 */
import {
  FLAG_LOSS,
  FLAG_START,
  openPackedDataset,
  type PackedDataset,
  type PackedManifest,
} from "../../src/corpus/mod.ts";
import { seededRandom } from "../support/random.ts";

/** A document of tokens, and from which of them on the loss counts; from the first by default. */
export interface TestDocument {
  readonly tokens: readonly number[];
  readonly answerFrom?: number;
}

/** The value of a config.json: two layers that learn in seconds. */
export const TINY_MODEL = {
  architectures: ["LlamaForCausalLM"],
  vocab_size: 32,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
};

/** The files of a dataset: `rows` of documents each, padded to T, in shards of `shardRows`. */
export async function packedFiles(
  rows: readonly (readonly TestDocument[])[],
  T: number,
  { vocabularySize = 32, shardRows = 4 } = {},
): Promise<{ manifest: PackedManifest; shards: Map<string, Uint8Array<ArrayBuffer>> }> {
  const shards = new Map<string, Uint8Array<ArrayBuffer>>();
  const listed = [];
  for (let first = 0; first < rows.length; first += shardRows) {
    const part = rows.slice(first, first + shardRows);
    const bytes = new Uint8Array(part.length * T * 3);
    const tokens = new DataView(bytes.buffer);
    const flags = bytes.subarray(part.length * T * 2);
    for (const [row, documents] of part.entries()) {
      let at = row * T;
      for (const { tokens: own, answerFrom = 0 } of documents) {
        flags[at] = FLAG_START;
        for (const [i, token] of own.entries()) {
          tokens.setUint16(2 * at, token, true);
          if (i >= answerFrom) flags[at]! |= FLAG_LOSS;
          at++;
        }
      }
      if (at > (row + 1) * T) throw new RangeError(`row ${first + row} is over ${T} tokens`);
      if (at < (row + 1) * T) flags[at] = FLAG_START;
    }
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    const file = `${sha256}.tokens`;
    shards.set(file, bytes);
    listed.push({ file, sha256, rows: part.length, sizeBytes: bytes.length });
  }
  const lengths = rows.flat().map(({ tokens }) => tokens.length);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const manifest: PackedManifest = {
    format: "bottega-packed-1",
    tokenizer: { name: "test", vocabularySize },
    context: T,
    dtype: "u16",
    rows: rows.length,
    tokens,
    lossTokens: tokens,
    documents: lengths.length,
    seed: 0,
    shards: listed,
    sources: [],
  };
  return { manifest, shards };
}

/** A dataset in memory. */
export async function packedDataset(
  ...args: Parameters<typeof packedFiles>
): Promise<PackedDataset> {
  const { manifest, shards } = await packedFiles(...args);
  return openPackedDataset({
    manifest,
    readShard: (file) => Promise.resolve(shards.get(file)!),
  });
}

/** Rows of two documents each that a model can learn: numbers that count up. */
export function countingRows(rows: number, T: number, V = 32): TestDocument[][] {
  const random = seededRandom(7);
  return Array.from({ length: rows }, () => {
    const cut = 3 + Math.floor(random() * (T - 6));
    return [cut, T - cut].map((length) => {
      const first = Math.floor(random() * V);
      return { tokens: Array.from({ length }, (_, i) => (first + i) % V) };
    });
  });
}
