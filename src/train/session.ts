/**
 * A run under way: what its stages share, and how they tell about it.
 *
 * @module
 */
import type { Gpu } from "../gpu/mod.ts";
import type { TextCodec } from "../model/mod.ts";
import type { Parameters, Tuning } from "../tensor/mod.ts";
import type { TrainProgress } from "./checkpoint.ts";
import type { HeldOut } from "./held_out.ts";
import type { TrainPlan, TrainSources } from "./plan.ts";
import type { Run } from "./run.ts";
import type { RunFiles } from "./run_files.ts";
import type { Sampler } from "./sampler.ts";
import type { TrainSpec } from "./train_spec.ts";
import type { TrainingEvent } from "./training_event.ts";

/** Where a run takes place. */
export interface TrainHost extends TrainSources {
  /** Null for the processor. */
  readonly gpu: Gpu | null;
  readonly files: RunFiles;
  /** Go on with the run that `files` hold, if any; by default that is refused. */
  readonly resume?: boolean | undefined;
  /** What training may allocate in all, where the host knows. */
  readonly memoryBytes?: number | undefined;
  readonly tuning?: Tuning | undefined;
  /** For a spec's samples. */
  readonly codec?: TextCodec | undefined;
  /** A checkpoint each so many milliseconds too, for a run that may be killed. */
  readonly checkpointEveryMs?: number | undefined;
  /** Stops the run within a step; a checkpoint is written first. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
}

/** Everything that a run is made of. */
export interface Session {
  readonly spec: TrainSpec;
  readonly host: TrainHost;
  readonly plan: TrainPlan;
  readonly run: Run;
  readonly parameters: Parameters;
  readonly heldOut: HeldOut | null;
  readonly sampler: Sampler | null;
  readonly peakGigaflops: number;
  /** What was told so far, and in the runs that this one goes on from. */
  readonly events: TrainingEvent[];
  progress: TrainProgress;
}

/** Writes events down and tells them to whoever listens. */
export async function tell(session: Session, ...events: readonly TrainingEvent[]): Promise<void> {
  if (events.length === 0) return;
  await session.run.note(events);
  session.events.push(...events);
  for (const event of events) session.host.onEvent?.(event);
}

/** The last event of a type that was told. */
export function lastEvent<K extends TrainingEvent["type"]>(
  { events }: Pick<Session, "events">,
  type: K,
): Extract<TrainingEvent, { type: K }> | undefined {
  return events.findLast((event): event is Extract<TrainingEvent, { type: K }> =>
    event.type === type
  );
}

/** Measures held-out data unless that was done at this step. */
export async function measureHeldOut(session: Session): Promise<void> {
  const { heldOut, progress: { step }, host: { signal } } = session;
  if (!heldOut || lastEvent(session, "evaluation")?.step === step) return;
  await tell(session, { type: "evaluation", step, ...await heldOut.measure(signal) });
}

/** Has the model write, unless it did so at this step. */
export async function writeSamples(session: Session): Promise<void> {
  const { sampler, progress: { step }, host: { signal } } = session;
  if (!sampler || lastEvent(session, "sample")?.step === step) return;
  const written = await sampler.write(signal);
  await tell(
    session,
    ...written.map((sample): TrainingEvent => ({ type: "sample", step, ...sample })),
  );
}
