/**
 * The matrix of an ablation as it is worked off: what cells share is done once, whichever of them asks
 * first.
 *
 * @module
 */
import type { AblationEvent } from "./ablate.ts";
import type { AblationSpec, AblationStage, Recipe } from "./ablation_spec.ts";
import type { CountTokens } from "./ablation_progress.ts";
import { LabError } from "./lab_error.ts";
import type { LabWorker } from "./lab_work.ts";
import type { CellRun, MidRun } from "./measure/report_of.ts";
import { midPlaces, stepsAlong } from "./mid_points.ts";
import type { TrainedStage } from "./stages.ts";

/** Cells on demand. */
export interface Matrix {
  /** Trains and measures a cell. @throws {LabError} "gate". */
  cell(recipe: Recipe, seed: number): Promise<CellRun>;
  /** The share of names that a seed's base copies. */
  copied(seed: number): Promise<number>;
  /** What the cells so far have found along mid-training, in the order of the spec. */
  midRuns(): Promise<MidRun[]>;
}

/** A stage with its name in the matrix. */
interface NamedStage {
  readonly name: string;
  readonly stage: AblationStage;
  readonly along?: readonly number[];
}

/** Who hears of a matrix. */
export interface MatrixListener {
  readonly tell: (event: AblationEvent) => void;
  readonly count: CountTokens;
}

/** A matrix whose pieces of work are done by `work`. */
export function createMatrix(
  spec: AblationSpec,
  work: LabWorker,
  { tell, count }: MatrixListener,
): Matrix {
  const stages = new Map<string, Promise<TrainedStage>>();
  const shares = new Map<number, Promise<number>>();
  const mids = new Map<string, Promise<MidRun[]>>();

  async function trained(
    { name, stage, along = [] }: NamedStage,
    seed: number,
    parent: TrainedStage | null,
  ): Promise<TrainedStage> {
    const request = { stage, name, seed, parent, along };
    const key = JSON.stringify([stage, seed, parent?.key]);
    return await once(stages, key, async () => {
      const made = await work({ name: "stage", spec, request }, {
        onProgress: ({ done, unit }) => unit === "tokens" && count(key, done),
      });
      count(key, stage.tokens);
      tell({ type: "stage", name, seed, stage: made });
      return made;
    });
  }

  async function inOrder(named: readonly NamedStage[], first: TrainedStage) {
    const made: TrainedStage[] = [];
    for (const stage of named) made.push(await trained(stage, first.seed, made.at(-1) ?? first));
    return made;
  }

  const baseOf = (seed: number) => trained({ name: "base", stage: spec.base }, seed, null);

  const copied = (seed: number) =>
    once(shares, seed, async () => {
      const request = { model: await baseOf(seed) };
      return await work({ name: "copying", spec, request });
    });

  /** The models along a recipe of mid-training, at work without any fine-tuning. */
  async function alongMid(mid: string, stages: readonly TrainedStage[]): Promise<MidRun[]> {
    const runs: MidRun[] = [];
    for (const { share, stage: at, step, isEnd } of midPlaces(spec, mid)) {
      const model = stages[at];
      const place = model && isEnd
        ? { step, tokens: model.own.tokens, checkpoint: model.checkpoint }
        : model?.along.find((place) => place.step === step);
      if (!model || !place) continue;
      const before = stages.slice(0, at).reduce((sum, { own }) => sum + own.tokens, 0);
      const outcomes = await work({ name: "mid", spec, request: { model, place } });
      const { seed, key } = model;
      const run = { mid, share, tokens: before + place.tokens, seed, run: key, outcomes };
      runs.push(run);
      tell({ type: "mid", run });
    }
    return runs;
  }

  return {
    copied,
    async cell(recipe, seed) {
      const base = await baseOf(seed);
      checkGate(await copied(seed), spec);
      const mid = await inOrder(midStages(recipe, spec), base);
      await once(mids, JSON.stringify([recipe.mid, seed]), () => alongMid(recipe.mid, mid));
      const sft = await inOrder(sftStages(recipe), mid.at(-1) ?? base);
      const model = sft.at(-1) ?? mid.at(-1) ?? base;
      const measures = await work({ name: "cell", spec, request: { model } });
      return { recipe, seed, base, mid, sft, model, ...measures };
    },
    async midRuns() {
      const found = Object.keys(spec.mid).flatMap((mid) =>
        spec.seeds.map((seed) => mids.get(JSON.stringify([mid, seed])) ?? [])
      );
      return (await Promise.all(found)).flat();
    },
  };
}

/** @throws {LabError} "gate". */
function checkGate(share: number, { gate }: AblationSpec): void {
  if (gate === null || share >= gate) return;
  throw new LabError(
    "gate",
    `The base model copies ${(100 * share).toFixed(1)} % of names that it has not seen, and the ` +
      `gate is ${100 * gate} %: train it for longer or with more of "copy", or set gate to null.`,
  );
}

function midStages({ mid }: Recipe, spec: AblationSpec): NamedStage[] {
  const stages = spec.mid[mid] ?? [];
  return stages.map((stage, i) => ({
    name: `mid ${mid} ${i + 1}`,
    stage,
    along: stepsAlong(spec, stages.slice(0, i + 1)),
  }));
}

function sftStages({ sft, sftStages }: Recipe): NamedStage[] {
  return sftStages.map((stage, i) => ({ name: `sft ${sft} ${i + 1}`, stage }));
}

function once<K, T>(made: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known;
}
