/**
 * A spec with everything that it names opened and checked: what is left is to run it.
 *
 * @module
 */
import type { PackedDataset } from "../corpus/mod.ts";
import type { Job } from "../gpu/mod.ts";
import {
  type DecoderConfig,
  decoderLoss,
  initialWeights,
  loadWeights,
  ModelError,
  type ModelFolder,
  parseConfig,
} from "../model/mod.ts";
import { input, mul, type Tensor } from "../tensor/mod.ts";
import type { BatchShape } from "./memory.ts";
import { type RowOrder, rowOrder } from "./row_order.ts";
import { TrainError } from "./train_error.ts";
import type { LossMask, TrainSpec, TrainStage } from "./train_spec.ts";

/** Who opens what a spec names. */
export interface TrainSources {
  /** Packed tokens by the name that a stage has for them. */
  openData(name: string): Promise<PackedDataset>;
  /** The folder of a model; without it a run can only start from noise. */
  openModel?(name: string): Promise<ModelFolder>;
}

/** A stage that is ready to run. */
export interface PlannedStage {
  readonly stage: TrainStage;
  readonly dataset: PackedDataset;
  /** T. */
  readonly time: number;
  readonly steps: number;
  readonly order: RowOrder;
}

/** Held-out data, and how they are measured. */
export interface HeldOutPlan {
  readonly dataset: PackedDataset;
  readonly batch: number;
  readonly rows: number | undefined;
  readonly mask: LossMask;
}

/** A run that is ready to begin. */
export interface TrainPlan {
  readonly config: DecoderConfig;
  readonly stages: readonly PlannedStage[];
  /** Steps of all stages. */
  readonly steps: number;
  readonly heldOut: HeldOutPlan | null;
  /** The weights at the beginning, by the graph's names. */
  startWeights(job: Job): Promise<Record<string, Float32Array>>;
}

/**
 * Opens a model's description and all data.
 *
 * @throws {TrainError} "model" where it cannot be read; "data" where data do not fit it.
 */
export async function planRun(spec: TrainSpec, sources: TrainSources): Promise<TrainPlan> {
  const { config, startWeights } = await openStart(spec, sources);
  const stages: PlannedStage[] = [];
  for (const [i, stage] of spec.stages.entries()) {
    const dataset = await sources.openData(stage.data);
    checkData(`stage "${stage.name}"`, dataset, spec, config);
    const { context: time, rows, shards } = dataset.manifest;
    const rowsOfStep = stage.batch * stage.accumulate;
    const { tokens = 0, epochs = 0 } = stage;
    const steps = stage.steps ?? Math.ceil((tokens / time + epochs * rows) / rowsOfStep);
    const order = rowOrder(shards.map(({ rows }) => rows), spec.seed + i);
    stages.push({ stage, dataset, time, steps, order });
  }
  const steps = stages.reduce((sum, { steps }) => sum + steps, 0);
  const heldOut = await openHeldOut(spec, sources, config);
  return { config, stages, steps, heldOut, startWeights };
}

/**
 * @param what Names the data in messages.
 * @throws {TrainError} "data" where there are no rows, or tokens or rows that the model cannot take.
 */
function checkData(
  what: string,
  { manifest }: PackedDataset,
  { tokenizer: wanted }: Pick<TrainSpec, "tokenizer">,
  { vocabularySize, context }: DecoderConfig,
): void {
  const { tokenizer: { name, vocabularySize: V }, rows, context: T } = manifest;
  if (rows === 0) throw new TrainError("data", `The data of ${what} have no rows.`);
  if (wanted !== undefined && wanted !== name) {
    throw new TrainError(
      "data",
      `The data of ${what} are tokens of ${name}, and the spec says ${wanted}: pack them anew.`,
    );
  }
  if (V > vocabularySize) {
    throw new TrainError(
      "data",
      `The data of ${what} have tokens up to ${V - 1} (${name}), and the model's vocab_size is ` +
        `${vocabularySize}.`,
    );
  }
  if (T > context) {
    throw new TrainError(
      "data",
      `The data of ${what} have rows of ${T} tokens, and the model was made for ${context} ` +
        "(max_position_embeddings): pack them with a context of that, or less.",
    );
  }
}

/**
 * The loss of a micro-batch. Of several in a step each counts as its share of the step's tokens, told
 * by an input `share` (1) f32: n times its loss tokens over those of all n.
 *
 * @throws {ModelError} As `decoderLoss`.
 */
export function microBatchLoss(
  config: DecoderConfig,
  shape: BatchShape,
  accumulate: number,
): Tensor {
  const loss = decoderLoss(config, shape);
  return accumulate > 1 ? mul(loss, input("share", [1])) : loss;
}

async function openHeldOut(
  spec: TrainSpec,
  sources: TrainSources,
  config: DecoderConfig,
): Promise<HeldOutPlan | null> {
  if (!spec.evaluate) return null;
  const { data, rows, mask, batch = spec.stages[0]?.batch ?? 1 } = spec.evaluate;
  const dataset = await sources.openData(data);
  checkData("evaluate", dataset, spec, config);
  return { dataset, batch, rows, mask };
}

async function openStart(
  { model, seed }: TrainSpec,
  { openModel }: TrainSources,
): Promise<Pick<TrainPlan, "config" | "startWeights">> {
  try {
    if (typeof model !== "string") {
      const config = parseConfig(model);
      return { config, startWeights: () => Promise.resolve(initialWeights(config, seed)) };
    }
    if (!openModel) {
      throw new TrainError("model", `There are no folders here to find the model "${model}" in.`);
    }
    const folder = await openModel(model);
    return { config: folder.config, startWeights: (job) => loadWeights(folder, job) };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const name = typeof model === "string" ? `"${model}"` : "of the spec";
    throw new TrainError("model", `The model ${name} cannot be used: ${error.message}`, {
      cause: error,
    });
  }
}
