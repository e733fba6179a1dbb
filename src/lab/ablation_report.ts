/**
 * What an ablation found: a resolved rate for each cell with its interval, and the comparisons that the
 * spec fixed before the run.
 *
 * @module
 */
import {
  bootstrapInterval,
  mcNemar,
  type PairedComparison,
  wilsonInterval,
} from "../evaluate/mod.ts";
import type { AblationSpec, Recipe } from "./ablation_spec.ts";
import type { TaskOutcome } from "./agent_batch.ts";
import type { TrainedStage } from "./stages.ts";

/** A cell of one seed, trained and measured. */
export interface CellRun {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly model: TrainedStage;
  readonly outcomes: readonly TaskOutcome[];
}

/** A share of tasks. */
export interface CellRate {
  readonly resolved: number;
  readonly low: number;
  readonly high: number;
  /** Tasks of all seeds together. */
  readonly tasks: number;
}

/** A cell over all seeds. */
export interface CellReport extends CellRate {
  readonly name: string;
  /** Read in training, base and all. */
  readonly tokens: number;
  readonly lossTokens: number;
  /** The key of each seed's last stage. */
  readonly run: readonly string[];
  readonly hard: CellRate | null;
  /** Of those that saw a test fail, the share that resolved the task all the same; null if none did. */
  readonly recovered: number | null;
  readonly exits: Readonly<Record<string, number>>;
  /** Resolved of `test` by a tag of its tasks. */
  readonly byBug: Readonly<Record<string, { resolved: number; tasks: number }>>;
}

/** A comparison that was planned. */
export interface CellComparison extends PairedComparison {
  readonly first: string;
  readonly second: string;
}

/** The tables of an ablation. */
export interface AblationReport {
  readonly name: string;
  readonly about: string;
  readonly seeds: readonly number[];
  readonly parameters: number;
  /** The share of held-out names that each base copies. */
  readonly copied: readonly number[];
  readonly contamination: Contamination;
  readonly cells: readonly CellReport[];
  readonly comparisons: readonly CellComparison[];
}

/** What of the evaluated tasks is in the training data: all of it should be zero. */
export interface Contamination {
  readonly names: number;
  readonly functions: number;
  /** Tasks of which a tenth of the 13-grams of their gold code occurs in training. */
  readonly tasks: number;
}

/** Sums up the runs of a spec's cells. */
export function reportOf(
  spec: AblationSpec,
  found: Pick<AblationReport, "parameters" | "copied" | "contamination">,
  runs: readonly CellRun[],
): AblationReport {
  const names = [...new Set(runs.map(({ recipe }) => recipe.name))];
  const of = (name: string) => runs.filter(({ recipe }) => recipe.name === name);
  const comparisons = spec.compare.flatMap(([first, second]) => {
    const [a, b] = [first, second].map((name) => of(name).flatMap(tested).map(isResolved));
    if (!a || !b || a.length === 0 || a.length !== b.length) return [];
    return [{ first, second, ...mcNemar(a, b) }];
  });
  const { name, about, seeds } = spec;
  return {
    name,
    about,
    seeds,
    ...found,
    cells: names.map((name) => cellOf(name, of(name))),
    comparisons,
  };
}

function cellOf(name: string, runs: readonly CellRun[]): CellReport {
  const test = runs.flatMap(tested);
  const hard = runs.flatMap(({ outcomes }) => outcomes.filter(({ split }) => split !== "test"));
  const failed = test.filter(({ recovered }) => recovered !== null);
  const mean = (of: (run: CellRun) => number) =>
    Math.round(runs.reduce((sum, run) => sum + of(run), 0) / runs.length);
  return {
    name,
    ...rateOf(runs.map(tested)),
    tokens: mean(({ model }) => model.tokens),
    lossTokens: mean(({ model }) => model.lossTokens),
    run: runs.map(({ model }) => model.key),
    hard: hard.length > 0 ? rateOf([hard]) : null,
    recovered: failed.length > 0
      ? failed.filter(({ recovered }) => recovered).length / failed.length
      : null,
    exits: countBy(test, ({ exitStatus }) => exitStatus),
    byBug: Object.fromEntries(
      Object.entries(Object.groupBy(test, ({ tags }) => tags.bug ?? "")).sort().map((
        [bug, tasks = []],
      ) => [bug, { resolved: tasks.filter(isResolved).length, tasks: tasks.length }]),
    ),
  };
}

/** Wilson's interval for one seed; for several the bootstrap over tasks, of the mean over seeds. */
function rateOf(seeds: readonly (readonly TaskOutcome[])[]): CellRate {
  const all = seeds.flat();
  const resolved = all.filter(isResolved).length;
  const [first = []] = seeds;
  if (seeds.length === 1) {
    const { value, low, high } = wilsonInterval(resolved, all.length);
    return { resolved: value, low, high, tasks: all.length };
  }
  const shares = first.map((_, task) =>
    seeds.filter((outcomes) => outcomes[task]?.resolved).length / seeds.length
  );
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const { value, low, high } = bootstrapInterval(shares, mean);
  return { resolved: value, low, high, tasks: all.length };
}

const isResolved = ({ resolved }: TaskOutcome) => resolved;

const tested = ({ outcomes }: CellRun) => outcomes.filter(({ split }) => split === "test");

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}
