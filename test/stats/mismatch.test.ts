/** Divergences: 0 with itself, symmetric, and right. */
import { describe, expect, test } from "vitest";
import {
  actionLog,
  type Comparable,
  jensenShannon,
  jensenShannonNgrams,
  mismatch,
  ngramCountsCpu,
  tokenHistogramCpu,
} from "../../src/stats/mod.ts";
import { documentsFrom, randomDocuments } from "../support/random_documents.ts";

/** By the definition: half of both relative entropies to the middle. */
function plainDivergence(a: readonly number[], b: readonly number[]): number {
  const share = (counts: readonly number[]) => {
    const sum = counts.reduce((x, y) => x + y);
    return counts.map((count) => count / sum);
  };
  const [p, q] = [share(a), share(b)];
  const entropy = (of: readonly number[]) =>
    of.reduce((sum, x, i) => {
      const middle = ((p[i] ?? 0) + (q[i] ?? 0)) / 2;
      return x === 0 ? sum : sum + x * Math.log2(x / middle);
    }, 0);
  return (entropy(p) + entropy(q)) / 2;
}

describe("jensenShannon", () => {
  test("is what its definition says", () => {
    const [a, b] = [[3, 0, 5, 2], [1, 4, 0, 2]];
    expect(jensenShannon(Uint32Array.from(a), Uint32Array.from(b)))
      .toBeCloseTo(plainDivergence(a, b), 12);
    expect(jensenShannon(Uint32Array.of(1, 0), Uint32Array.of(0, 7))).toBe(1);
  });

  test("is null where there is nothing to compare", () => {
    expect(jensenShannon(new Uint32Array(3), Uint32Array.of(1, 0, 0))).toBeNull();
    expect(jensenShannon(new Uint32Array(), new Uint32Array())).toBeNull();
  });

  test("refuses counts of different things", () => {
    expect(() => jensenShannon(new Uint32Array(2), new Uint32Array(3)))
      .toThrow(expect.objectContaining({ code: "not-mergeable" }));
  });
});

describe("jensenShannonNgrams", () => {
  const [a, b] = [randomDocuments(20_000, 300, 1), randomDocuments(9000, 400, 2)];

  test("of 1-grams is that of tokens", () => {
    const tokens = jensenShannon(
      tokenHistogramCpu(a.tokens, 400),
      tokenHistogramCpu(b.tokens, 400),
    );
    expect(jensenShannonNgrams(ngramCountsCpu(a, 1), ngramCountsCpu(b, 1)))
      .toBeCloseTo(tokens ?? NaN, 12);
  });

  test("of samples comes near that of all", () => {
    const whole = jensenShannonNgrams(ngramCountsCpu(a, 2), ngramCountsCpu(b, 2)) ?? NaN;
    const sampled = jensenShannonNgrams(
      ngramCountsCpu(a, 2, { capacity: 2000 }),
      ngramCountsCpu(b, 2, { capacity: 4000 }),
    ) ?? NaN;
    expect(whole).toBeGreaterThan(0.2);
    expect(Math.abs(sampled - whole)).toBeLessThan(0.06);
  });
});

describe("mismatch", () => {
  const call = (command: string) => ({ name: "bash", arguments: { command }, text: command });
  const corpus = (seed: number, commands: string[][]): Comparable => {
    const documents = randomDocuments(5000, 200, seed);
    return {
      tokenizer: "random",
      tokenCounts: tokenHistogramCpu(documents.tokens, 200),
      ngrams: [2, 3].map((n) => ngramCountsCpu(documents, n)),
      actions: actionLog(commands.map((trajectory) => trajectory.map(call))),
    };
  };
  const a = corpus(1, [["ls", "cat", "pytest"], ["ls", "ls"]]);
  const b = corpus(2, [["cat", "ls"], ["vi", "pytest", "ls"]]);

  test("is exactly 0 with itself, and exactly symmetric", () => {
    expect(mismatch(a, a)).toEqual({ tokens: 0, ngrams: { 2: 0, 3: 0 }, tools: 0, toolPairs: 0 });
    expect(mismatch(a, b)).toEqual(mismatch(b, a));
    const { tokens, ngrams, tools, toolPairs } = mismatch(a, b);
    for (const bits of [tokens, ngrams["2"], ngrams["3"], tools, toolPairs]) {
      expect(bits).toBeGreaterThan(0);
      expect(bits).toBeLessThanOrEqual(1);
    }
    // ls 3, cat 1, pytest 1 against ls 2, cat 1, pytest 1, vi 1.
    expect(tools).toBeCloseTo(plainDivergence([3, 1, 1, 0], [2, 1, 1, 1]), 12);
  });

  test("is null for what one of them lacks", () => {
    const code = { ...a, actions: actionLog([[], []]) };
    expect(mismatch(code, b)).toMatchObject({ tools: null, toolPairs: null });
    const empty = { ...a, ngrams: [ngramCountsCpu(documentsFrom(), 2)] };
    expect(mismatch(empty, b).ngrams).toEqual({ 2: null });
  });

  test("refuses another tokenizer", () => {
    expect(() => mismatch(a, { ...b, tokenizer: "other" }))
      .toThrow(expect.objectContaining({ code: "not-mergeable" }));
  });
});
