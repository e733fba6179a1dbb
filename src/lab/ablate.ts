/**
 * Runs an ablation: makes the world, trains the stages that its cells share, lets each model loose on
 * held-out tasks, and sums up. Stopped at any point and started again, it ends with the same tables.
 *
 * @module
 */
import { countParameters } from "../model/mod.ts";
import type { RunFiles, TrainingEvent } from "../train/mod.ts";
import type { AblationReport } from "./ablation_report.ts";
import { type AblationSpec, type AblationStage, type Recipe, recipesOf } from "./ablation_spec.ts";
import { measureCell, measureCopying, measureMid } from "./cell_work.ts";
import { contaminationOf } from "./contamination.ts";
import { readJson, writeJson } from "./json_file.ts";
import { hashOf, type Lab, type LabHost, openLab } from "./lab.ts";
import { LabError } from "./lab_error.ts";
import { type CellRun, type MidRun, reportOf } from "./measure/report_of.ts";
import { midPlaces, stepsAlong } from "./mid_points.ts";
import { checkStages, openCheckpoint, type TrainedStage, trainStage } from "./stages.ts";
import { evaluatedTasks } from "./world.ts";

/** Where an ablation takes place. */
export interface AblationHost extends Omit<LabHost, "onTraining"> {
  readonly onEvent?: ((event: AblationEvent) => void) | undefined;
}

/** What happens. */
export type AblationEvent =
  | {
    readonly type: "stage";
    readonly name: string;
    readonly seed: number;
    readonly stage: TrainedStage;
  }
  | { readonly type: "training"; readonly name: string; readonly event: TrainingEvent }
  | { readonly type: "mid"; readonly run: MidRun }
  | { readonly type: "cell"; readonly run: CellRun; readonly done: number; readonly total: number };

/**
 * Runs every cell that is not done yet.
 *
 * @throws {LabError} "run" where the files hold another spec; "data" and "mask" before anything is
 * trained; "gate" where a base model does not copy. The signal's reason.
 */
export async function ablate(spec: AblationSpec, host: AblationHost): Promise<AblationReport> {
  const { files } = host;
  await claim(spec, files);
  const onTraining: LabHost["onTraining"] = (name, event) =>
    host.onEvent?.({ type: "training", name, event });
  const lab = await openLab(spec, { ...host, onTraining });
  const recipes = recipesOf(spec);
  await checkStages(
    [spec.base, ...recipes.flatMap(({ mid, sftStages }) => [...spec.mid[mid] ?? [], ...sftStages])],
    lab,
  );

  const copied: number[] = [];
  const runs: CellRun[] = [];
  const midRuns: MidRun[] = [];
  let parameters = 0;
  for (const seed of spec.seeds) {
    const tell = (stage: TrainedStage, name: string) =>
      host.onEvent?.({ type: "stage", name, seed, stage });
    const base = await trainStage({ stage: spec.base, name: "base", seed, parent: null }, lab);
    tell(base, "base");
    parameters = countParameters((await openCheckpoint(files, base.checkpoint)).config);
    copied.push(await measureCopying(base, lab));
    const measuredMids = new Set<string>();
    for (const recipe of recipes) {
      const mid = await trainInOrder(midWork(recipe, spec), base, lab, tell);
      if (!measuredMids.has(recipe.mid)) {
        measuredMids.add(recipe.mid);
        for (const run of await alongMid(recipe.mid, mid, lab)) {
          midRuns.push(run);
          host.onEvent?.({ type: "mid", run });
        }
      }
      const sft = await trainInOrder(sftWork(recipe), mid.at(-1) ?? base, lab, tell);
      const model = sft.at(-1) ?? mid.at(-1) ?? base;
      const run = { recipe, seed, base, mid, sft, model, ...await measureCell(model, lab) };
      runs.push(run);
      const [done, total] = [runs.length, recipes.length * spec.seeds.length];
      host.onEvent?.({ type: "cell", run, done, total });
    }
  }
  const tasks = Object.values(evaluatedTasks(lab.world, spec)).flat();
  const contamination = await contaminationOf(tasks, lab);
  const found = { parameters, copied, contamination, specKey: await hashOf(spec) };
  const report = reportOf(spec, found, runs, midRuns);
  await writeJson(files, "report.json", report);
  return report;
}

/** The folder is this spec's, or becomes it. */
async function claim(spec: AblationSpec, files: RunFiles): Promise<void> {
  const held = await readJson<AblationSpec>(files, "spec.json");
  if (held === null) return await writeJson(files, "spec.json", spec);
  if (JSON.stringify(held) === JSON.stringify(spec)) return;
  throw new LabError(
    "run",
    `${files.name} holds the ablation "${held.name}" with other settings: name another folder.`,
  );
}

interface NamedStage {
  readonly name: string;
  readonly stage: AblationStage;
  readonly along: readonly number[];
}

function midWork({ mid }: Recipe, spec: AblationSpec): NamedStage[] {
  const stages = spec.mid[mid] ?? [];
  return stages.map((stage, i) => ({
    name: `mid ${mid} ${i + 1}`,
    stage,
    along: stepsAlong(spec, stages.slice(0, i + 1)),
  }));
}

function sftWork({ sft, sftStages }: Recipe): NamedStage[] {
  return sftStages.map((stage, i) => ({ name: `sft ${sft} ${i + 1}`, stage, along: [] }));
}

async function trainInOrder(
  stages: readonly NamedStage[],
  first: TrainedStage,
  lab: Lab,
  tell: (stage: TrainedStage, name: string) => void,
): Promise<TrainedStage[]> {
  const trained: TrainedStage[] = [];
  for (const work of stages) {
    const parent = trained.at(-1) ?? first;
    const stage = await trainStage({ ...work, seed: first.seed, parent }, lab);
    trained.push(stage);
    tell(stage, work.name);
  }
  return trained;
}

/** The models along a recipe of mid-training, at work without any fine-tuning. */
async function alongMid(mid: string, stages: readonly TrainedStage[], lab: Lab): Promise<MidRun[]> {
  const runs: MidRun[] = [];
  for (const { share, stage: at, step, isEnd } of midPlaces(lab.spec, mid)) {
    const stage = stages[at];
    const place = stage && isEnd
      ? { step, tokens: stage.own.tokens, checkpoint: stage.checkpoint }
      : stage?.along.find((place) => place.step === step);
    if (!stage || !place) continue;
    const before = stages.slice(0, at).reduce((sum, { own }) => sum + own.tokens, 0);
    const outcomes = await measureMid(stage, place, lab);
    const { seed, key } = stage;
    runs.push({ mid, share, tokens: before + place.tokens, seed, run: key, outcomes });
  }
  return runs;
}
