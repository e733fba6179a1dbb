/** The works `stats` and `generate` on a worker: against the same here, told once, bad requests. */
import { afterAll, expect, test } from "vitest";
import { type GenerateOutcome, type StatsOutcome, workId } from "../../src/remote/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { byteTokenizer } from "../../src/train/mod.ts";
import { countingRows, packedFiles, TINY_MODEL } from "../train/packed.ts";
import { openWorker } from "./open_worker.ts";

const worker = await openWorker({ device: "cpu" });
afterAll(() => worker[Symbol.asyncDispose]());
const { workbench, workbench: { runs } } = worker;
const sent = (text: string) => runs.data.write(new TextEncoder().encode(text));
const done = async <T>(work: string, request: unknown) =>
  await runs.result(await runs.submit({ work, request })) as T;

test("stats: the tokens of a corpus that was sent, and what of it could not be read", async () => {
  const texts = [
    "def add(a, b):\n  return a + b\n",
    "l'été à Bologna",
    "def add(a, b):\n  return a\n",
  ];
  const lines = texts.map((text, i) => JSON.stringify({ id: `${i}`, text }));
  const source = { name: "corpus.jsonl", blob: await sent([...lines, "{broken", ""].join("\n")) };
  const outcome = await done<StatsOutcome>("stats", { source, others: ["qwen3"], ngrams: [2] });
  const tokenizer = await loadTokenizer("o200k_base");
  const counts = texts.map((text) => tokenizer.encode(text).length);
  expect(outcome).toMatchObject({
    trajectories: 3,
    tokens: counts.reduce((sum, count) => sum + count, 0),
    errors: 1,
    adapter: "cpu",
  });
  expect(outcome.byRole.context).toBe(outcome.tokens);
  const bad = { source: { name: "corpus.jsonl", blob: "0".repeat(64) } };
  await expect(done("stats", bad)).rejects.toMatchObject({ code: "no-such-blob" });
  await expect(done("stats", { source: "/etc/passwd" })).rejects.toMatchObject({
    code: "bad-request",
  });
});

test("generate: a checkpoint goes on with texts, told as they come, the same each time", async () => {
  const { manifest, shards } = await packedFiles(countingRows(4, 16, 257), 16, {
    vocabularySize: 257,
  });
  const stage = { name: "base", data: "rows", steps: 2, batch: 2, learningRate: { peak: 1e-2 } };
  const { files } = await workbench.train(
    { model: { ...TINY_MODEL, vocab_size: 257 }, stages: [stage] },
    { data: { rows: { manifest, shards: Object.fromEntries(shards) } } },
  );
  const model: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(files)) model[name] = await runs.data.write(bytes);
  const request = {
    model,
    prompts: ["abc", "la bottega"],
    maxTokens: 6,
    temperature: 1,
    tokenizer: byteTokenizer().name,
  };
  const first = await done<GenerateOutcome>("generate", { ...request, seed: 1 });
  expect(first.texts).toHaveLength(2);
  const id = await workId({ work: "generate", request: { ...request, seed: 1 } });
  const told = ["", ""];
  for await (const { event } of runs.events(id)) {
    const { sequence, text } = event as { sequence: number; text: string };
    told[sequence] += text;
  }
  expect(told).toEqual(first.texts.map(({ text }) => text));
  // A run of its own, as the order names what is the default.
  const again = await done<GenerateOutcome>("generate", { ...request, seed: 1, topK: 0 });
  expect(again).toEqual(first);
  expect(await done("generate", { ...request, seed: 2 })).not.toEqual(first);
  await expect(done("generate", { ...request, prompts: [] })).rejects
    .toMatchObject({ code: "bad-request" });
  await expect(done("generate", { ...request, tokenizer: "none such" })).rejects.toThrow(
    /none such/,
  );
});
