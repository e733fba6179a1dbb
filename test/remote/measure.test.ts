/** Corpora measured in full by the worker, and compared. */
import { afterAll, expect, test } from "vitest";
import { corpusFigures, measureCorpus, SAMPLE_ROLES } from "../../src/corpus/mod.ts";
import type { Progress } from "../../src/gpu/mod.ts";
import { connect } from "../../src/remote/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";

const workbench = connect();
afterAll(() => workbench.close());

const documents = ["one two three four five six", "def f(x):\n    return x\n", "one two three"]
  .map((text, i) => ({
    id: `${i}`,
    segments: [
      { role: "context", text },
      { role: "action", text: "<function=bash>\n<parameter=command>ls</parameter>\n</function>" },
    ],
  }));

test("gives what this thread measures, with progress", async () => {
  const seen: Progress[] = [];
  const others = ["r50k_base"];
  const measured = await workbench.measure(documents, {
    others,
    device: "cpu",
    onProgress: (progress) => seen.push(progress),
  });
  const tokenizer = await loadTokenizer();
  const here = await measureCorpus(documents, {
    tokenizer,
    others: await Promise.all(others.map((name) => loadTokenizer(name))),
    roles: SAMPLE_ROLES,
    gpu: null,
  });
  expect(measured.figures).toEqual(await corpusFigures(here, { tokenizer, gpu: null }));
  const { frequent, ...statistics } = measured.statistics;
  expect(statistics).toEqual(here.statistics);
  expect(frequent.length).toBeGreaterThan(10);
  expect(seen.at(-1)).toEqual({ phase: "measure", done: 3, total: 3, unit: "samples" });
});

test("compares what it has measured: 0 with itself, the same both ways", async () => {
  const [a, b] = await Promise.all([
    workbench.measure(documents.slice(0, 2)),
    workbench.measure(documents.slice(1)),
  ]);
  expect(await a.compare(a))
    .toEqual({ tokens: 0, ngrams: { 2: 0, 3: 0, 5: 0 }, tools: 0, toolPairs: null });
  const there = await a.compare(b);
  expect(there.tokens).toBeGreaterThan(0);
  expect(await b.compare(a)).toEqual(there);
  await a.release();
  await expect(b.compare(a)).rejects.toMatchObject({ code: "no-such-measure" });
  const r50k = await workbench.measure(documents, { tokenizer: "r50k_base" });
  await expect(b.compare(r50k)).rejects.toMatchObject({ code: "not-mergeable" });
});
