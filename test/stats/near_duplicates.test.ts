/** MinHash signatures on the GPU against the reference, and the clusters that they give. */
import { describe, expect, test } from "vitest";
import {
  EMPTY_BIN,
  minHash,
  minHashCpu,
  nearDuplicates,
  SIGNATURE_BINS,
  signatureSimilarity,
} from "../../src/stats/mod.ts";
import { CHUNK_TOKENS } from "../../src/stats/token_chunks.ts";
import { describeGpu } from "../support/gpu.ts";
import { seededRandom } from "../support/random.ts";
import { documentsFrom, randomDocuments, sliceDocuments } from "../support/random_documents.ts";

const random = seededRandom(3);
const text = (length: number) => Array.from({ length }, () => Math.floor(random() * 1e6));

/** `tokens` with every n-th one another. */
const changed = (tokens: number[], n: number) => tokens.map((t, i) => i % n === n - 1 ? t + 1 : t);

function jaccard(a: number[], b: number[], n = 5): number {
  const shingles = (tokens: number[]) =>
    new Set(tokens.slice(n - 1).map((_, i) => tokens.slice(i, i + n).join()));
  const [A, B] = [shingles(a), shingles(b)];
  return A.intersection(B).size / A.union(B).size;
}

describe("minHashCpu", () => {
  test("signatures agree as much as documents do", () => {
    const a = text(3000);
    for (const n of [20, 50, 200, 3001]) {
      const b = changed(a, n);
      const signatures = minHashCpu(documentsFrom(a, b));
      expect(Math.abs(signatureSimilarity(signatures, 0, 1) - jaccard(a, b))).toBeLessThan(0.13);
    }
    expect(signatureSimilarity(minHashCpu(documentsFrom(a, text(3000))), 0, 1)).toBeLessThan(0.05);
  });

  test("a document without a shingle is like nothing, not even itself", () => {
    const signatures = minHashCpu(documentsFrom([1, 2, 3, 4], [1, 2, 3, 4], []));
    expect(signatures).toEqual(new Uint32Array(3 * SIGNATURE_BINS).fill(EMPTY_BIN));
    expect(nearDuplicates(signatures).clusters).toEqual([]);
  });

  test("shards, one after the other, are the whole", () => {
    const documents = randomDocuments(20_000);
    const K = documents.offsets.length - 1;
    const shards = [sliceDocuments(documents, 0, 4), sliceDocuments(documents, 4, K)];
    expect(Uint32Array.from(shards.flatMap((shard) => [...minHashCpu(shard)])))
      .toEqual(minHashCpu(documents));
  });
});

describe("nearDuplicates", () => {
  const [a, b, short] = [text(2000), text(800), text(9)];
  const documents = [a, b, changed(a, 400), short, text(2000), [...b], changed(a, 12), [...short]];
  const signatures = minHashCpu(documentsFrom(...documents));

  test("clusters what is nearly the same, and nothing else", () => {
    expect(jaccard(a, documents[2]!)).toBeGreaterThan(0.9);
    expect(jaccard(a, documents[6]!)).toBeLessThan(0.5);
    expect(nearDuplicates(signatures)).toEqual({
      clusters: [[0, 2], [1, 5], [3, 7]],
      duplicates: 3,
      threshold: 0.8,
    });
  });

  test("a thousand copies are one cluster", () => {
    const copies = new Uint32Array(1000 * SIGNATURE_BINS);
    for (let k = 0; k < 1000; k++) {
      copies.set(signatures.subarray(0, SIGNATURE_BINS), k * SIGNATURE_BINS);
    }
    expect(nearDuplicates(copies)).toMatchObject({ duplicates: 999, clusters: [{ length: 1000 }] });
  });

  test("finds every pair that a comparison of all with all finds", () => {
    const families = Array.from({ length: 40 }, () => text(500));
    const many = families.flatMap((family) => [family, changed(family, 100), changed(family, 60)]);
    const all = minHashCpu(documentsFrom(...many));
    const together = new Map(
      nearDuplicates(all).clusters.flatMap((cluster, c) => cluster.map((k) => [k, c] as const)),
    );
    for (let i = 0; i < many.length; i++) {
      for (let j = 0; j < i; j++) {
        if (signatureSimilarity(all, i, j) < 0.8) continue;
        expect(together.get(i)).toBeDefined();
        expect(together.get(i)).toBe(together.get(j));
      }
    }
  });

  test("refuses a threshold that is none", () => {
    expect(() => nearDuplicates(signatures, 0)).toThrow(/threshold is 0/);
  });
});

describeGpu("minHash", (gpu) => {
  test.each([0, 1, 5, 63, 64, 65, 100_001])("equals the reference for N = %i", async (N) => {
    const documents = randomDocuments(N);
    expect(await minHash(gpu, documents)).toEqual(minHashCpu(documents));
  });

  test("equals the reference where a document reaches over chunks", async () => {
    const { tokens } = randomDocuments(CHUNK_TOKENS + 5000);
    const offsets = Uint32Array.of(0, 0, 7, CHUNK_TOKENS - 50, CHUNK_TOKENS + 60, tokens.length);
    expect(await minHash(gpu, { tokens, offsets })).toEqual(minHashCpu({ tokens, offsets }));
  });
});
