/** The statistics of a corpus: right, equal on GPU and CPU, in one submit, and stoppable. */
import { describe, expect, test } from "vitest";
import { countGpuCalls, type Progress } from "../../src/gpu/mod.ts";
import { corpusStatistics, type CorpusTokens, OVER } from "../../src/stats/mod.ts";
import { ROLES } from "../../src/trajectory/mod.ts";
import { nearestRank } from "../../src/stats/statistics.ts";
import { describeGpu } from "../support/gpu.ts";
import { randomCorpus } from "../support/random_corpus.ts";

const small: CorpusTokens = {
  tokenizer: "letters",
  vocabularySize: 4,
  tokens: Uint32Array.of(1, 1, 3, 0, 1, 3),
  segmentOffsets: Uint32Array.of(0, 2, 5, 6),
  roles: ROLES,
  segmentRoles: Uint32Array.of(1, 3, 4),
  segmentTrajectories: Uint32Array.of(0, 0, 2),
  trajectoryCount: 3,
};

const empty: CorpusTokens = {
  ...small,
  tokens: new Uint32Array(),
  segmentOffsets: Uint32Array.of(0),
  segmentRoles: new Uint32Array(),
  segmentTrajectories: new Uint32Array(),
  trajectoryCount: 0,
};

/** One trajectory of a single segment for each length. */
function ofLengths(lengths: number[]): CorpusTokens {
  const offsets = [0];
  for (const length of lengths) offsets.push(offsets.at(-1)! + length);
  return {
    ...small,
    tokens: new Uint32Array(offsets.at(-1)!),
    segmentOffsets: Uint32Array.from(offsets),
    segmentRoles: new Uint32Array(lengths.length),
    segmentTrajectories: Uint32Array.from(lengths.keys()),
    trajectoryCount: lengths.length,
  };
}

describe("corpusStatistics on the CPU", () => {
  test("counts and measures", async () => {
    const { lengthHistogram, ...statistics } = await corpusStatistics(small, { gpu: null });
    expect(statistics).toEqual({
      tokenizer: "letters",
      roles: ROLES,
      trajectories: 3,
      tokens: 6,
      byRole: { system: 0, problem: 2, thought: 0, action: 3, observation: 1 },
      length: { p50: 1, p90: 5, p99: 5, max: 5 },
      over: { 8192: 0, 16384: 0, 32768: 0, 65536: 0, 131072: 0 },
      lengths: Uint32Array.of(5, 0, 1),
      lengthsByRole: Uint32Array.of(0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
      tokenCounts: Uint32Array.of(1, 3, 0, 2),
      adapter: "cpu",
    });
    expect([...lengthHistogram.edges.slice(0, 5)]).toEqual([1, 2, 4, 8, 16]);
    expect([...lengthHistogram.counts.slice(0, 5)]).toEqual([2, 0, 0, 1, 0]);
  });

  test("has a column for each of any roles", async () => {
    const roles = ["file", "edit", "summary", "context", "review", "action", "thought"];
    const corpus = { ...small, roles, segmentRoles: Uint32Array.of(6, 1, 6) };
    const { byRole, lengthsByRole } = await corpusStatistics(corpus, { gpu: null });
    expect(byRole)
      .toEqual({ file: 0, edit: 3, summary: 0, context: 0, review: 0, action: 0, thought: 3 });
    expect(lengthsByRole).toHaveLength(3 * 7);
  });

  test("takes over as strictly greater", async () => {
    const lengths = OVER.flatMap((edge) => [Number(edge), Number(edge) + 1]);
    const { over } = await corpusStatistics(ofLengths(lengths), { gpu: null });
    expect(over).toEqual({ 8192: 9, 16384: 7, 32768: 5, 65536: 3, 131072: 1 });
  });

  test("takes quantiles by nearest rank", () => {
    const hundred = Uint32Array.from({ length: 100 }, (_, i) => i + 1);
    expect([50, 90, 99, 100].map((p) => nearestRank(hundred, p))).toEqual([50, 90, 99, 100]);
    expect([50, 90, 99].map((p) => nearestRank(Uint32Array.of(7, 9), p))).toEqual([7, 9, 9]);
    expect(nearestRank(new Uint32Array(), 50)).toBe(0);
  });

  test("gives zeros for an empty corpus", async () => {
    const { tokens, trajectories, length } = await corpusStatistics(empty, { gpu: null });
    expect({ tokens, trajectories, length })
      .toEqual({ tokens: 0, trajectories: 0, length: { p50: 0, p90: 0, p99: 0, max: 0 } });
  });

  test("stops when it is told to, and lets other work in", async () => {
    const corpus = ofLengths([3 * 2 ** 22]);
    const abort = new AbortController();
    const done: number[] = [];
    const counting = corpusStatistics(corpus, {
      gpu: null,
      signal: abort.signal,
      onProgress: (progress) => done.push(progress.done),
    });
    setTimeout(() => abort.abort(new Error("enough")));
    await expect(counting).rejects.toThrow("enough");
    expect(done.at(-1)).toBeLessThan(corpus.tokens.byteLength);
  });

  test.each<[string, Partial<CorpusTokens>, string, RegExp]>([
    ["token", { vocabularySize: 3 }, "token-out-of-range", /Token 3 at index 2/],
    ["last offset", { segmentOffsets: Uint32Array.of(0, 2, 5, 7) }, "bad-corpus", /to 7.*to 6/],
    ["first offset", { segmentOffsets: Uint32Array.of(1, 2, 5, 6) }, "bad-corpus", /from token 1/],
    ["order", { segmentOffsets: Uint32Array.of(0, 5, 2, 6) }, "bad-corpus", /Segment 1.*5.*2/],
    ["role", { segmentRoles: Uint32Array.of(1, 9, 4) }, "bad-corpus", /Segment 1 has role 9/],
    ["number of trajectories", { trajectoryCount: 2 }, "bad-corpus", /Segment 2 has trajectory 2/],
  ])("refuses a wrong %s", async (_, wrong, code, message) => {
    await expect(corpusStatistics({ ...small, ...wrong }, { gpu: null }))
      .rejects.toMatchObject({
        name: "StatisticsError",
        code,
        message: expect.stringMatching(message),
      });
  });
});

describeGpu("corpusStatistics", (gpu) => {
  const onGpu = async (corpus: CorpusTokens) => {
    const statistics = await corpusStatistics(corpus, { gpu });
    expect(statistics.adapter).toBe(gpu.description);
    return { ...statistics, adapter: "cpu" };
  };

  test.each<[string, CorpusTokens]>([
    ["empty", empty],
    ["small", small],
    ["random", randomCorpus(300, 50_000)],
    ["of two roles", { ...small, roles: ["a", "b"], segmentRoles: Uint32Array.of(1, 0, 1) }],
    ["of lengths at the edges", ofLengths([8191, 8192, 8193, 65536, 65537, 131072, 131073])],
  ])("equals the CPU for a corpus that is %s", async (_, corpus) => {
    expect(await onGpu(corpus)).toEqual(await corpusStatistics(corpus, { gpu: null }));
  });

  test("is one pass, one submit and one map", async () => {
    const corpus = randomCorpus(50, 50_000);
    await corpusStatistics(corpus, { gpu });
    const { calls } = await countGpuCalls(() => corpusStatistics(corpus, { gpu }));
    expect(calls).toEqual({
      buffers: 10, // 4 of tokens and segments, 1 of edges, 4 of results, 1 to read back
      frees: 10,
      writes: 5, // the inputs
      bindGroups: 3,
      pipelines: 0,
      passes: 1,
      dispatches: 3,
      submits: 1,
      maps: 1,
    });
  });

  test("reports from nothing to the whole", async () => {
    const seen: Progress[] = [];
    await corpusStatistics(small, { gpu, onProgress: (progress) => seen.push(progress) });
    const bytes = 4 * (6 + 3 * 3);
    expect(seen).toEqual([0, bytes].map((done) => (
      { phase: "measure", done, total: bytes, unit: "bytes" }
    )));
  });

  test("refuses what the CPU refuses", async () => {
    await expect(corpusStatistics({ ...small, vocabularySize: 3 }, { gpu }))
      .rejects.toMatchObject({
        code: "token-out-of-range",
        message: expect.stringMatching("Token 3 at index 2"),
      });
    await expect(corpusStatistics({ ...small, trajectoryCount: 2 }, { gpu }))
      .rejects.toMatchObject({ code: "bad-corpus" });
  });

  test("refuses more trajectories than a binding holds, quoting bytes and limit", async () => {
    const limit = gpu.device.limits.maxStorageBufferBindingSize;
    const trajectoryCount = Math.floor(limit / 20) + 1;
    await expect(corpusStatistics({ ...empty, trajectoryCount }, { gpu })).rejects.toMatchObject({
      code: "limit",
      message: expect.stringMatching(`lengths_by_role.*${20 * trajectoryCount} bytes.*${limit}`),
    });
  });

  test("does nothing once it is aborted", async () => {
    const { calls } = await countGpuCalls(() =>
      expect(corpusStatistics(small, { gpu, signal: AbortSignal.abort(new Error("stop")) }))
        .rejects.toThrow("stop")
    );
    expect(calls).toMatchObject({ buffers: 0, submits: 0 });
  });
});
