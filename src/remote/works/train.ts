/**
 * Training as work: packed tokens by hash in, a checkpoint's files by hash out.
 *
 * @module
 */
import * as v from "valibot";
import { openPackedDataset, type PackedDataset, parseManifest } from "../../corpus/mod.ts";
import { openTuning } from "../../tensor/mod.ts";
import { loadTokenizer, type TokenizerSource } from "../../tokenizer/mod.ts";
import {
  parseTrainSpec,
  piecesOf,
  readEvents,
  readText,
  type RunFiles,
  train,
  TrainError,
  type TrainingEvent,
} from "../../train/mod.ts";
import type { BlobStore, Work } from "../work.ts";
import { openModelBlobs } from "./checkpoint.ts";
import { BLOB_FILES, DEVICE, jsonObject, text } from "./request.ts";
import { tellOnce } from "./tell_once.ts";

const REQUEST = v.strictObject({
  /** See `parseTrainSpec`. */
  spec: jsonObject,
  /** Manifests of packed tokens by the names that the spec has for them; their shards are blobs. */
  data: v.record(text(200), jsonObject),
  /** Files of the checkpoints that the spec names. */
  models: v.optional(v.record(text(200), BLOB_FILES), {}),
  /** For the spec's samples: a name, or `{ tokenizer, config?, name? }`. */
  tokenizer: v.optional(v.union([text(200), jsonObject])),
  device: DEVICE,
});

/** What to train, by plain values. */
export type TrainOrder = v.InferInput<typeof REQUEST>;

/** How it came out. */
export interface TrainOutcome {
  readonly step: number;
  readonly lossNats?: number;
  readonly heldOutNats?: number;
  /** The last checkpoint's folder in the run. */
  readonly checkpoint: string | null;
  /** Its files by name, without the optimiser's state: each as its blob's hash. */
  readonly files: Readonly<Record<string, string>>;
  /** Why the processor trained although a GPU was wanted. */
  readonly note?: string;
}

/** Trains, and goes on from the last checkpoint; events are `TrainingEvent`s. */
export const TRAIN: Work<v.InferOutput<typeof REQUEST>, TrainOutcome> = {
  schema: REQUEST,
  async run({ spec, data, models, tokenizer, device }, context) {
    const { files, signal } = context;
    const { gpu, note } = await context.chooseGpu(device);
    const tell = tellOnce(context, momentOf);
    // Written down by an attempt that ended before it could tell them.
    for (const event of await readEvents(files)) tell(event);
    const tuning = await openTuning({
      read: () => readText(files, TUNING),
      write: (text) => files.write(TUNING, piecesOf(text)),
    });
    const { lossNats, heldOutNats, ...result } = await train(parseTrainSpec(spec), {
      gpu,
      files,
      resume: true,
      signal,
      tuning,
      memoryBytes: gpu && !gpu.software ? undefined : context.memoryBytes,
      openData: (name) => openData(entry(data, name, "data"), context.data),
      openModel: (name) => openModelBlobs(entry(models, name, "checkpoint"), context.data),
      codec: tokenizer === undefined
        ? undefined
        : await loadTokenizer(tokenizer as TokenizerSource),
      // A run that is stopped goes on one day.
      onEvent: (event) => event.type === "end" && event.reason === "aborted" || tell(event),
    });
    return {
      ...result,
      ...(lossNats !== undefined && { lossNats }),
      ...(heldOutNats !== undefined && { heldOutNats }),
      files: await storeFiles(files, result.checkpoint, context.data),
      ...(note !== undefined && { note }),
    };
  },
};

/** The choice of kernels decides the last bits: the run keeps it, as it keeps its checkpoints. */
const TUNING = "tuning.json";

function momentOf(event: TrainingEvent): string {
  const detail = event.type === "stage" ? event.stage : event.type === "sample" ? event.prompt : "";
  return `${event.type} ${event.step} ${detail}`;
}

function entry<T>(entries: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (found !== undefined) return found;
  const given = Object.keys(entries).map((name) => `"${name}"`).join(", ") || "none";
  throw new TrainError("data", `The spec names the ${what} "${name}"; given were ${given}.`);
}

// deno-lint-ignore require-await -- a bad manifest must reject, not throw
async function openData(value: unknown, data: BlobStore): Promise<PackedDataset> {
  const manifest = parseManifest(value);
  const hashes = new Map(manifest.shards.map(({ file, sha256 }) => [file, sha256]));
  return openPackedDataset({ manifest, readShard: (file) => data.read(hashes.get(file) ?? file) });
}

async function storeFiles(
  files: RunFiles,
  folder: string | null,
  data: BlobStore,
): Promise<Record<string, string>> {
  if (folder === null) return {};
  // The optimiser's state is of no use without the run.
  const names = (await files.list(folder)).filter((name) => name !== "optimizer.safetensors");
  const stored: Record<string, string> = {};
  for (const name of names.toSorted()) {
    const file = await files.read(`${folder}/${name}`);
    if (file) stored[name] = await data.write(await file.read(0, file.sizeBytes));
  }
  return stored;
}
