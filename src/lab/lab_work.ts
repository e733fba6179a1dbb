/**
 * The pieces that an ablation is done in. Each is plain data, is known by its key, goes on where it was
 * stopped, and can be done by any worker that has the files that it begins with.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { TrainingEvent } from "../train/mod.ts";
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

/** Does pieces of work, here or elsewhere; tells of a stage the tokens that it has read. */
export type LabWorker = <K extends LabWorkName>(
  work: LabWork<K>,
  job?: Pick<Job, "onProgress">,
) => Promise<LabWorkResult<K>>;

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
  const work = async (
    { name, spec, request }: LabWork,
    { onProgress }: Pick<Job, "onProgress"> = {},
  ): Promise<unknown> => {
    const lab = await labOf(spec);
    const onTraining = (phase: string, event: TrainingEvent) => {
      lab.onTraining?.(phase, event);
      if (event.type !== "step") return;
      const { tokens: total } = (request as StageWork).stage;
      onProgress?.({ phase, done: Math.min(total, event.tokens), total, unit: "tokens" });
    };
    return await LAB_WORKS[name](request as never, { ...lab, onTraining });
  };
  // Each name gives its own result.
  return work as LabWorker;
}

/** The folder of the model that a piece of work begins with, below the ablation's files; null for none. */
export function startOfWork({ name, request }: LabWork): string | null {
  if (name === "stage") return (request as StageWork).parent?.checkpoint ?? null;
  if (name === "mid") return (request as { place: MidCheckpoint }).place.checkpoint;
  return (request as { model: TrainedStage }).model.checkpoint;
}

/**
 * What of its spec a piece of work depends on, all else being the same for all: pieces that several
 * matrices have in common are equal.
 */
export function specOfWork({ name, spec, request }: LabWork): AblationSpec {
  const recipes = { mid: {}, sft: {}, cells: undefined, compare: [], primary: undefined };
  const told = { ...spec, ...recipes, name, about: "", notes: {}, gate: null };
  if (name === "stage") {
    const { stage, seed } = request as StageWork;
    // Corrected runs are made as agents are evaluated.
    const evaluate = "corrected" in stage.data
      ? { ...spec.evaluate, test: 1, "test-hard": 0 }
      : NOTHING;
    return { ...told, base: stage, seeds: [seed], evaluate, measure: { ...NO_MEASURES } };
  }
  const { model: { seed } } = request as { readonly model: TrainedStage };
  const { alongMid, ...measure } = spec.measure;
  const { shares, tasks } = alongMid ?? {};
  return {
    ...told,
    seeds: spec.evaluate.apart === true ? spec.seeds : [seed],
    measure: shares && tasks ? { ...measure, alongMid: { shares, tasks } } : measure,
  };
}

const NOTHING: AblationSpec["evaluate"] = {
  test: 1,
  "test-hard": 0,
  steps: 1,
  maxTokens: 1,
  batch: 1,
};

const NO_MEASURES = { oracle: 0, heldOut: 0, transfer: 0 };

/**
 * The files, below the ablation's, that a piece of work finds there or makes for itself: the world, the
 * vocabulary, what models are measured on.
 */
export function sharedFiles({ name, spec: { evaluate, measure } }: LabWork): string[] {
  const { oracle, heldOut, transfer } = measure;
  const runs = [oracle, heldOut].map((count) => Math.min(count, evaluate.test));
  const measured = [
    ...new Set(runs.filter((count) => count > 0).map((count) => `oracle-${count}.json`)),
    ...(transfer > 0 ? [`transfer-${transfer}.json`] : []),
  ];
  return ["world.json", "tokenizer.json", ...(name === "cell" ? measured : [])];
}
