/** Measuring a corpus as it comes: shards, merging, devices, figures; and what sources are read as. */
import { describe, expect, test } from "vitest";
import {
  callsOf,
  type CorpusDocument,
  corpusFigures,
  measureCorpus,
  type MeasureOptions,
  mergeMeasures,
  openDocuments,
  renderEnvironment,
  SAMPLE_ROLES,
} from "../../src/corpus/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { stepOf, trajectoryOf } from "../support/plot.ts";
import { seededRandom } from "../support/random.ts";

const tokenizer = await loadTokenizer("r50k_base");
const other = await loadTokenizer("o200k_base");
const options: MeasureOptions = { tokenizer, others: [other], roles: SAMPLE_ROLES, gpu: null };

const random = seededRandom(2);
const WORDS = "the quick brown fox jumps over a lazy dog \n return self.value += 1 ; größer 日本"
  .split(" ");
const text = (count: number) =>
  Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(" ");

const documents: CorpusDocument[] = Array.from({ length: 40 }, (_, i) => ({
  id: `${i}`,
  segments: [
    { role: "context", text: text(50 + i) },
    { role: "thought", text: text(9) },
    { role: "action", text: `<function=bash>\n<parameter=command>pytest</parameter>\n</function>` },
    { role: "observation", text: text(70) },
  ],
}));
documents.push({ ...documents[7]!, id: "again" }, { id: "empty", segments: [] });

describe("measureCorpus", () => {
  test("gives the same for every size of shard, and merges to it", async () => {
    const whole = await measureCorpus(documents, options);
    for (const shardCharacters of [1, 1000, 1e9]) {
      expect(await measureCorpus(documents, { ...options, shardCharacters })).toEqual(whole);
    }
    const parts = [documents.slice(0, 11), [], documents.slice(11)];
    const shards = await Promise.all(parts.map((part) => measureCorpus(part, options)));
    expect(mergeMeasures(shards)).toEqual(whole);
    expect(whole.statistics.trajectories).toBe(42);
    expect(whole.actions.tools).toEqual(["bash pytest"]);
    expect(whole.otherTokens).toEqual({ o200k_base: expect.any(Number) });
  });

  test("refuses measures that do not go together", async () => {
    const pairs = await measureCorpus([], { ...options, ngrams: [2] });
    const triples = await measureCorpus([], { ...options, ngrams: [3] });
    const refused = expect.objectContaining({ code: "not-mergeable" });
    expect(() => mergeMeasures([pairs, triples])).toThrow(refused);
    expect(() => mergeMeasures([])).toThrow(refused);
  });

  test("stops when it is told to", async () => {
    const abort = new AbortController();
    async function* endless() {
      for (;;) {
        yield documents[0]!;
        await Promise.resolve();
      }
    }
    const measuring = measureCorpus(endless(), {
      ...options,
      shardCharacters: 1000,
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(new Error("enough")), 50);
    await expect(measuring).rejects.toThrow("enough");
  });

  test("refuses a role that is not among those given, by name", async () => {
    const wrong = [{ id: "x", segments: [{ role: "nonsense", text: "a" }] }];
    await expect(measureCorpus(wrong, options)).rejects.toThrow(/"nonsense"/);
  });

  test("reads the calls of a rendered trajectory as those of the trajectory", () => {
    const trajectory = trajectoryOf([stepOf("I look", "a.py"), stepOf("I test", "ok", "pytest")]);
    const sample = renderEnvironment(trajectory);
    const calls = callsOf({ id: "a", segments: sample.segments });
    expect(calls.map(({ arguments: { command } }) => command)).toEqual(["ls", "pytest"]);
  });
});

describe("corpusFigures", () => {
  test("tells lengths, n-grams, fertility, duplicates, behaviour and packing", async () => {
    const measure = await measureCorpus(documents, options);
    const figures = await corpusFigures(measure, { tokenizer, gpu: null });
    expect(figures.lengths.sample.count).toBe(42);
    expect(figures.lengths.step.count).toBe(41);
    expect(Object.keys(figures.lengths.roles))
      .toEqual(["thought", "action", "observation", "context"]);
    expect(figures.ngrams.map(({ n, sampled }) => [n, sampled])).toEqual([[2, 1], [3, 1], [5, 1]]);
    expect(figures.ngrams[0]?.frequent[0]?.count).toBeGreaterThan(40);
    expect(figures.fertility.map(({ tokenizer }) => tokenizer)).toEqual([
      "r50k_base",
      "o200k_base",
    ]);
    const bytes = documents.flatMap(({ segments }) => segments)
      .reduce((sum, { text }) => sum + new TextEncoder().encode(text).length, 0);
    expect(figures.fertility[0]?.perByte).toBeCloseTo(measure.statistics.tokens / bytes, 12);
    expect(figures.duplicates).toMatchObject({ duplicates: 1, clusters: [[7, 40]] });
    expect(figures.behaviour).toMatchObject({ actions: 41, testRuns: 41, edits: 0 });
    expect(figures.observationShare).toBeGreaterThan(0.3);
    expect(figures.packing[0]).toMatchObject({ context: 2048, cut: 0 });
  });

  test("of nothing are zeros", async () => {
    const measure = await measureCorpus([], options);
    const figures = await corpusFigures(measure, { tokenizer, gpu: null });
    expect(figures).toMatchObject({
      observationShare: 0,
      duplicates: { documents: 0, duplicates: 0 },
      behaviour: { trajectories: 0, actions: 0 },
    });
    expect(JSON.stringify(figures)).not.toContain("NaN");
  });
});

describeGpu("measureCorpus", (gpu) => {
  test("equals the reference", async () => {
    const onCpu = await measureCorpus(documents, { ...options, shardCharacters: 5000 });
    const onGpu = await measureCorpus(documents, { ...options, shardCharacters: 5000, gpu });
    const adapter = gpu.description;
    expect(onGpu).toEqual({ ...onCpu, statistics: { ...onCpu.statistics, adapter } });
    expect(await corpusFigures(onGpu, { tokenizer, gpu }))
      .toEqual(await corpusFigures(onCpu, { tokenizer, gpu: null }));
  });
});

describe("openDocuments", () => {
  const open = (files: Record<string, string>) =>
    openDocuments({
      name: "x",
      files: Object.entries(files).map(([path, text]) => ({ path, blob: new Blob([text]) })),
    });
  const read = async (files: Record<string, string>) => {
    const opened = await open(files);
    const ids: string[] = [];
    for await (const { id } of opened.documents()) ids.push(id);
    await opened.close();
    return { kind: opened.kind, ids, errors: opened.errors, skipped: opened.skipped };
  };
  const chat = JSON.stringify({
    instance_id: "t",
    messages: [{ role: "user", content: "It fails." }, { role: "assistant", content: "I look." }],
  });

  test("corpus files are samples, and a line without a text is told with its place", async () => {
    const lines = ['{"id": "b"}', '{"id": "a", "text": "x"}', "{", '{"text": "y"}'].join("\n");
    expect(await read({ "c.jsonl": lines })).toMatchObject({
      kind: "samples",
      ids: ["a", "c.jsonl#3"],
      errors: [{ path: "c.jsonl", row: 0, reason: expect.stringMatching(/text/) }, { row: 2 }],
    });
  });

  test("all else is trajectories, and beside a corpus file it is passed over", async () => {
    expect(await read({ "t.jsonl": chat })).toMatchObject({ kind: "trajectories", ids: ["t"] });
    const sample = '{"segments": [{"role": "file", "text": "x"}]}';
    expect(await read({ "t.jsonl": chat, "c.jsonl": sample })).toMatchObject({
      kind: "samples",
      ids: ["c.jsonl#0"],
      skipped: [{ path: "t.jsonl" }],
    });
    // Something else with a text does not hide trajectories.
    expect(await read({ "t.jsonl": chat, "notes.json": '{"text": "x"}' }))
      .toMatchObject({ kind: "trajectories", ids: ["t"] });
  });

  test("tells how far it is", async () => {
    const opened = await open({ "c.jsonl": '{"id": "a", "text": "x"}\n'.repeat(3) });
    const seen: number[] = [];
    for await (const _ of opened.documents({ onProgress: ({ done }) => seen.push(done) }));
    expect([seen[0], seen.at(-1)]).toEqual([0, 75]);
  });
});
