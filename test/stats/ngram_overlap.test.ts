/** Leakage of a benchmark into documents, on the GPU against the reference and against plain sets. */
import { describe, expect, test } from "vitest";
import {
  type DocumentTokens,
  ngramIndex,
  ngramOverlap,
  ngramOverlapCpu,
  type Overlap,
} from "../../src/stats/mod.ts";
import { CHUNK_TOKENS } from "../../src/stats/token_chunks.ts";
import { describeGpu } from "../support/gpu.ts";
import { documentsFrom, randomDocuments } from "../support/random_documents.ts";

/** |G_e ∩ G_x| by sets of the n-grams themselves. */
function plainOverlap(documents: DocumentTokens, items: DocumentTokens, n: number): Overlap[] {
  const sets = ({ tokens, offsets }: DocumentTokens) =>
    Array.from({ length: offsets.length - 1 }, (_, k) => {
      const ngrams = new Set<string>();
      for (let i = offsets[k]!; i + n <= offsets[k + 1]!; i++) {
        ngrams.add(tokens.subarray(i, i + n).join());
      }
      return ngrams;
    });
  const itemSets = sets(items);
  return sets(documents).flatMap((x, document) =>
    itemSets.flatMap((e, item) => {
      const shared = e.intersection(x).size;
      return shared === 0 ? [] : [{ document, item, shared, ngrams: e.size }];
    })
  );
}

const numbers = (length: number, start: number) => Array.from({ length }, (_, i) => start + i);

describe("ngramOverlapCpu", () => {
  test.each([1, 2, 13])("n = %i: what sets of n-grams share", (n) => {
    const items = randomDocuments(2000, 40, 1);
    const documents = randomDocuments(20_000, 40, 2);
    const expected = plainOverlap(documents, items, n);
    if (n < 13) expect(expected.length).toBeGreaterThan(10);
    expect(ngramOverlapCpu(documents, ngramIndex(items, n))).toEqual(expected);
  });

  test("counts a planted overlap to the n-gram, and each n-gram once", () => {
    // 112 different tokens are 100 13-grams; 22 of them in a row are 10 of those.
    const item = numbers(112, 1000);
    const planted = [...numbers(50, 5000), ...item.slice(30, 52), ...numbers(50, 6000)];
    const twice = [...item.slice(30, 52), 1, ...item.slice(30, 52)];
    const short = item.slice(0, 12);
    const index = ngramIndex(documentsFrom([1, 2, 3], item), 13);
    expect([...index.itemNgrams]).toEqual([0, 100]);
    expect(ngramOverlapCpu(documentsFrom(planted, [], twice, short), index)).toEqual([
      { document: 0, item: 1, shared: 10, ngrams: 100 },
      { document: 2, item: 1, shared: 10, ngrams: 100 },
    ]);
  });

  test("an empty benchmark has nothing in common with anything", () => {
    const index = ngramIndex(documentsFrom(), 13);
    expect(ngramOverlapCpu(randomDocuments(1000), index)).toEqual([]);
  });
});

describeGpu("ngramOverlap", (gpu) => {
  test.each([0, 1, 13, 63, 64, 65, 40_013])("equals the reference for N = %i", async (N) => {
    const documents = randomDocuments(N, 30, 3);
    const index = ngramIndex(randomDocuments(1500, 30, 4), 3);
    expect(await ngramOverlap(gpu, documents, index)).toEqual(ngramOverlapCpu(documents, index));
  });

  test("equals the reference where documents reach over chunks", async () => {
    const items = randomDocuments(5000, 200, 5);
    const index = ngramIndex(items, 4);
    const { tokens } = randomDocuments(CHUNK_TOKENS + 5000, 200, 6);
    // An item lies over the border of two chunks.
    tokens.set(items.tokens.subarray(0, 400), CHUNK_TOKENS - 200);
    const middle = CHUNK_TOKENS - 3000;
    const documents = { tokens, offsets: Uint32Array.of(0, middle, tokens.length) };
    expect(await ngramOverlap(gpu, documents, index)).toEqual(ngramOverlapCpu(documents, index));
  });
});
