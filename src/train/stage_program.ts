/**
 * A stage, compiled: its steps one after the other, at most two of them under way.
 *
 * @module
 */
import { type Gpu, unlessLost } from "../gpu/mod.ts";
import type { DecoderConfig } from "../model/mod.ts";
import {
  compileTraining,
  type OptimizerState,
  type Parameters,
  type StepReport,
  type Tuning,
} from "../tensor/mod.ts";
import { readBatch } from "./batches.ts";
import { learningRateAt } from "./learning_rate.ts";
import { microBatchLoss, type PlannedStage } from "./plan.ts";
import type { TrainSpec } from "./train_spec.ts";

/** A step that was handed to the GPU. */
export interface SubmittedStep {
  readonly learningRate: number;
  /** Of its rows, padding left out. */
  readonly tokens: number;
  /** Of steps since the last reports; `step` counts within the stage. */
  readonly reports: readonly StepReport[];
}

/** A compiled stage. Its owner disposes of it. */
export interface StageProgram extends Disposable {
  /** The step of this number, from 1 on. */
  step(number: number): Promise<SubmittedStep>;
  /** Waits for all steps; the reports that none of them gave. */
  finish(): Promise<StepReport[]>;
  readOptimizer(): Promise<OptimizerState>;
}

/** What a stage is compiled with. */
export interface StageOptions extends Pick<TrainSpec, "adamW" | "readEvery"> {
  /** Where the stage goes on. */
  readonly optimizer: OptimizerState | null;
  readonly tuning?: Tuning | undefined;
}

/** @throws {GpuError} "out-of-memory" and what else the GPU refuses. */
export async function compileStage(
  gpu: Gpu | null,
  config: DecoderConfig,
  parameters: Parameters,
  { stage, dataset, time, steps, order }: PlannedStage,
  { adamW, readEvery, optimizer, tuning }: StageOptions,
): Promise<StageProgram> {
  const { batch, accumulate, mask } = stage;
  const loss = microBatchLoss(config, { batch, time }, accumulate);
  const options = { parameters, adamW: defined(adamW), readEvery, ...(tuning ? { tuning } : {}) };
  const program = await compileTraining(gpu, loss, options);
  if (optimizer) program.writeState(optimizer);
  let before: Promise<unknown> = Promise.resolve();

  const readStep = (number: number) =>
    Promise.all(Array.from({ length: accumulate }, (_, i) => {
      const first = ((number - 1) * accumulate + i) * batch;
      const rows = Array.from({ length: batch }, (_, row) => order(first + row));
      return readBatch(dataset, rows, mask);
    }));

  return {
    async step(number) {
      const batches = await readStep(number);
      const counted = batches.reduce((sum, { lossTokens }) => sum + lossTokens, 0);
      // Two at a time keep the GPU busy, and a run that is told to stop has little to wait for.
      if (gpu) {
        await unlessLost(gpu, before);
        before = gpu.device.queue.onSubmittedWorkDone();
      }
      const learningRate = learningRateAt(stage.learningRate, number, steps);
      let reports: StepReport[] = [];
      for (const [i, { inputs, lossTokens }] of batches.entries()) {
        const share = counted > 0 ? accumulate * lossTokens / counted : 0;
        const values = accumulate > 1 ? { ...inputs, share: [share] } : { ...inputs };
        if (i < accumulate - 1) await program.accumulate(values);
        else reports = await program.step(values, learningRate);
      }
      const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
      return { learningRate, tokens, reports };
    },
    finish: () => program.readReports(),
    readOptimizer: () => program.readState(),
    [Symbol.dispose]: () => program[Symbol.dispose](),
  };
}

/** Without the keys whose value is undefined. */
function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
