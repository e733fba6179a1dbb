import { describe, expect, test } from "vitest";
import {
  bootstrapInterval,
  mcNemar,
  meanPassAtK,
  normalQuantile,
  passAtK,
  wilsonInterval,
} from "../../src/evaluate/mod.ts";
import { seededRandom } from "../../src/agent/mod.ts";

describe("pass@k", () => {
  test("is the share of draws that hold a success, counted one by one", () => {
    for (let n = 1; n <= 7; n++) {
      for (let c = 0; c <= n; c++) {
        for (let k = 1; k <= n; k++) {
          const draws = Array.from({ length: 2 ** n }, (_, bits) => bits)
            .filter((bits) => bits.toString(2).replaceAll("0", "").length === k);
          const hits = draws.filter((bits) => (bits & (2 ** c - 1)) !== 0).length;
          expect(passAtK(n, c, k), `${n} ${c} ${k}`).toBeCloseTo(hits / draws.length, 12);
        }
      }
    }
    expect(passAtK(10_000, 1, 5000)).toBeCloseTo(0.5, 9);
  });

  test("has no bias: over many experiments its mean is the truth", () => {
    const random = seededRandom(1);
    const truth = 1 - 0.7 ** 3;
    const estimates = Array.from({ length: 20_000 }, () => {
      const successes = Array.from({ length: 6 }, () => random.chance(0.3)).filter(Boolean).length;
      return { attempts: 6, successes };
    });
    expect(meanPassAtK(estimates, 3)).toBeCloseTo(truth, 2);
  });

  test.each([[3, 1, 4], [3, 4, 1], [3, 1, 0], [3, -1, 1], [2.5, 1, 1]])(
    "refuses %i attempts, %i successes, k = %i",
    (attempts, successes, k) => {
      expect(() => passAtK(attempts, successes, k)).toThrow(/successes/);
    },
  );
});

describe("Wilson's interval", () => {
  // Values of R's binom::binom.wilson and of Newcombe's table (1998).
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [10, 10, 0.7225, 1],
  ])("of %i in %i is %d to %d", (successes, n, low, high) => {
    const found = wilsonInterval(successes, n);
    expect(found.value).toBe(successes / n);
    expect(found.low).toBeCloseTo(low, 3);
    expect(found.high).toBeCloseTo(high, 3);
  });

  test("covers the truth about as often as it says", () => {
    const random = seededRandom(2);
    const covered = Array.from({ length: 4000 }, () => {
      const hits = Array.from({ length: 60 }, () => random.chance(0.4)).filter(Boolean).length;
      const { low, high } = wilsonInterval(hits, 60);
      return low <= 0.4 && 0.4 <= high;
    }).filter(Boolean).length;
    expect(covered / 4000).toBeGreaterThan(0.935);
    expect(covered / 4000).toBeLessThan(0.97);
  });

  test("refuses what is no share", () => {
    expect(() => wilsonInterval(1, 0)).toThrow("1 of 0");
    expect(() => wilsonInterval(5, 4)).toThrow("5 of 4");
  });
});

test("quantiles of the normal distribution", () => {
  // Abramowitz and Stegun, table 26.5.
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 7);
  expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306, 7);
  expect(normalQuantile(0.999999)).toBeCloseTo(4.753424309, 6);
  expect(() => normalQuantile(1)).toThrow("1 is no probability");
});

test("the bootstrap of a mean agrees with its standard error, and with itself", () => {
  const random = seededRandom(3);
  const values = Array.from({ length: 200 }, () => random.next());
  const mean = (drawn: readonly number[]) => drawn.reduce((a, b) => a + b, 0) / drawn.length;
  const found = bootstrapInterval(values, mean);
  const error = Math.sqrt(1 / 12 / 200);
  expect(found.value).toBe(mean(values));
  expect((found.high - found.low) / (2 * 1.96 * error)).toBeGreaterThan(0.9);
  expect((found.high - found.low) / (2 * 1.96 * error)).toBeLessThan(1.1);
  expect(bootstrapInterval(values, mean)).toEqual(found);
  expect(() => bootstrapInterval([], mean)).toThrow("nothing to draw");
});

describe("McNemar's test", () => {
  const lists = (both: number, first: number, second: number, neither: number) => {
    const repeat = (a: boolean, b: boolean, n: number) => Array.from({ length: n }, () => [a, b]);
    const pairs = [
      ...repeat(true, true, both),
      ...repeat(true, false, first),
      ...repeat(false, true, second),
      ...repeat(false, false, neither),
    ];
    return [pairs.map(([a]) => a === true), pairs.map(([, b]) => b === true)] as const;
  };

  test("is the exact binomial test on the tasks that differ", () => {
    // R: binom.test(5, 20)$p.value, binom.test(0, 6)$p.value, binom.test(3, 6)$p.value
    expect(mcNemar(...lists(40, 15, 5, 40)).pValue).toBeCloseTo(0.04138947, 7);
    expect(mcNemar(...lists(1, 0, 6, 1)).pValue).toBeCloseTo(0.03125, 10);
    expect(mcNemar(...lists(0, 3, 3, 0)).pValue).toBe(1);
    expect(mcNemar(...lists(5, 0, 0, 5)).pValue).toBe(1);
    expect(mcNemar(...lists(0, 3000, 3300, 0)).pValue).toBeCloseTo(1.665e-4, 5);
  });

  test("tells the difference with its error", () => {
    expect(mcNemar(...lists(50, 10, 30, 10))).toMatchObject({
      both: 50,
      onlyFirst: 10,
      onlySecond: 30,
      neither: 10,
      difference: 0.2,
    });
    expect(mcNemar(...lists(50, 10, 30, 10)).standardError).toBeCloseTo(0.06, 10);
    expect(() => mcNemar([true], [])).toThrow("1 and 0 outcomes");
  });
});
