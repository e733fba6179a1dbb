/**
 * A rate with several seeds: how sure it is depends on the seeds and on the tasks, and the wider
 * interval of the two is told.
 *
 * @module
 */
import { wilsonInterval } from "../../evaluate/mod.ts";
import type { CellRate, Interval, SeedRate } from "../ablation_report.ts";
import { meanOverSeeds } from "./student_t.ts";

/** What came of each task with one seed. */
export interface SeedOutcomes {
  readonly seed: number;
  /** The key of the stage that was measured. */
  readonly run: string;
  /** Of each task, in the same order with each seed where `tasks` does not name them. */
  readonly right: readonly boolean[];
  readonly tasks?: readonly string[];
}

/** What an outcome's task is known by over seeds. */
export function taskKey({ tasks }: SeedOutcomes, place: number): string {
  return tasks?.[place] ?? String(place);
}

/** A rate with all that it is made of. */
export interface SeedRates extends CellRate {
  readonly overSeeds: Interval | null;
  readonly overTasks: Interval;
  readonly seeds: readonly SeedRate[];
}

/**
 * The mean over seeds. Over seeds its interval is Student's t; over tasks Wilson's for as many trials as
 * there are different tasks, however often each was tried, since trials of one task are alike.
 *
 * @param outcomes Of one seed at least, and one task at least.
 */
export function seedRates(outcomes: readonly SeedOutcomes[]): SeedRates {
  const seeds = outcomes.map(({ seed, run, right }): SeedRate => ({
    seed,
    run,
    ...rateOf(right.filter(Boolean).length, right.length),
  }));
  const { mean, half } = meanOverSeeds(seeds.map(({ resolved }) => resolved));
  const keys = outcomes.flatMap((seed) => seed.right.map((_, place) => taskKey(seed, place)));
  const tasks = new Set(keys).size;
  const all = outcomes.flatMap(({ right }) => right);
  const overTasks = wilsonOf(all.filter(Boolean).length * tasks / all.length, tasks);
  const overSeeds = half === null ? null : {
    low: Math.max(0, mean - half),
    high: Math.min(1, mean + half),
  };
  return {
    resolved: mean,
    low: Math.min(overTasks.low, overSeeds?.low ?? 1),
    high: Math.max(overTasks.high, overSeeds?.high ?? 0),
    tasks,
    overSeeds,
    overTasks,
    seeds,
  };
}

/** The rate alone. */
export function plainRate({ resolved, low, high, tasks }: CellRate): CellRate {
  return { resolved, low, high, tasks };
}

/** A share by Wilson's interval. */
export function rateOf(right: number, tasks: number): CellRate {
  return { resolved: right / tasks, ...wilsonOf(right, tasks), tasks };
}

function wilsonOf(right: number, tasks: number): Interval {
  // Means over seeds may pass the bounds by rounding.
  const { low, high } = wilsonInterval(Math.min(tasks, Math.max(0, right)), tasks);
  return { low, high };
}
