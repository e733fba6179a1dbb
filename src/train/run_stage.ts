/**
 * One stage of a run.
 *
 * @module
 */
import type { OptimizerState, StepReport } from "../tensor/mod.ts";
import { watchDivergence } from "./divergence.ts";
import { trainingFlopsPerToken } from "./model_cost.ts";
import type { PlannedStage } from "./plan.ts";
import { lastEvent, measureHeldOut, type Session, tell, writeSamples } from "./session.ts";
import { compileStage } from "./stage_program.ts";
import { stepMeter } from "./step_meter.ts";
import { TrainError } from "./train_error.ts";

/**
 * Runs a stage from where the session is to its end, and leaves a checkpoint there.
 *
 * @param optimizer The moments to go on with; null for zeros.
 * @throws {TrainError} "diverged".
 * @throws The signal's reason, after a checkpoint.
 */
export async function runStage(
  session: Session,
  planned: PlannedStage,
  optimizer: OptimizerState | null,
): Promise<void> {
  const { spec, host, plan, run, parameters } = session;
  const { gpu, tuning, signal, checkpointEveryMs = Infinity } = host;
  const { stage, steps, time } = planned;
  const { name, batch, accumulate } = stage;
  const { step: begun, stageStep, tokens: tokensBefore } = session.progress;
  const { adamW, readEvery } = spec;
  const options = { adamW, readEvery, optimizer, tuning };
  using program = await compileStage(gpu, plan.config, parameters, planned, options);
  await tell(session, { type: "stage", step: begun, stage: name, steps, context: time });
  const watch = watchDivergence(plan.config.vocabularySize);
  const meter = stepMeter({
    stage: name,
    flopsPerStep: trainingFlopsPerToken(plan.config, time) * time * batch * accumulate,
    peakGigaflops: session.peakGigaflops,
    steps: plan.steps,
    stepsBefore: begun - stageStep,
    tokensBefore,
  });

  async function take(reports: readonly StepReport[]): Promise<void> {
    for (const event of meter.events(reports)) {
      watch.check(event);
      await tell(session, event);
    }
  }

  let savedAtMs = performance.now();
  /** Nothing is saved that looks bad. */
  async function save(): Promise<void> {
    savedAtMs = performance.now();
    await take(await program.finish());
    const { progress } = session;
    if (watch.badSince !== null || lastEvent(session, "checkpoint")?.step === progress.step) return;
    const [weights, optimizer] = await Promise.all([parameters.read(), program.readOptimizer()]);
    const { config } = plan;
    const tokenizer = spec.tokenizer ?? planned.dataset.manifest.tokenizer.name;
    await run.save({ config, weights, optimizer, progress, tokenizer });
    await tell(session, { type: "checkpoint", step: progress.step, folder: run.folder ?? "" });
  }

  try {
    while (session.progress.stageStep < steps) {
      signal?.throwIfAborted();
      const { stageStep, step, tokens } = session.progress;
      const done = await program.step(stageStep + 1);
      session.progress = {
        ...session.progress,
        step: step + 1,
        stageStep: stageStep + 1,
        tokens: tokens + done.tokens,
      };
      meter.submitted({ learningRate: done.learningRate, tokens: session.progress.tokens });
      await take(done.reports);
      const isLast = session.progress.stageStep === steps;
      const isDue = (every: number | undefined) =>
        isLast || (every !== undefined && session.progress.step % every === 0);
      const measures = isDue(spec.evaluate?.every);
      const writes = isDue(spec.sample?.every);
      const saves = isDue(spec.checkpointEvery) ||
        spec.checkpointAt?.includes(session.progress.step) ||
        performance.now() - savedAtMs >= checkpointEveryMs;
      if (!measures && !writes && !saves) continue;
      await take(await program.finish());
      if (measures) await measureHeldOut(session);
      if (writes) await writeSamples(session);
      if (saves) await save();
      meter.resume();
    }
  } catch (error) {
    if (error instanceof TrainError && error.code === "diverged") {
      // The loss of a step is that of the weights that the step before it has left.
      await run.removeFrom((watch.badSince ?? 0) - 1);
    }
    if (!signal?.aborted || error !== signal.reason) throw error;
    await save();
    await tell(session, { type: "end", step: session.progress.step, reason: "aborted" });
    throw error;
  }
}
