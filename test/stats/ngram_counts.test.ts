/** n-grams: hashes, counts, samples of them, on the GPU against the reference. */
import { describe, expect, test } from "vitest";
import {
  distinctNgrams,
  documentsOf,
  type DocumentTokens,
  mergeNgramCounts,
  ngramCounts,
  ngramCountsCpu,
  ngramHash,
  ngramHashCpu,
  NO_NGRAM,
  topNgrams,
} from "../../src/stats/mod.ts";
import { CHUNK_TOKENS, tokenChunks } from "../../src/stats/token_chunks.ts";
import { describeGpu } from "../support/gpu.ts";
import { randomCorpus } from "../support/random_corpus.ts";
import { documentsFrom, randomDocuments, sliceDocuments } from "../support/random_documents.ts";

const WG = 64;

/** Counts by the n-gram's own tokens, in a map. */
function plainCounts({ tokens, offsets }: DocumentTokens, n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let k = 0; k + 1 < offsets.length; k++) {
    for (let i = offsets[k]!; i + n <= offsets[k + 1]!; i++) {
      const key = tokens.subarray(i, i + n).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

describe("ngramCountsCpu", () => {
  test.each([1, 2, 3, 13, 64])("n = %i: what a map of the n-grams themselves counts", (n) => {
    const documents = randomDocuments(30_000, 50);
    const { counts, tokens, total, level } = ngramCountsCpu(documents, n);
    const found = Array.from(counts, (count, i) => [tokens.slice(i * n, i * n + n).join(), count]);
    expect(new Map(found as [string, number][])).toEqual(plainCounts(documents, n));
    expect(total).toBe(counts.reduce((sum, count) => sum + count, 0));
    expect(level).toBe(0);
  });

  test("no n-gram reaches over the end of a document", () => {
    const { total, tokens } = ngramCountsCpu(documentsFrom([1, 2], [], [3], [4, 5, 6]), 2);
    expect(total).toBe(3);
    expect(Array.from({ length: 3 }, (_, i) => tokens.slice(2 * i, 2 * i + 2).join()).toSorted())
      .toEqual(["1,2", "4,5", "5,6"]);
  });

  test("tells the most frequent, and how many there are", () => {
    const counts = ngramCountsCpu(documentsFrom([7, 7, 7, 1, 7, 7], [3, 7, 7]), 2);
    expect(topNgrams(counts, 1)).toEqual([{ tokens: Uint32Array.of(7, 7), count: 4 }]);
    expect(topNgrams(counts, 99).map(({ count }) => count)).toEqual([4, 1, 1, 1]);
    expect(distinctNgrams(counts)).toBe(4);
  });

  test("beyond its capacity it keeps a sample, with exact counts and a good estimate", () => {
    const documents = randomDocuments(100_000, 5000);
    const all = ngramCountsCpu(documents, 2);
    const some = ngramCountsCpu(documents, 2, { capacity: 4096 });
    expect(some.level).toBeGreaterThan(0);
    expect(some.counts.length).toBeLessThanOrEqual(4096);
    expect(some.total).toBe(all.total);
    const plain = plainCounts(documents, 2);
    for (const [i, count] of some.counts.entries()) {
      expect(count).toBe(plain.get(some.tokens.subarray(2 * i, 2 * i + 2).join()));
    }
    expect(Math.abs(distinctNgrams(some) / distinctNgrams(all) - 1)).toBeLessThan(0.08);
  });

  test.each([undefined, 1000])("shards give what the whole gives, capacity %s", (capacity) => {
    const documents = randomDocuments(60_000, 300);
    const K = documents.offsets.length - 1;
    const shards = [0, 5, 5, Math.floor(K / 2), K].map((end, i, ends) =>
      ngramCountsCpu(sliceDocuments(documents, ends[i - 1] ?? 0, end), 3, { capacity })
    );
    const whole = ngramCountsCpu(documents, 3, { capacity });
    expect(mergeNgramCounts(shards)).toEqual(whole);
    expect(mergeNgramCounts(shards.toReversed())).toEqual(whole);
  });

  test("refuses what cannot be counted or merged", () => {
    const documents = documentsFrom([1, 2, 3]);
    const refused = (code: string) => expect.objectContaining({ name: "StatisticsError", code });
    expect(() => ngramCountsCpu(documents, 0)).toThrow(refused("bad-size"));
    expect(() => ngramCountsCpu(documents, 65)).toThrow(refused("bad-size"));
    expect(() => ngramCountsCpu(documents, 2, { capacity: 63 })).toThrow(refused("bad-size"));
    expect(() => ngramCountsCpu({ ...documents, offsets: Uint32Array.of(0, 2) }, 2))
      .toThrow(refused("bad-corpus"));
    expect(() => ngramCountsCpu({ ...documents, offsets: Uint32Array.of(0, 3, 2, 3) }, 2))
      .toThrow(refused("bad-corpus"));
    expect(() => mergeNgramCounts([])).toThrow(refused("not-mergeable"));
    const [pairs, triples] = [2, 3].map((n) => ngramCountsCpu(documents, n));
    expect(() => mergeNgramCounts([pairs!, triples!])).toThrow(refused("not-mergeable"));
    const full = { ...pairs!, counts: pairs!.counts.map(() => 2 ** 32 - 1) };
    expect(() => mergeNgramCounts([full, full])).toThrow(refused("overflow"));
  });
});

describe("chunks of documents", () => {
  test.each([1, 7, 100, 5000])(
    "of %i tokens have every token's document and the next tokens",
    (size) => {
      const documents = randomDocuments(3000);
      const { tokens, offsets } = documents;
      let at = 0;
      for (const chunk of tokenChunks(documents, 4, size)) {
        expect(chunk.items).toBe(Math.min(size, tokens.length - at));
        expect(chunk.tokens).toEqual(tokens.subarray(at, at + chunk.items + 3));
        for (const [i, k] of chunk.documents.entries()) {
          const document = chunk.firstDocument + k;
          expect(k).toBeLessThan(chunk.documentCount);
          expect(offsets[document]).toBeLessThanOrEqual(at + i);
          expect(offsets[document + 1]).toBeGreaterThan(at + i);
        }
        at += chunk.items;
      }
      expect(at).toBe(tokens.length);
    },
  );

  test("of a corpus are its trajectories", () => {
    const corpus = randomCorpus(30, 100);
    const { offsets } = documentsOf(corpus);
    const lengths = new Uint32Array(30);
    for (const [i, k] of corpus.segmentTrajectories.entries()) {
      lengths[k]! += corpus.segmentOffsets[i + 1]! - corpus.segmentOffsets[i]!;
    }
    expect(offsets.slice(1).map((offset, k) => offset - offsets[k]!)).toEqual(lengths);
  });
});

describeGpu("n-grams", (gpu) => {
  const sizes = [0, 1, 2, WG - 1, WG, WG + 1, 1000 * WG + 13];

  test.each(sizes)("hashes equal the reference for N = %i", async (N) => {
    const documents = randomDocuments(N);
    for (const n of [1, 2, 13]) {
      expect(await ngramHash(gpu, documents, n)).toEqual(ngramHashCpu(documents, n));
    }
  });

  test.each(sizes)("counts equal the reference for N = %i", async (N) => {
    const documents = randomDocuments(N, 50);
    for (const n of [1, 3]) {
      expect(await ngramCounts(gpu, documents, n)).toEqual(ngramCountsCpu(documents, n));
    }
  });

  test("equal the reference over several chunks, in more than 65,535 workgroups in all", async () => {
    const documents = randomDocuments(2 * CHUNK_TOKENS + 77, 300);
    const capacity = 2 ** 16;
    const done: number[] = [];
    const onProgress = (progress: { done: number }) => done.push(progress.done);
    const onGpu = await ngramCounts(gpu, documents, 2, { capacity, onProgress });
    expect(onGpu).toEqual(ngramCountsCpu(documents, 2, { capacity }));
    expect(onGpu.level).toBeGreaterThan(0);
    expect(done).toEqual([0, CHUNK_TOKENS, 2 * CHUNK_TOKENS, documents.tokens.length]);
  });

  test("one n-gram a hundred thousand times, and tokens of all bits", async () => {
    const same = { tokens: new Uint32Array(100_000).fill(9), offsets: Uint32Array.of(0, 100_000) };
    const { counts, total } = await ngramCounts(gpu, same, 3);
    expect([...counts, total]).toEqual([99_998, 99_998]);
    const wide = documentsFrom([2 ** 32 - 1, 0, 2 ** 31, NO_NGRAM, 2 ** 32 - 1]);
    expect(await ngramCounts(gpu, wide, 1)).toEqual(ngramCountsCpu(wide, 1));
  });

  test("stops between chunks", async () => {
    const abort = new AbortController();
    const counting = ngramCounts(gpu, randomDocuments(CHUNK_TOKENS + 1), 2, {
      signal: abort.signal,
      onProgress: ({ done }) => done > 0 && abort.abort(new Error("enough")),
    });
    await expect(counting).rejects.toThrow("enough");
  });
});
