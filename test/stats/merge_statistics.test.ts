/** Shards put together give the statistics of the whole. */
import { expect, test } from "vitest";
import { corpusStatistics, type CorpusTokens, mergeStatistics } from "../../src/stats/mod.ts";
import { randomCorpus } from "../support/random_corpus.ts";

/** The corpora one after the other. */
function join(a: CorpusTokens, b: CorpusTokens): CorpusTokens {
  const chain = (x: Uint32Array, y: Uint32Array, shift = 0) =>
    Uint32Array.from([...x, ...y.map((value) => value + shift)]);
  return {
    ...a,
    tokens: chain(a.tokens, b.tokens),
    segmentOffsets: chain(a.segmentOffsets, b.segmentOffsets.subarray(1), a.tokens.length),
    segmentRoles: chain(a.segmentRoles, b.segmentRoles),
    segmentTrajectories: chain(a.segmentTrajectories, b.segmentTrajectories, a.trajectoryCount),
    trajectoryCount: a.trajectoryCount + b.trajectoryCount,
  };
}

const [a, b] = [randomCorpus(20, 5000, 5), randomCorpus(31, 5000, 6)];
const [first, second] = await Promise.all([a, b].map((c) => corpusStatistics(c, { gpu: null })));
if (!first || !second) throw new Error("no statistics");

test("equals the statistics of the whole corpus", async () => {
  const whole = await corpusStatistics(join(a, b), { gpu: null });
  expect(mergeStatistics([first, second])).toEqual(whole);
  expect(mergeStatistics([first])).toEqual(first);
});

test("shares no array with its shards", () => {
  const merged = mergeStatistics([first]);
  merged.tokenCounts[0]! += 1;
  expect(first.tokenCounts[0]).not.toBe(merged.tokenCounts[0]);
});

test("names each adapter once", () => {
  const on = (adapter: string) => ({ ...first, adapter });
  const shards = [on("cpu"), on("llvmpipe + cpu"), on("llvmpipe"), on("cpu")];
  expect(mergeStatistics(shards).adapter).toBe("cpu + llvmpipe");
});

test("refuses nothing to merge, other tokenizers, other edges", () => {
  const refused = expect.objectContaining({ name: "StatisticsError", code: "not-mergeable" });
  const { lengthHistogram } = first;
  const edges = lengthHistogram.edges.slice(1);
  expect(() => mergeStatistics([])).toThrow(refused);
  expect(() => mergeStatistics([first, { ...second, tokenizer: "other" }])).toThrow(refused);
  expect(() => mergeStatistics([first, { ...second, roles: ["a"] }])).toThrow(refused);
  expect(() => mergeStatistics([first, { ...second, tokenCounts: new Uint32Array(1) }]))
    .toThrow(refused);
  expect(() =>
    mergeStatistics([first, { ...second, lengthHistogram: { ...lengthHistogram, edges } }])
  )
    .toThrow(refused);
});

test("refuses a count that no longer fits, naming the token", () => {
  const tokenCounts = first.tokenCounts.slice();
  tokenCounts[7] = 2 ** 32 - 1;
  const full = { ...first, tokenCounts };
  const none = { ...first, tokenCounts: new Uint32Array(tokenCounts.length) };
  expect(mergeStatistics([full, none]).tokenCounts[7]).toBe(2 ** 32 - 1);
  expect(() => mergeStatistics([full, full])).toThrow(
    expect.objectContaining({
      code: "overflow",
      message: expect.stringMatching(/token 7 is 8589934590/),
    }),
  );
});
