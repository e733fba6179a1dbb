/**
 * Sums up what was measured on each cell and seed.
 *
 * @module
 */
import type { TaskOutcome } from "../agent_batch.ts";
import {
  type AblationReport,
  ACTION_PARTS,
  type ActionPart,
  type CellComparison,
  type CellRate,
  type CellReport,
  type Count,
  type MidCurve,
  type RoleLoss,
  type SftSweep,
  type StageReport,
} from "../ablation_report.ts";
import { type AblationSpec, type Recipe, recipesOf } from "../ablation_spec.ts";
import type { CellMeasures } from "../cell_work.ts";
import type { TrainedStage } from "../stages.ts";
import { compareCells, primaryResult } from "./compare_cells.ts";
import { logLinearFit, tokensForHalf } from "./log_linear.ts";
import { plainRate, rateOf, type SeedOutcomes, seedRates } from "./seed_rates.ts";

/** A cell of one seed, trained and measured. */
export interface CellRun extends CellMeasures {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly base: TrainedStage;
  readonly mid: readonly TrainedStage[];
  readonly sft: readonly TrainedStage[];
  /** The last of them. */
  readonly model: TrainedStage;
}

/** A checkpoint of mid-training, worked with as it is. */
export interface MidRun {
  readonly mid: string;
  readonly share: number;
  /** Read by mid-training up to there. */
  readonly tokens: number;
  readonly seed: number;
  readonly run: string;
  readonly outcomes: readonly TaskOutcome[];
}

/** What is known beside the runs. */
export type Found = Pick<
  AblationReport,
  "parameters" | "copied" | "contamination" | "specKey"
>;

/** Sums up the runs of a spec's cells. */
export function reportOf(
  spec: AblationSpec,
  found: Found,
  runs: readonly CellRun[],
  midRuns: readonly MidRun[],
): AblationReport {
  const ofCell = Map.groupBy(runs, ({ recipe }) => recipe.name);
  const cells = [...ofCell.values()].map(cellOf);
  const compared = (
    [first, second]: readonly [string, string],
    split: CellComparison["split"],
  ): CellComparison[] => {
    const [a, b] = [first, second].map((name) => outcomesOf(ofCell.get(name) ?? [], split));
    if (!a?.[0]?.right.length || !b?.[0]?.right.length) return [];
    return [compareCells({ first, second, split }, a, b)];
  };
  const { name, about, seeds, primary } = spec;
  const [decisive] = primary ? compared(primary.compare, primary.split) : [];
  return {
    name,
    about,
    spec,
    seeds,
    ...found,
    cells: cells.map((cell) => withEfficiency(cell, cells)),
    primary: primary && decisive ? primaryResult(decisive, primary) : null,
    comparisons: spec.compare.flatMap((pair) => compared(pair, "test")),
    sweeps: sweepsOf(spec, cells),
    midCurves: [...Map.groupBy(midRuns, ({ mid }) => mid)].map(curveOf),
    stages: stagesOf(runs),
  };
}

function cellOf(runs: readonly CellRun[]): CellReport {
  const [{ recipe: { name, mid, sft } }] = runs as [CellRun];
  const test = runs.flatMap(({ outcomes }) => outcomes.filter(({ split }) => split === "test"));
  const hard = outcomesOf(runs, "test-hard");
  const mean = (of: (run: CellRun) => number) =>
    Math.round(runs.reduce((sum, run) => sum + of(run), 0) / runs.length);
  const tokensOf = (part: "mid" | "sft", of: "tokens" | "lossTokens") =>
    mean((run) => run[part].reduce((sum, { own }) => sum + own[of], 0));
  const distinctTasks = mean((run) =>
    new Set([...run.mid, ...run.sft].flatMap(({ own }) => own.tasks)).size
  );
  return {
    name,
    mid,
    sft,
    ...seedRates(outcomesOf(runs, "test")),
    run: runs.map(({ model }) => model.key),
    tokens: mean(({ model }) => model.tokens),
    midTokens: tokensOf("mid", "tokens"),
    sftTokens: tokensOf("sft", "tokens"),
    lossTokens: mean(({ model }) => model.lossTokens),
    midLossTokens: tokensOf("mid", "lossTokens"),
    distinctTasks,
    hard: hard[0]?.right.length ? plainRate(seedRates(hard)) : null,
    recovered: recoveryOf(test),
    recoveredByTag: byTags(test.filter(({ recovered }) => recovered !== null)),
    exits: countBy(test, ({ exitStatus }) => exitStatus),
    byTag: byTags(test),
    accuracy: accuracyOf(runs),
    heldOut: heldOutOf(runs),
    transfer: transferOf(runs),
    pointsPerMillionTokens: null,
  };
}

/** Tags of MiniSWE's tasks that tell what is hard about them. */
const TAGS = ["bug", "issue", "revealed_by", "composed", "files"];

function outcomesOf(runs: readonly CellRun[], split: string): SeedOutcomes[] {
  return runs.map(({ seed, model, outcomes }) =>
    seedOutcomes({ seed, run: model.key }, outcomes.filter((outcome) => outcome.split === split))
  );
}

function seedOutcomes(
  known: Pick<SeedOutcomes, "seed" | "run">,
  outcomes: readonly TaskOutcome[],
): SeedOutcomes {
  return {
    ...known,
    right: outcomes.map(({ resolved }) => resolved),
    tasks: outcomes.map(({ task }) => task),
  };
}

function recoveryOf(test: readonly TaskOutcome[]): CellRate | null {
  const failed = test.filter(({ recovered }) => recovered !== null);
  if (failed.length === 0) return null;
  return rateOf(failed.filter(({ recovered }) => recovered).length, failed.length);
}

function byTags(outcomes: readonly TaskOutcome[]): Record<string, Record<string, Count>> {
  return Object.fromEntries(TAGS.map((tag) => [tag, rightBy(outcomes, tag)]));
}

function rightBy(outcomes: readonly TaskOutcome[], tag: string): Record<string, Count> {
  const groups = Object.entries(Object.groupBy(outcomes, ({ tags }) => tags[tag] ?? ""));
  return Object.fromEntries(
    groups.toSorted(([a], [b]) => a < b ? -1 : 1).map(([value, tasks = []]) => [
      value,
      { right: tasks.filter(({ resolved }) => resolved).length, of: tasks.length },
    ]),
  );
}

function accuracyOf(runs: readonly CellRun[]): Record<ActionPart, Count> | null {
  const counted = runs.flatMap(({ accuracy }) => accuracy ? [accuracy] : []);
  if (counted.length === 0) return null;
  const sum = (part: ActionPart): Count =>
    counted.reduce(
      (sum, counts) => ({
        right: sum.right + counts[part].right,
        of: sum.of + counts[part].of,
      }),
      { right: 0, of: 0 },
    );
  return Object.fromEntries(ACTION_PARTS.map((part) => [part, sum(part)])) as Record<
    ActionPart,
    Count
  >;
}

function heldOutOf(runs: readonly CellRun[]): Record<string, RoleLoss> | null {
  const measured = runs.flatMap(({ heldOut }) => heldOut ? [heldOut] : []);
  const [first] = measured;
  if (first === undefined) return null;
  return Object.fromEntries(
    Object.entries(first).map(([role, { tokens }]) => {
      const losses = measured.map((roles) => roles[role]?.lossNats ?? NaN);
      const lossNats = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      return [role, { lossNats, tokens }];
    }),
  );
}

function transferOf(runs: readonly CellRun[]): CellReport["transfer"] {
  const rates = (of: "humanEval" | "choices") => {
    const seeds = runs.flatMap(({ seed, model, transfer }) =>
      transfer && transfer[of].length > 0 ? [{ seed, run: model.key, right: transfer[of] }] : []
    );
    return seeds.length > 0 ? plainRate(seedRates(seeds)) : null;
  };
  const [humanEval, choices] = [rates("humanEval"), rates("choices")];
  return humanEval && choices ? { humanEval, choices } : null;
}

function withEfficiency(cell: CellReport, cells: readonly CellReport[]): CellReport {
  const without = cells.find(({ sft, midTokens }) => sft === cell.sft && midTokens === 0);
  if (cell.midTokens === 0 || without === undefined) return cell;
  const points = 100 * (cell.resolved - without.resolved);
  return { ...cell, pointsPerMillionTokens: points / (cell.midTokens / 1e6) };
}

function sweepsOf(spec: AblationSpec, cells: readonly CellReport[]): SftSweep[] {
  const sized = recipesOf(spec).filter(({ sweep }) => sweep !== null);
  return [...Map.groupBy(sized, ({ mid, sweep }) => `${mid} / ${sweep}`).values()].map(
    (recipes) => {
      const [{ mid, sweep }] = recipes as [Recipe];
      const sizes = recipes.flatMap(({ name, sftStages }) => {
        const cell = cells.find((cell) => cell.name === name);
        const tokens = sftStages.reduce((sum, stage) => sum + stage.tokens, 0);
        return cell ? [{ cell, tokens }] : [];
      }).toSorted((a, b) => a.tokens - b.tokens);
      const of = (resolved: (cell: CellReport) => number) =>
        tokensForHalf(sizes.map(({ cell, tokens }) => ({ tokens, resolved: resolved(cell) })));
      return {
        mid,
        sft: sweep ?? "",
        points: sizes.map(({ cell, tokens }) => ({ cell: cell.name, tokens, ...plainRate(cell) })),
        half: of(({ resolved }) => resolved),
        halfBySeed: spec.seeds.map((seed, i) => ({
          seed,
          ...of(({ seeds }) => seeds[i]?.resolved ?? 0),
        })),
      };
    },
  );
}

function curveOf([mid, runs]: [string, readonly MidRun[]]): MidCurve {
  const points = [...Map.groupBy(runs, ({ share }) => share)].map(([share, seeds]) => {
    const outcomes = seeds.map(({ seed, run, outcomes }) => seedOutcomes({ seed, run }, outcomes));
    const tokens = Math.round(seeds.reduce((sum, { tokens }) => sum + tokens, 0) / seeds.length);
    const rates = seedRates(outcomes);
    return { share, tokens, ...plainRate(rates), seeds: rates.seeds };
  });
  return { mid, points, fit: logLinearFit(points) };
}

function stagesOf(runs: readonly CellRun[]): StageReport[] {
  const all = runs.flatMap(({ base, mid, sft }) => [base, ...mid, ...sft]);
  const stages = new Map(all.map((stage) => [stage.key, stage]));
  return [...stages.values()].map(({ key, name, seed, adapter, parent, lossNats, own }) => ({
    key,
    name,
    seed,
    ...(adapter !== undefined && { adapter }),
    parent,
    ...own,
    tasks: own.tasks.length,
    lossNats,
  }));
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}
