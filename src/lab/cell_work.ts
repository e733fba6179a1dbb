/**
 * Measuring a trained model: each measure is kept beside the model under a name that says how it was
 * taken, so that it is taken once.
 *
 * @module
 */
import type { ActionPart, Count, RoleLoss } from "./ablation_report.ts";
import { runAgents, type TaskOutcome } from "./agent_batch.ts";
import { copiedShare } from "./copy_gate.ts";
import { readJson, writeJson } from "./json_file.ts";
import { hashOf, type Lab } from "./lab.ts";
import { actionAccuracy } from "./measure/action_accuracy.ts";
import { oracleRuns } from "./measure/oracle_runs.ts";
import { roleLosses } from "./measure/role_losses.ts";
import { transferBenchmark } from "./measure/transfer_benchmark.ts";
import { type TransferOutcome, transferScore } from "./measure/transfer_score.ts";
import { type OpenModel, openModel } from "./open_model.ts";
import type { MidCheckpoint, TrainedStage } from "./stages.ts";
import { evaluatedTasks } from "./world.ts";

/** What was measured on a model: plain data. */
export interface CellMeasures {
  /** Of `test`, then of `test-hard`. */
  readonly outcomes: readonly TaskOutcome[];
  readonly accuracy: Readonly<Record<ActionPart, Count>> | null;
  readonly heldOut: Readonly<Record<string, RoleLoss>> | null;
  /** Of each problem and each question whether it was solved. */
  readonly transfer: TransferOutcome | null;
}

/** Takes every measure that the spec asks for. */
export async function measureCell(
  { key, checkpoint, seed }: TrainedStage,
  lab: Lab,
): Promise<CellMeasures> {
  const { spec, world, gpu, signal } = lab;
  const { evaluate: { steps, maxTokens }, format } = spec;
  const tasks = Object.values(evaluatedTasks(world, spec, seed)).flat();
  await using measured = new Measured(`stages/${key}`, checkpoint, lab);
  const how = { tasks: tasks.map(({ id }) => id), steps, maxTokens };
  const outcomes = await measured.once("outcomes", how, async (model) => {
    const options = { ...model, format, steps, maxTokens, signal };
    return await runAgents(tasks, options);
  });
  const { measure: { oracle, heldOut, transfer } } = spec;
  return {
    outcomes,
    accuracy: oracle === 0
      ? null
      : await measured.once("accuracy", { oracle }, async (model) =>
        await actionAccuracy(await oracleRuns(oracle, lab), { ...model, format, signal })),
    heldOut: heldOut === 0
      ? null
      : await measured.once("held-out", { heldOut }, async (model) =>
        await roleLosses(await oracleRuns(heldOut, lab), { ...model, gpu, format, signal })),
    transfer: transfer === 0
      ? null
      : await measured.once("transfer", { transfer }, async (model) =>
        await transferScore(await transferBenchmark(transfer, lab), model, {
          gpu,
          format,
          signal,
        })),
  };
}

/** Works with a checkpoint of mid-training as it is. */
export async function measureMid(
  { key, seed }: TrainedStage,
  { step, checkpoint }: MidCheckpoint,
  lab: Lab,
): Promise<readonly TaskOutcome[]> {
  const { spec, world, signal } = lab;
  const { evaluate: { steps, maxTokens }, measure: { alongMid }, format } = spec;
  const tasks = evaluatedTasks(world, spec, seed).test.slice(0, alongMid?.tasks ?? 0);
  await using measured = new Measured(`stages/${key}`, checkpoint, lab);
  const how = { tasks: tasks.map(({ id }) => id), steps, maxTokens };
  return await measured.once(`outcomes-step-${step}`, how, async (model) => {
    const options = { ...model, format, steps, maxTokens, signal };
    return await runAgents(tasks, options);
  });
}

/** The share of held-out names that a base copies. */
export async function measureCopying(base: TrainedStage, lab: Lab): Promise<number> {
  const { spec: { format, world: { shape } }, signal } = lab;
  const fileNames = shape?.fileNames;
  await using measured = new Measured(`stages/${base.key}`, base.checkpoint, lab);
  return await measured.once(
    "copied",
    {},
    ({ generator, tokenizer }) => copiedShare(generator, tokenizer, { format, fileNames, signal }),
  );
}

/** A model that is opened when the first measure is not there yet. */
class Measured implements AsyncDisposable {
  #model: Promise<OpenModel> | undefined;

  constructor(
    readonly folder: string,
    readonly checkpoint: string,
    readonly lab: Lab,
  ) {}

  /** The measure of this name, as it was taken before or as it is taken now. */
  async once<T>(name: string, how: object, take: (model: OpenModel) => Promise<T>): Promise<T> {
    const { files } = this.lab;
    const file = `${this.folder}/${name}-${await hashOf(how)}.json`;
    const kept = await readJson<T>(files, file);
    if (kept !== null) return kept;
    const taken = await take(await (this.#model ??= openModel(this.checkpoint, this.lab)));
    await writeJson(files, file, taken);
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    (await this.#model)?.[Symbol.dispose]();
  }
}
