/**
 * Stages of training, each known by a hash of all that it is made from, so that cells which share one
 * train it once, and a run that was stopped finds what it had.
 *
 * @module
 */
import {
  ANSWER_ROLES,
  openPackedDataset,
  type PackedDataset,
  packSamples,
  type SampleSegment,
} from "../corpus/mod.ts";
import { parseConfig, writeModelFolder } from "../model/mod.ts";
import { parseTrainSpec, readEvents, train, type TrainProgress } from "../train/mod.ts";
import type { StageReport } from "./ablation_report.ts";
import type { AblationSpec, AblationStage, DataKind, WorldKind } from "./ablation_spec.ts";
import { correctedDocuments } from "./corrected_documents.ts";
import { copyingWeights } from "./copying_start.ts";
import { inFolder, readJson, writeJson } from "./json_file.ts";
import { hashOf, type Lab, rootOf } from "./lab.ts";
import type { LabDocument } from "./lab_document.ts";
import { LabError } from "./lab_error.ts";
import { openCheckpoint } from "./open_model.ts";
import { tokensRead } from "./measure/tokens_read.ts";

/** A model of the matrix. */
export interface TrainedStage {
  /** Hash of its data, its settings and the stage before it. */
  readonly key: string;
  /** What it was trained on; missing in runs of before it was written down. */
  readonly adapter?: string;
  /** `base`, `mid ctx+env 1`, `sft strong 1`: the first cell that it was trained for. */
  readonly name: string;
  readonly seed: number;
  /** The key of the stage before, null for a base. */
  readonly parent: string | null;
  /** The folder of its checkpoint, below the run's files. */
  readonly checkpoint: string;
  /** Checkpoints on the way there, where the spec asks for them, and tokens that the stage had read. */
  readonly along: readonly MidCheckpoint[];
  /** Read by this stage and all before it, padding left out. */
  readonly tokens: number;
  /** Of them those in the loss. */
  readonly lossTokens: number;
  readonly lossNats: number;
  /** Of this stage alone. */
  readonly own: Pick<StageReport, "tokens" | "lossTokens" | "epochs" | "sources"> & {
    /** Ids of the tasks of which it read something. */
    readonly tasks: readonly string[];
  };
}

/** A model on the way through a stage. */
export interface MidCheckpoint {
  readonly step: number;
  readonly tokens: number;
  readonly checkpoint: string;
}

/** A stage to be trained: plain data. */
export interface StageWork {
  readonly stage: AblationStage;
  readonly name: string;
  readonly seed: number;
  /** Null to start from noise. */
  readonly parent: TrainedStage | null;
  /** Steps at which a checkpoint is kept, beside the one at the end. */
  readonly along?: readonly number[] | undefined;
}

/**
 * Trains a stage, or goes on with it, or finds it done.
 *
 * @throws {LabError} "data" where it would read documents more often than it may; "mask" where no
 * token of them counts.
 */
export async function trainStage(work: StageWork, lab: Lab): Promise<TrainedStage> {
  const { stage, name, seed, parent } = work;
  const { spec, tokenizer, gpu, signal } = lab;
  const key = await stageKey(work, spec);
  const files = inFolder(lab.files, `stages/${key}`);
  const done = await finishedStage(work, lab);
  if (done) return done;

  const documents: DocumentsOf = (kind) =>
    kind === "corrected"
      ? correctedDocuments({ stage, parent, files }, lab)
      : lab.documents(kind, stage.tasks);
  const data = await packStage(stage, seed, documents, lab);
  const model = parent?.checkpoint ?? await startOf(seed, key, lab);
  const steps = stepsOf(stage, spec);
  const along = (work.along ?? []).filter((step) => step < steps);
  const result = await train(
    parseTrainSpec({
      name: "stage",
      model,
      seed,
      stages: [{
        name: "stage",
        data: "packed",
        steps,
        batch: stage.batch,
        learningRate: stage.learningRate,
        mask: stage.mask,
      }],
      ...(along.length > 0 && { checkpointAt: along }),
      keepCheckpoints: 1,
    }),
    {
      gpu,
      files,
      resume: true,
      openData: () => Promise.resolve(data),
      openModel: (folder) => openCheckpoint(lab.files, folder),
      checkpointEveryMs: CHECKPOINT_EVERY_MS,
      signal,
      onEvent: (event) => lab.onTraining?.(name, event),
    },
  );
  const adapters = (await readEvents(files)).flatMap((event) =>
    event.type === "start" ? [event.adapter] : []
  );
  const { mask, batch } = stage;
  const kinds = Object.keys(stage.data) as DataKind[];
  const packed = (await Promise.all(kinds.map(documents))).flat();
  const counted = { data, documents: packed, tokenizer, rows: steps * batch, seed, mask };
  const read = await tokensRead(counted);
  const trained: TrainedStage = {
    key,
    adapter: [...new Set(adapters)].join(", then "),
    name,
    seed,
    parent: parent?.key ?? null,
    checkpoint: `stages/${key}/${result.checkpoint}`,
    along: await Promise.all(along.map(async (step) => {
      const checkpoint = `checkpoints/step-${step}`;
      const state = await readJson<TrainProgress>(files, `${checkpoint}/state.json`);
      return { step, tokens: state?.tokens ?? NaN, checkpoint: `stages/${key}/${checkpoint}` };
    })),
    tokens: (parent?.tokens ?? 0) + read.tokens,
    lossTokens: (parent?.lossTokens ?? 0) + read.lossTokens,
    lossNats: result.lossNats ?? NaN,
    own: { ...read, sources: sourcesOf(data) },
  };
  await writeJson(files, "stage.json", trained);
  return trained;
}

/** The stage as the ablation's files have it; null where it is not done. */
export async function finishedStage(
  work: StageWork,
  { spec, files }: Pick<Lab, "spec" | "files">,
): Promise<TrainedStage | null> {
  const key = await stageKey(work, spec);
  return await readJson<TrainedStage>(inFolder(files, `stages/${key}`), "stage.json");
}

/** What a stage is known by: the hash of its data, its settings and the stage before it. */
export async function stageKey(
  { stage, seed, parent }: StageWork,
  spec: AblationSpec,
): Promise<string> {
  const { steps: turns, maxTokens } = spec.evaluate;
  return await hashOf({
    root: await rootOf(spec),
    stage,
    seed,
    parent: parent?.key ?? null,
    // How the model works on tasks, where the stage learns from that.
    ...("corrected" in stage.data && { turns, maxTokens }),
  });
}

/** What a stage loses at most that is killed. */
const CHECKPOINT_EVERY_MS = 120_000;

/** What a base is trained from: a configuration, or the folder of weights that copy. */
async function startOf(
  seed: number,
  key: string,
  { spec: { model, start }, tokenizer: { vocabularySize }, files }: Lab,
): Promise<Readonly<Record<string, unknown>> | string> {
  const described = { ...model, vocab_size: vocabularySize };
  if (start === "noise") return described;
  const config = parseConfig(described);
  const folder = `stages/${key}/start`;
  const written = writeModelFolder(config, copyingWeights(config, seed));
  await files.writeFolder(
    folder,
    Object.fromEntries(written.map(({ name, bytes }) => [name, bytes])),
  );
  return folder;
}

/**
 * Makes the data of each stage once, and trains nothing. Runs that a stage's model has yet to make are
 * checked when it makes them.
 *
 * @throws {LabError} "data" and "mask", as {@linkcode trainStage}; "spec" for a base of corrected runs.
 */
export async function checkStages(stages: Iterable<AblationStage>, lab: Lab): Promise<void> {
  if ("corrected" in lab.spec.base.data) {
    throw new LabError("spec", 'base.data: there is no model yet whose runs could be "corrected".');
  }
  const different = new Map(
    [...stages].map((stage) => [JSON.stringify({ ...stage, learningRate: null }), stage]),
  );
  const [seed = 0] = lab.spec.seeds;
  for (const stage of different.values()) {
    if ("corrected" in stage.data) continue;
    const documents = (kind: DataKind) => lab.documents(kind as WorldKind, stage.tasks);
    await packStage(stage, seed, documents, lab);
  }
}

/** Steps that read a stage's tokens, a row being as long as the model takes. */
export function stepsOf({ tokens, batch }: AblationStage, spec: AblationSpec): number {
  return Math.ceil(tokens / contextOf(spec) / batch);
}

function sourcesOf({ manifest }: PackedDataset): StageReport["sources"] {
  return manifest.sources.map(({ name, documents, tokens, repeats }) => ({
    kind: name as DataKind,
    documents,
    tokens,
    repeats,
  }));
}

/** The documents of a kind that a stage reads. */
type DocumentsOf = (kind: DataKind) => Promise<readonly LabDocument[]>;

/** The data of a stage, packed as often as the stage reads them. */
async function packStage(
  { data, tokens, epochs, mask }: AblationStage,
  seed: number,
  documents: DocumentsOf,
  { spec, tokenizer, encoder, signal }: Lab,
): Promise<PackedDataset> {
  const shards = new Map<string, Uint8Array<ArrayBuffer>>();
  const sources = await Promise.all(
    Object.entries(data).map(async ([kind, weight]) => ({
      name: kind,
      weight,
      documents: await documents(kind as DataKind),
    })),
  );
  const empty = sources.find(({ documents }) => documents.length === 0);
  if (empty) throw new LabError("data", `There is no document of kind "${empty.name}".`);
  const manifest = await packSamples(sources, {
    tokenizer: encoder,
    context: contextOf(spec),
    mask: "answers",
    endOfText: tokenizer.endOfText,
    seed,
    signal,
    writeShard: (file, bytes) => void shards.set(file, bytes),
  });
  // The end of each document counts as well: that alone is nothing to learn.
  const isAnswer = ({ role, text }: SampleSegment) => text !== "" && ANSWERS.has(role);
  const answers = sources.some(({ documents }) =>
    documents.some(({ segments }) => segments.some(isAnswer))
  );
  if (mask === "answers" && !answers) {
    throw new LabError("mask", `No token of ${Object.keys(data).join(", ")} is an agent's own.`);
  }
  if (tokens > epochs * manifest.tokens) {
    throw new LabError(
      "data",
      `A stage reads ${tokens} tokens of ${Object.keys(data).join(", ")}, and there are ` +
        `${manifest.tokens}, to be read ${epochs} times at most: make more tasks, or raise epochs.`,
    );
  }
  return openPackedDataset({
    manifest,
    readShard: (file) => Promise.resolve(shards.get(file) ?? new Uint8Array()),
  });
}

const ANSWERS: ReadonlySet<string> = new Set(ANSWER_ROLES);

/** The longest row that the model takes. */
export function contextOf({ model }: Pick<AblationSpec, "model">): number {
  return Number(model.max_position_embeddings);
}
