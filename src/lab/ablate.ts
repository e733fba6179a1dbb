/**
 * Runs an ablation: makes the world, trains the stages that its cells share, lets each model loose on
 * held-out tasks, and sums up. Stopped at any point and started again, it ends with the same tables.
 *
 * @module
 */
import { countParameters, parseConfig } from "../model/mod.ts";
import type { RunFiles, TrainingEvent } from "../train/mod.ts";
import type { AblationReport } from "./ablation_report.ts";
import { countTokens } from "./ablation_progress.ts";
import { type AblationSpec, recipesOf } from "./ablation_spec.ts";
import { contaminationOf } from "./contamination.ts";
import { correctedOfAll } from "./corrected_documents.ts";
import { readJson, writeJson } from "./json_file.ts";
import { hashOf, type LabHost, openLab } from "./lab.ts";
import { LabError } from "./lab_error.ts";
import { type LabWorker, workerIn } from "./lab_work.ts";
import { createMatrix } from "./matrix.ts";
import { oracleRuns } from "./measure/oracle_runs.ts";
import { type CellRun, type MidRun, reportOf } from "./measure/report_of.ts";
import { transferBenchmark } from "./measure/transfer_benchmark.ts";
import { checkStages, type TrainedStage } from "./stages.ts";
import { evaluatedTasks } from "./world.ts";

/** Where an ablation takes place. */
export interface AblationHost extends Omit<LabHost, "onTraining"> {
  /** Cells that are worked on at a time; 1 by default. The tables are the same. */
  readonly parallel?: number | undefined;
  /** Does the pieces of work; by default they are done here. It sees the same files. */
  readonly worker?: LabWorker | undefined;
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
  const { files, parallel = 1, onEvent } = host;
  await claim(spec, files);
  // What fails in one cell ends the others.
  const failed = new AbortController();
  const signal = host.signal ? AbortSignal.any([host.signal, failed.signal]) : failed.signal;
  const onTraining: LabHost["onTraining"] = (name, event) =>
    onEvent?.({ type: "training", name, event });
  const lab = await openLab(spec, { ...host, signal, onTraining });
  const recipes = recipesOf(spec);
  await checkStages(
    [spec.base, ...recipes.flatMap(({ mid, sftStages }) => [...spec.mid[mid] ?? [], ...sftStages])],
    lab,
  );
  // Made before the workers ask for them, who would all make them.
  const { measure: { oracle, heldOut, transfer } } = spec;
  for (const count of new Set([oracle, heldOut])) if (count > 0) await oracleRuns(count, lab);
  if (transfer > 0) await transferBenchmark(transfer, lab);
  const worker = host.worker ?? workerIn(() => Promise.resolve(lab));
  const matrix = createMatrix(spec, worker, {
    tell: (event) => onEvent?.(event),
    count: countTokens(spec, host.onProgress),
  });
  const cells = spec.seeds.flatMap((seed) => recipes.map((recipe) => ({ seed, recipe })));
  const runs: CellRun[] = [];
  const left = cells.entries();
  let done = 0;
  await Promise.all(Array.from({ length: parallel }, async () => {
    try {
      for (const [at, { recipe, seed }] of left) {
        signal.throwIfAborted();
        const run = runs[at] = await matrix.cell(recipe, seed);
        onEvent?.({ type: "cell", run, done: ++done, total: cells.length });
      }
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  }));

  const midRuns = await matrix.midRuns();
  const tasks = Object.values(evaluatedTasks(lab.world, spec)).flat();
  const trained = runs.flatMap(({ mid, sft }) => [...mid, ...sft]);
  const contamination = await contaminationOf(tasks, {
    spec,
    documents: (kind) => kind === "corrected" ? correctedOfAll(trained, lab) : lab.documents(kind),
  }, { signal });
  const config = parseConfig({ ...spec.model, vocab_size: lab.tokenizer.vocabularySize });
  const found = {
    parameters: countParameters(config),
    copied: await Promise.all(spec.seeds.map(matrix.copied)),
    contamination,
    specKey: await hashOf(spec),
  };
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
