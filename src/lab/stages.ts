/**
 * Stages of training, each known by a hash of all that it is made from, so that cells which share one
 * train it once, and a run that was stopped finds what it had.
 *
 * @module
 */
import { openPackedDataset, type PackedDataset, packSamples } from "../corpus/mod.ts";
import type { Gpu, Job } from "../gpu/mod.ts";
import { type ModelFolder, openModelFolder } from "../model/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import { parseTrainSpec, type RunFiles, train, type TrainingEvent } from "../train/mod.ts";
import type { AblationSpec, AblationStage, DataKind } from "./ablation_spec.ts";
import { labDocuments } from "./documents.ts";
import { inFolder, readJson, writeJson } from "./json_file.ts";
import { LabError } from "./lab_error.ts";
import type { World } from "./world.ts";

/** A model of the matrix. */
export interface TrainedStage {
  /** Hash of its data, its settings and the stage before it. */
  readonly key: string;
  /** The folder of its checkpoint, below the run's files. */
  readonly checkpoint: string;
  /** Read by this stage and all before it. */
  readonly tokens: number;
  /** Of them those in the loss. */
  readonly lossTokens: number;
  readonly lossNats: number;
}

/** What stages are trained from. */
export interface StageHost extends Job {
  readonly spec: AblationSpec;
  readonly world: World;
  readonly tokenizer: Tokenizer;
  readonly gpu: Gpu | null;
  readonly files: RunFiles;
  /** Of what is the same for all stages. */
  readonly root: string;
  readonly onEvent?: ((stage: string, event: TrainingEvent) => void) | undefined;
}

/** Where a stage begins. */
export interface StageStart {
  readonly name: string;
  readonly seed: number;
  /** Null to start from noise. */
  readonly parent: TrainedStage | null;
}

/**
 * Trains a stage, or goes on with it, or finds it done.
 *
 * @throws {LabError} "data" where it would read documents more often than it may; "mask" where no
 * token of them counts.
 */
export async function trainStage(
  stage: AblationStage,
  { name, seed, parent }: StageStart,
  host: StageHost,
): Promise<TrainedStage> {
  const { spec, tokenizer, gpu, signal } = host;
  const key = await hashOf({ root: host.root, stage, seed, parent: parent?.key ?? null });
  const files = inFolder(host.files, `stages/${key}`);
  const done = await readJson<TrainedStage>(files, "stage.json");
  if (done) return done;

  const data = await packStage(stage, seed, host);
  const { manifest } = data;
  const model = parent?.checkpoint ?? { ...spec.model, vocab_size: tokenizer.vocabularySize };
  const result = await train(
    parseTrainSpec({
      name,
      model,
      seed,
      stages: [{
        name,
        data: "packed",
        tokens: stage.tokens,
        batch: stage.batch,
        learningRate: stage.learningRate,
        mask: stage.mask,
      }],
      keepCheckpoints: 1,
    }),
    {
      gpu,
      files,
      resume: true,
      openData: () => Promise.resolve(data),
      openModel: (folder) => openCheckpoint(host.files, folder),
      signal,
      onEvent: (event) => host.onEvent?.(name, event),
    },
  );
  const share = stage.mask === "all" ? 1 : manifest.lossTokens / manifest.tokens;
  const trained: TrainedStage = {
    key,
    checkpoint: `stages/${key}/${result.checkpoint}`,
    tokens: (parent?.tokens ?? 0) + stage.tokens,
    lossTokens: (parent?.lossTokens ?? 0) + Math.round(share * stage.tokens),
    lossNats: result.lossNats ?? NaN,
  };
  await writeJson(files, "stage.json", trained);
  return trained;
}

/** The data of a stage, packed as often as the stage reads them. */
async function packStage(
  { data, tokens, epochs, mask }: AblationStage,
  seed: number,
  { spec, world, tokenizer, signal }: StageHost,
): Promise<PackedDataset> {
  const shards = new Map<string, Uint8Array<ArrayBuffer>>();
  const sources = await Promise.all(
    Object.entries(data).map(async ([kind, weight]) => ({
      name: kind,
      weight,
      documents: await labDocuments(kind as DataKind, world),
    })),
  );
  const empty = sources.find(({ documents }) => documents.length === 0);
  if (empty) throw new LabError("data", `There is no document of kind "${empty.name}".`);
  const manifest = await packSamples(sources, {
    tokenizer,
    context: contextOf(spec),
    mask: "answers",
    endOfText: tokenizer.endOfText,
    seed,
    signal,
    writeShard: (file, bytes) => void shards.set(file, bytes),
  });
  if (mask === "answers" && manifest.lossTokens === 0) {
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

/** The longest row that the model takes. */
export function contextOf({ model }: Pick<AblationSpec, "model">): number {
  return Number(model.max_position_embeddings);
}

/** The model in a folder of a run's files. */
export function openCheckpoint(files: RunFiles, folder: string): Promise<ModelFolder> {
  return openModelFolder(async (name) => await files.read(`${folder}/${name}`) ?? undefined);
}

/** Twelve hexadecimal digits of the SHA-256 of a value's JSON. */
export async function hashOf(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 12);
}
