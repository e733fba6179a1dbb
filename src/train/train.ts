/**
 * Training: stages over packed rows, measured, written down and resumed exactly.
 *
 * @module
 */
import { GpuError, inErrorScopes } from "../gpu/mod.ts";
import { countParameters } from "../model/mod.ts";
import { createParameters, type Parameters } from "../tensor/mod.ts";
import { openHeldOut } from "./held_out.ts";
import { matmulPeak } from "./matmul_peak.ts";
import { checkMemory } from "./memory.ts";
import { microBatchLoss, type PlannedStage, planRun, type TrainPlan } from "./plan.ts";
import { openRun, type Run } from "./run.ts";
import { runStage } from "./run_stage.ts";
import { lastEvent, measureHeldOut, type Session, tell, type TrainHost } from "./session.ts";
import { openSampler } from "./sampler.ts";
import { TrainError } from "./train_error.ts";
import type { TrainSpec } from "./train_spec.ts";

/** How a run ended. */
export interface TrainResult {
  readonly step: number;
  /** The last step's. */
  readonly lossNats: number | undefined;
  /** The last one on held-out data, where the spec names some. */
  readonly heldOutNats: number | undefined;
  /** The folder of the last checkpoint, within the run's files. */
  readonly checkpoint: string | null;
}

/**
 * Trains. Each stage begins with the moments of AdamW at zero, as a run of its own from a checkpoint
 * would. Killed at any time and resumed, it gives the same losses, bit by bit, on the same adapter.
 *
 * @throws {TrainError} "model", "data", "memory" before anything is written; "run" where the files
 * hold another run; "diverged" and "lost" with the last good checkpoint kept.
 * @throws The signal's reason.
 * @example
 * ```ts
 * import { memoryRunFiles, openGpu, type PackedDataset, parseTrainSpec, train } from "bottega";
 * async function trainOn(data: PackedDataset, model: Record<string, unknown>) {
 *   using gpu = await openGpu();
 *   const learningRate = { peak: 1e-3 };
 *   const stage = { name: "base", data: "train", steps: 100, batch: 8, learningRate };
 *   const spec = parseTrainSpec({ model, stages: [stage] });
 *   const openData = () => Promise.resolve(data);
 *   return await train(spec, { gpu, files: memoryRunFiles(), openData, onEvent: console.log });
 * }
 * ```
 */
export async function train(spec: TrainSpec, host: TrainHost): Promise<TrainResult> {
  const { gpu, tuning } = host;
  const plan = await planRun(spec, host);
  for (const planned of plan.stages) checkStage(plan, planned, host);
  const run = await openRun(host.files, spec, host.resume ?? false);
  try {
    using parameters = await createWeights(host, plan, run);
    using heldOut = plan.heldOut &&
      await openHeldOut(gpu, plan.config, parameters, plan.heldOut, tuning);
    using sampler = spec.sample
      ? await openSampler(gpu, plan.config, parameters, spec.sample, {
        codec: host.codec,
        seed: spec.seed,
        tuning,
      })
      : null;
    const { checkpoint, events } = run;
    const session: Session = {
      spec,
      host,
      plan,
      run,
      parameters,
      heldOut,
      sampler,
      peakGigaflops: await matmulPeak(gpu, tuning),
      events: [...events],
      progress: checkpoint?.progress ?? { step: 0, stage: 0, stageStep: 0, tokens: 0 },
    };
    await runStages(session);
    return {
      step: session.progress.step,
      lossNats: lastEvent(session, "step")?.lossNats,
      heldOutNats: lastEvent(session, "evaluation")?.lossNats,
      checkpoint: run.folder,
    };
  } catch (error) {
    throw explained(error, run.folder);
  }
}

async function runStages(session: Session): Promise<void> {
  const { spec, host: { gpu }, plan: { config, stages, steps }, run } = session;
  const { checkpoint } = run;
  await tell(session, {
    type: "start",
    step: session.progress.step,
    steps,
    adapter: gpu?.description ?? PROCESSOR,
    parameters: countParameters(config),
    peakGigaflops: session.peakGigaflops,
  });
  const { step, stage: first, stageStep } = session.progress;
  // Measured before the first step; and where a run was stopped just before it would have been.
  if (step % (spec.evaluate?.every ?? 1) === 0 || stageStep === stages[first]?.steps) {
    await measureHeldOut(session);
  }
  for (const [stage, planned] of stages.entries()) {
    if (stage < first) continue;
    if (stage > first) session.progress = { ...session.progress, stage, stageStep: 0 };
    if (session.progress.stageStep >= planned.steps) continue;
    await runStage(session, planned, stage === first ? checkpoint?.optimizer ?? null : null);
  }
  await tell(session, { type: "end", step: session.progress.step, reason: "done" });
}

/** What stands for the adapter where there is none. */
const PROCESSOR = "processor, by onnxruntime-web";

/** @throws {TrainError} "memory". */
function checkStage(
  { config }: TrainPlan,
  { stage, time }: PlannedStage,
  { gpu, memoryBytes }: TrainHost,
): void {
  const limits = gpu?.device.limits;
  checkMemory(
    (shape) => microBatchLoss(config, shape, stage.accumulate),
    { batch: stage.batch, time },
    {
      bindingBytes: limits?.maxStorageBufferBindingSize,
      bufferBytes: limits?.maxBufferSize,
      memoryBytes,
    },
  );
}

/** The weights in place: those of the checkpoint, or those to begin with. */
async function createWeights(
  { gpu, signal }: TrainHost,
  { config, startWeights }: TrainPlan,
  { checkpoint }: Run,
): Promise<Parameters> {
  const weights = checkpoint?.weights ?? await startWeights({ signal });
  const graph = microBatchLoss(config, { batch: 1, time: 1 }, 1);
  const create = () => {
    const parameters = createParameters(gpu, [graph]);
    parameters.write(weights);
    return parameters;
  };
  return gpu ? await inErrorScopes(gpu, "the memory for parameters", create) : create();
}

/** What the GPU says, as someone who trains understands it. */
function explained(error: unknown, checkpoint: string | null): unknown {
  if (error instanceof TrainError && error.code === "diverged") {
    const kept = checkpoint
      ? `The last good checkpoint is ${checkpoint}.`
      : "No checkpoint was good.";
    return new TrainError(error.code, `${error.message} ${kept}`, { cause: error });
  }
  if (!(error instanceof GpuError)) return error;
  if (error.code === "lost") {
    const way = checkpoint
      ? `The run is kept up to ${checkpoint}: resume it.`
      : "There is no checkpoint yet: begin anew, and set checkpointEvery.";
    return new TrainError("lost", `${error.message} ${way}`, { cause: error });
  }
  if (error.code === "out-of-memory" || error.code === "limit") {
    return new TrainError(
      "memory",
      `${error.message} Take half the batch and twice as much accumulate, or pack shorter rows.`,
      { cause: error },
    );
  }
  return error;
}
