/** Figures of printed tables, closed forms of t for two and three degrees, and what is counted by hand. */
import { describe, expect, test } from "vitest";
import { compareCells, primaryResult } from "../../../src/lab/measure/compare_cells.ts";
import { logLinearFit, tokensForHalf } from "../../../src/lab/measure/log_linear.ts";
import { seedRates } from "../../../src/lab/measure/seed_rates.ts";
import { signFlipProbability } from "../../../src/lab/measure/sign_flip.ts";
import {
  meanOverSeeds,
  pairedT,
  tProbability,
  tQuantile,
} from "../../../src/lab/measure/student_t.ts";

describe("Student's t", () => {
  test.each([
    [1, 12.706204736],
    [2, 4.302652730],
    [4, 2.776445105],
    [9, 2.262157163],
    [30, 2.042272456],
    [1000, 1.962339081],
  ])("of %i degrees, 95 in 100 are within %f", (degrees, quantile) => {
    expect(tQuantile(0.95, degrees)).toBeCloseTo(quantile, 7);
    expect(tProbability(quantile, degrees)).toBeCloseTo(0.05, 9);
  });

  test("the probability of no difference is 1, and that of an infinite one 0", () => {
    expect(tProbability(0, 4)).toBe(1);
    expect(tProbability(Infinity, 4)).toBe(0);
  });

  test("tests whether paired differences are zero", () => {
    // p = 1 - 2/π (θ + sin θ cos θ) with θ = atan(t / √3).
    const found = pairedT([1, 2, 3, 4]);
    expect(found?.t).toBeCloseTo(3.872983346, 8);
    expect(found?.degrees).toBe(3);
    expect(found?.pValue).toBeCloseTo(0.0304660, 6);
    expect(pairedT([0.1])).toBeNull();
    expect(pairedT([0.1 + 0.2, 0.3, 0.3])).toBeNull();
  });

  test("has an interval from two seeds on", () => {
    expect(meanOverSeeds([0.4])).toEqual({ mean: 0.4, half: null });
    const { mean, half } = meanOverSeeds([1, 2, 3, 4]);
    expect(mean - (half ?? 0)).toBeCloseTo(0.445739743, 7);
  });
});

describe("the sign-flip test", () => {
  test.each([
    [[], 1],
    [[0, 0], 1],
    [[5], 1],
    // Of 32 ways to choose signs only all alike are as far from zero.
    [[3, 1, 4, 1, 5], 2 / 32],
    [[1, -1], 1],
    // Sums of ±1±1±1 as far as 1 are all of them; ±2±1±1 as far as 2: 6 of 8.
    [[1, 1, -1], 1],
    [[2, 1, -1], 6 / 8],
  ])("of %j is %f", (differences, p) => {
    expect(signFlipProbability(differences)).toBeCloseTo(p, 12);
  });

  test("of ones agrees with McNemar's", () => {
    const differences = [...Array(9).fill(1), ...Array(2).fill(-1), ...Array(50).fill(0)];
    // 2 (1 + 11 + 55) / 2^11.
    expect(signFlipProbability(differences)).toBeCloseTo(0.06542969, 7);
  });
});

describe("rates over tokens", () => {
  test("have a line by least squares", () => {
    // Over 1, 2, 3: Σxy = 0.3 and Σx² = 2 about the means.
    const points = [[10, -0.1], [100, 0.1], [1000, 0.2]] as const;
    const fit = logLinearFit(points.map(([tokens, resolved]) => ({ tokens, resolved })));
    expect(fit?.slope).toBeCloseTo(0.15, 10);
    expect(fit?.intercept).toBeCloseTo(-7 / 30, 10);
    expect(fit?.r2).toBeCloseTo(27 / 28, 10);
    expect(logLinearFit([{ tokens: 10, resolved: 0 }])).toBeNull();
  });

  test("reach a half between sizes, before the smallest, or never", () => {
    const at = (...rates: number[]) =>
      tokensForHalf(rates.map((resolved, i) => ({ tokens: 100 * 10 ** i, resolved })));
    // Half way between 100 and 1000 in the logarithm.
    expect(at(0.4, 0.6, 0.9)).toEqual({ reached: "within", tokens: 316 });
    expect(at(0.1, 0.5)).toEqual({ reached: "within", tokens: 1000 });
    expect(at(0.5, 0.9)).toEqual({ reached: "always", tokens: 100 });
    expect(at(0.1, 0.2, 0.49)).toEqual({ reached: "never", tokens: 10_000 });
    // Up, down and up again: the first time counts.
    expect(at(0.2, 0.8, 0.3, 0.9).tokens).toBe(316);
  });
});

const outcomes = (...seeds: string[]) =>
  seeds.map((right, seed) => ({
    seed,
    run: `run ${seed}`,
    right: [...right].map((c) => c === "1"),
  }));

describe("a rate over seeds", () => {
  test("of one seed has Wilson's interval", () => {
    const rate = seedRates(outcomes("1100000000"));
    expect(rate).toMatchObject({ resolved: 0.2, tasks: 10, overSeeds: null });
    expect(rate.low).toBeCloseTo(0.0567, 4);
    expect(rate.high).toBeCloseTo(0.5098, 4);
  });

  test("of several has the wider one of seeds and tasks", () => {
    const alike = seedRates(outcomes("11000", "11000", "11000"));
    expect(alike.overSeeds?.low).toBeCloseTo(0.4, 12);
    expect(alike.low).toBe(alike.overTasks.low);
    // Three seeds that see the same five tasks say no more of tasks than one seed does.
    expect(alike.overTasks).toEqual(seedRates(outcomes("11000")).overTasks);
    const apart = seedRates(outcomes("1".repeat(200), "0".repeat(200)));
    expect(apart).toMatchObject({ resolved: 0.5, low: 0, high: 1 });
  });

  test("of seeds with tasks of their own counts all of these", () => {
    const own = outcomes("11000", "11000", "11000").map((seed, i) => ({
      ...seed,
      tasks: [...seed.right.keys()].map((task) => `${i} ${task}`),
    }));
    const rate = seedRates(own);
    expect(rate.tasks).toBe(15);
    expect(rate.resolved).toBeCloseTo(0.4, 12);
    expect(rate.overTasks).toEqual(seedRates(outcomes("110001100011000")).overTasks);
    expect(rate.seeds.map(({ tasks }) => tasks)).toEqual([5, 5, 5]);
  });

  test("is never sure of itself: no seed resolved any", () => {
    expect(seedRates(outcomes("00000000", "00000000")).high).toBeGreaterThan(0.3);
  });
});

describe("a comparison", () => {
  const names = { first: "a", second: "b", split: "test" } as const;

  test("of several seeds is paired by seed and by task", () => {
    const found = compareCells(
      names,
      outcomes("0000000011", "0000000001", "0000000011"),
      outcomes("0000111111", "0000000111", "0000001111"),
    );
    expect(found.difference).toBeCloseTo((0.4 + 0.2 + 0.2) / 3, 12);
    expect(found.seeds.map(({ onlySecond }) => onlySecond)).toEqual([4, 2, 2]);
    // p = 1 - t / √(2 + t²).
    expect(found.pairedT?.t).toBeCloseTo(4, 9);
    expect(found.pairedT?.pValue).toBeCloseTo(0.0571910, 6);
    expect(found.signFlip).toBeCloseTo(2 / 8, 12);
    // Differences of tasks, summed over seeds: 1 1 2 3 1, all one way.
    expect(found.overTasks).toBeCloseTo(2 / 32, 12);
    expect(found.low).toBeLessThan(0);
    const primary = primaryResult(found, { compare: ["a", "b"], split: "test", alpha: 0.06 });
    expect(primary).toMatchObject({ test: "paired t over seeds", decided: "second" });
  });

  test("of seeds with tasks of their own takes each task's difference for itself", () => {
    const own = (...seeds: string[]) =>
      outcomes(...seeds).map((seed, i) => ({
        ...seed,
        tasks: [...seed.right.keys()].map((task) => `${i} ${task}`),
      }));
    const found = compareCells(names, own("0000", "0000"), own("0111", "0011"));
    expect(found.difference).toBeCloseTo((0.75 + 0.5) / 2, 12);
    // Five tasks differ, all one way; of the same tasks it would be three.
    expect(found.overTasks).toBeCloseTo(2 / 32, 12);
    const same = compareCells(names, outcomes("0000", "0000"), outcomes("0111", "0011"));
    expect(same.overTasks).toBeCloseTo(2 / 8, 12);
    expect(found.signFlip).toBe(same.signFlip);
  });

  test("of one seed is McNemar's, and decides nothing on few tasks", () => {
    const found = compareCells(names, outcomes("11110"), outcomes("00000"));
    expect(found).toMatchObject({ difference: -0.8, pairedT: null });
    const primary = primaryResult(found, { compare: ["a", "b"], split: "test", alpha: 0.05 });
    expect(primary).toMatchObject({ test: "exact McNemar", pValue: 0.125, decided: "neither" });
  });

  test("of cells that are alike still has an interval", () => {
    const found = compareCells(names, outcomes("0000"), outcomes("0000"));
    expect(found.difference).toBe(0);
    expect(found.high).toBeGreaterThan(0.2);
    expect(found.signFlip).toBe(1);
  });
});
