/**
 * Comparisons of cells, paired by task and by seed.
 *
 * @module
 */
import { mcNemar } from "../../evaluate/mod.ts";
import type { AblationSpec } from "../ablation_spec.ts";
import type { CellComparison, PrimaryResult } from "../ablation_report.ts";
import { type SeedOutcomes, taskKey } from "./seed_rates.ts";
import { signFlipProbability } from "./sign_flip.ts";
import { meanOverSeeds, pairedT } from "./student_t.ts";

/** The second cell against the first: the same seeds in both, and each with the same tasks in both. */
export function compareCells(
  names: Pick<CellComparison, "first" | "second" | "split">,
  first: readonly SeedOutcomes[],
  second: readonly SeedOutcomes[],
): CellComparison {
  const seeds = first.map(({ seed, right }, i) => ({
    seed,
    ...mcNemar(right, second[i]?.right ?? []),
  }));
  const differences = seeds.map(({ difference }) => difference);
  const { mean, half } = meanOverSeeds(differences);
  const trials = first.flatMap((seed, i) =>
    seed.right.map((right, place) => ({
      task: taskKey(seed, place),
      difference: Number(second[i]?.right[place]) - Number(right),
    }))
  );
  const byTask = [...Map.groupBy(trials, ({ task }) => task).values()].map((trials) => ({
    sum: trials.reduce((sum, { difference }) => sum + difference, 0),
    seeds: trials.length,
  }));
  const n = first[0]?.right.length ?? 0;
  const overTasks = 1.96 * taskError(byTask.map(({ sum, seeds }) => sum / seeds));
  const wider = Math.max(half ?? 0, overTasks);
  return {
    ...names,
    difference: mean,
    low: Math.max(-1, mean - wider),
    high: Math.min(1, mean + wider),
    seeds,
    pairedT: pairedT(differences),
    // In whole tasks, so that equal differences are ties.
    signFlip: signFlipProbability(differences.map((difference) => Math.round(difference * n))),
    overTasks: signFlipProbability(byTask.map(({ sum }) => sum)),
  };
}

/** What the comparison that the spec has fixed says. */
export function primaryResult(
  comparison: CellComparison,
  { alpha }: NonNullable<AblationSpec["primary"]>,
): PrimaryResult {
  const { seeds, difference } = comparison;
  const [only] = seeds;
  const single = seeds.length === 1 && only !== undefined;
  // There is no t where all seeds differ by the same.
  const pValue = single ? only.pValue : comparison.pairedT?.pValue ?? comparison.signFlip;
  const better = difference > 0 ? "second" : "first";
  return {
    comparison,
    alpha,
    pValue,
    test: single ? "exact McNemar" : "paired t over seeds",
    decided: pValue < alpha ? better : "neither",
  };
}

/**
 * The standard error of the mean over tasks, with two tasks added of which one differs, so that it is
 * not zero where none does.
 *
 * @see A. Agresti, Y. Min, Simple improved confidence intervals for comparing matched proportions, 2005
 */
function taskError(differences: readonly number[]): number {
  const n = differences.length + 2;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const squares = differences.reduce((sum, value) => sum + value ** 2, 1) / n;
  return Math.sqrt((squares - mean ** 2) / n);
}
