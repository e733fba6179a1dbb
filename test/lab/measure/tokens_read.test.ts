/** What is counted of a stage is what its training has read: both read the same rows here. */
import { expect, test } from "vitest";
import { openPackedDataset, type PackedDataset, packSamples } from "../../../src/corpus/mod.ts";
import { labDocument } from "../../../src/lab/lab_document.ts";
import { tokensRead } from "../../../src/lab/measure/tokens_read.ts";
import { loadTokenizer } from "../../../src/tokenizer/mod.ts";
import {
  batchOf,
  byteTokenizer,
  memoryRunFiles,
  parseTrainSpec,
  train,
} from "../../../src/train/mod.ts";

const MODEL = {
  architectures: ["Qwen2ForCausalLM"],
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 1,
  intermediate_size: 8,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  vocab_size: 257,
};

/** The dataset, and the numbers of the rows that are read of it. */
function watched(data: PackedDataset): { data: PackedDataset; rows: number[] } {
  const rows: number[] = [];
  const readRows = (first: number, count: number) => {
    for (let row = first; row < first + count; row++) rows.push(row);
    return data.readRows(first, count);
  };
  return { data: { ...data, readRows }, rows };
}

test.each(["all", "answers"] as const)("tokens, loss of %s, tasks and epochs", async (mask) => {
  const tokenizer = await loadTokenizer(byteTokenizer());
  const documents = Array.from(
    { length: 12 },
    (_, i) =>
      labDocument(`mini__task-${i} strong ${i}`, [
        { role: "problem", text: `problem ${i} ${"?".repeat(i)}` },
        // The longest do not fit into a row, and are cut.
        { role: "action", text: `answer ${"!".repeat(9 * i)}` },
      ]),
  );
  const shards = new Map<string, Uint8Array<ArrayBuffer>>();
  const manifest = await packSamples([{ name: "strong", documents }], {
    tokenizer,
    context: 64,
    mask: "answers",
    endOfText: tokenizer.endOfText,
    seed: 5,
    writeShard: (file, bytes) => void shards.set(file, bytes),
  });
  const readShard = (file: string) => Promise.resolve(shards.get(file)!);
  const packed = openPackedDataset({ manifest, readShard });

  const { data, rows } = watched(packed);
  const stage = { name: "a", data: "d", batch: 2, mask, learningRate: { peak: 1e-3 } };
  // More than one epoch, and not a whole number of them.
  const steps = Math.ceil(manifest.rows * 0.8);
  const spec = parseTrainSpec({ model: MODEL, seed: 7, stages: [{ ...stage, steps }] });
  const openData = () => Promise.resolve(data);
  await train(spec, { gpu: null, files: memoryRunFiles(), openData });
  expect(rows).toHaveLength(2 * steps);
  let [tokens, lossTokens] = [0, 0];
  for (const row of rows) {
    const batch = batchOf(await packed.readRows(row, 1), 64, mask);
    tokens += batch.tokens;
    lossTokens += batch.lossTokens;
  }

  const counted = { data: packed, documents, tokenizer, seed: 7, mask };
  const read = await tokensRead({ ...counted, rows: 2 * steps });
  expect(read).toMatchObject({ tokens, lossTokens, epochs: 2 * steps / manifest.rows });
  expect(read.tasks).toHaveLength(12);
  // Of a single row only the tasks in it.
  const few = await tokensRead({ ...counted, rows: 1 });
  expect(few.tasks.length).toBeGreaterThan(0);
  expect(few.tasks.length).toBeLessThan(12);
});
