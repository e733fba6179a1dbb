/**
 * The pieces that an ablation is done in. Each is plain data, is known by its key, goes on where it was
 * stopped, and can be done by any worker that has the files that it begins with.
 *
 * @module
 */
import type { AblationSpec } from "./ablation_spec.ts";
import { measureCell, measureCopying, measureMid } from "./cell_work.ts";
import { type Lab, type LabHost, openLab } from "./lab.ts";
import { type MidCheckpoint, type StageWork, type TrainedStage, trainStage } from "./stages.ts";

/** What can be done, by name. */
export const LAB_WORKS = {
  /** Trains a stage; begins with the parent's checkpoint. */
  stage: (request: StageWork, lab: Lab) => trainStage(request, lab),
  /** Measures a model; begins with its checkpoint, as the others do. */
  cell: ({ model }: { readonly model: TrainedStage }, lab: Lab) => measureCell(model, lab),
  /** Works with a model on the way through mid-training. */
  mid: (
    { model, place }: { readonly model: TrainedStage; readonly place: MidCheckpoint },
    lab: Lab,
  ) => measureMid(model, place, lab),
  /** The share of names that a base copies. */
  copying: ({ model }: { readonly model: TrainedStage }, lab: Lab) => measureCopying(model, lab),
};

/** A name of {@linkcode LAB_WORKS}. */
export type LabWorkName = keyof typeof LAB_WORKS;

/** A piece of work: JSON. */
export interface LabWork<K extends LabWorkName = LabWorkName> {
  readonly name: K;
  readonly spec: AblationSpec;
  readonly request: Parameters<typeof LAB_WORKS[K]>[0];
}

/** What comes of a piece of work: JSON. */
export type LabWorkResult<K extends LabWorkName> = Awaited<ReturnType<typeof LAB_WORKS[K]>>;

/** Does pieces of work, here or elsewhere. */
export type LabWorker = <K extends LabWorkName>(work: LabWork<K>) => Promise<LabWorkResult<K>>;

/** Does them here, one lab for all that are of the same spec. */
export function labWorker(host: LabHost): LabWorker {
  const labs = new Map<string, Promise<Lab>>();
  return workerIn((spec) => {
    const key = JSON.stringify(spec);
    const opened = labs.get(key) ?? openLab(spec, host);
    labs.set(key, opened);
    return opened;
  });
}

/** Does them in labs that are open. */
export function workerIn(labOf: (spec: AblationSpec) => Promise<Lab>): LabWorker {
  const work = async ({ name, spec, request }: LabWork): Promise<unknown> =>
    await LAB_WORKS[name](request as never, await labOf(spec));
  // Each name gives its own result.
  return work as LabWorker;
}

/** The folder of the model that a piece of work begins with, below the ablation's files; null for none. */
export function startOfWork({ name, request }: LabWork): string | null {
  if (name === "stage") return (request as StageWork).parent?.checkpoint ?? null;
  if (name === "mid") return (request as { place: MidCheckpoint }).place.checkpoint;
  return (request as { model: TrainedStage }).model.checkpoint;
}
