/**
 * Runs an ablation: makes the world, trains the stages that its cells share, lets each model loose on
 * held-out tasks, and sums up. Stopped at any point and started again, it ends with the same tables.
 *
 * @module
 */
import type { Gpu, Job } from "../gpu/mod.ts";
import {
  countParameters,
  createGenerator,
  loadWeights,
  type TokenGenerator,
} from "../model/mod.ts";
import {
  loadTokenizer,
  type Tokenizer,
  type TokenizerFiles,
  trainTokenizer,
} from "../tokenizer/mod.ts";
import type { RunFiles, TrainingEvent } from "../train/mod.ts";
import { type AblationReport, type CellRun, reportOf } from "./ablation_report.ts";
import { type AblationSpec, DATA_KINDS, type Recipe, recipesOf } from "./ablation_spec.ts";
import { runAgents, type TaskOutcome } from "./agent_batch.ts";
import { contaminationOf } from "./contamination.ts";
import { copiedShare } from "./copy_gate.ts";
import { labDocuments } from "./documents.ts";
import { readJson, writeJson } from "./json_file.ts";
import { LabError } from "./lab_error.ts";
import { hashOf, openCheckpoint, type StageHost, type TrainedStage, trainStage } from "./stages.ts";
import { SPECIAL_TOKENS } from "./turns.ts";
import { evaluatedTasks, openWorld, type World } from "./world.ts";

/** Where an ablation takes place. */
export interface AblationHost extends Job {
  /** Null for the processor, which is faster than WebGPU in software. */
  readonly gpu: Gpu | null;
  /** Where everything is kept. */
  readonly files: RunFiles;
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
  | { readonly type: "cell"; readonly run: CellRun; readonly done: number; readonly total: number };

/**
 * Runs every cell that is not done yet.
 *
 * @throws {LabError} "run" where the files hold another spec; "data" and "mask" before a stage is
 * trained; "gate" where a base model does not copy. The signal's reason.
 */
export async function ablate(spec: AblationSpec, host: AblationHost): Promise<AblationReport> {
  const { files, gpu, signal, onProgress } = host;
  await claim(spec, files);
  const world = await openWorld(spec, files, { signal, onProgress });
  const tasks = Object.values(evaluatedTasks(world, spec)).flat();
  const tokenizer = await openLabTokenizer(spec, world, files);
  const { world: of, tokenizer: vocabulary, model } = spec;
  const stages: StageHost = {
    spec,
    world,
    tokenizer,
    gpu,
    files,
    root: await hashOf({ of, vocabulary, model }),
    signal,
    onEvent: (name, event) => host.onEvent?.({ type: "training", name, event }),
  };

  const copied: number[] = [];
  const runs: CellRun[] = [];
  let parameters = 0;
  const recipes = recipesOf(spec);
  for (const seed of spec.seeds) {
    const tell = (name: string, stage: TrainedStage) =>
      host.onEvent?.({ type: "stage", name, seed, stage });
    const base = await trainStage(spec.base, { name: "base", seed, parent: null }, stages);
    tell("base", base);
    parameters = countParameters((await openCheckpoint(files, base.checkpoint)).config);
    copied.push(await copyOf(base, host, tokenizer, spec));
    for (const recipe of recipes) {
      const model = await trainRecipe(recipe, base, seed, spec, stages, tell);
      const outcomes = await evaluate(model, tasks, host, tokenizer, spec);
      runs.push({ recipe, seed, model, outcomes });
      const [done, total] = [runs.length, recipes.length * spec.seeds.length];
      host.onEvent?.({ type: "cell", run: runs.at(-1)!, done, total });
    }
  }
  const contamination = await contaminationOf(world, tasks, tokenizer);
  const report = reportOf(spec, { parameters, copied, contamination }, runs);
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

async function trainRecipe(
  { mid, sft }: Recipe,
  base: TrainedStage,
  seed: number,
  spec: AblationSpec,
  host: StageHost,
  tell: (name: string, stage: TrainedStage) => void,
): Promise<TrainedStage> {
  let model = base;
  const named = [
    ...(spec.mid[mid] ?? []).map((stage, i) => ({ stage, name: `mid ${mid} ${i + 1}` })),
    ...(spec.sft[sft] ?? []).map((stage, i) => ({ stage, name: `sft ${sft} ${i + 1}` })),
  ];
  for (const { stage, name } of named) {
    model = await trainStage(stage, { name, seed, parent: model }, host);
    tell(name, model);
  }
  return model;
}

/** A vocabulary of the world's own training data. */
async function openLabTokenizer(
  { tokenizer: { vocabularySize } }: AblationSpec,
  world: World,
  files: RunFiles,
): Promise<Tokenizer> {
  const kept = await readJson<TokenizerFiles>(files, "tokenizer.json");
  if (kept) return await loadTokenizer(kept);
  const documents = (await Promise.all(DATA_KINDS.map((kind) => labDocuments(kind, world)))).flat();
  const texts = documents.flatMap(({ segments }) => segments.map(({ text }) => text));
  const { tokenizer, config } = await trainTokenizer(texts, {
    vocabularySize,
    specialTokens: [...SPECIAL_TOKENS],
    workers: 1,
  });
  const trained = { tokenizer, config, name: "mini" };
  await writeJson(files, "tokenizer.json", trained);
  return await loadTokenizer(trained);
}

async function openGenerator(
  { checkpoint }: TrainedStage,
  { gpu, files }: AblationHost,
  batch: number,
): Promise<TokenGenerator> {
  const folder = await openCheckpoint(files, checkpoint);
  const { context } = folder.config;
  return await createGenerator(gpu, folder.config, await loadWeights(folder), { batch, context });
}

async function evaluate(
  model: TrainedStage,
  tasks: ReturnType<typeof evaluatedTasks>["test"],
  host: AblationHost,
  tokenizer: Tokenizer,
  { evaluate: { steps, maxTokens, batch } }: AblationSpec,
): Promise<readonly TaskOutcome[]> {
  const how = await hashOf({ tasks: tasks.map(({ id }) => id), steps, maxTokens });
  const file = `stages/${model.key}/outcomes-${how}.json`;
  const kept = await readJson<TaskOutcome[]>(host.files, file);
  if (kept) return kept;
  using generator = await openGenerator(model, host, batch);
  const { signal } = host;
  const outcomes = await runAgents(tasks, { generator, tokenizer, steps, maxTokens, signal });
  await writeJson(host.files, file, outcomes);
  return outcomes;
}

/** @throws {LabError} "gate". */
async function copyOf(
  base: TrainedStage,
  host: AblationHost,
  tokenizer: Tokenizer,
  { gate, evaluate: { batch } }: AblationSpec,
): Promise<number> {
  const file = `stages/${base.key}/copied.json`;
  const kept = await readJson<number>(host.files, file);
  let share = kept;
  if (share === null) {
    using generator = await openGenerator(base, host, batch);
    share = await copiedShare(generator, tokenizer, host.signal);
    await writeJson(host.files, file, share);
  }
  if (gate === null || share >= gate) return share;
  throw new LabError(
    "gate",
    `The base model copies ${(100 * share).toFixed(1)} % of names that it has not seen, and the ` +
      `gate is ${100 * gate} %: train it for longer or with more of "copy", or set gate to null.`,
  );
}
