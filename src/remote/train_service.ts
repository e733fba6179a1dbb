/**
 * Training by plain values, as a worker serves it: data come as bytes, events are fetched as they
 * happen.
 *
 * @module
 */
import { openPackedDataset, type PackedManifest } from "../corpus/mod.ts";
import type { ChosenGpu, DeviceChoice, Job } from "../gpu/mod.ts";
import { byteFileOf, openModelFolder } from "../model/mod.ts";
import { indexedTuning, openTuning, type Tuning } from "../tensor/mod.ts";
import { loadTokenizer, type TokenizerSource } from "../tokenizer/mod.ts";
import {
  memoryRunFiles,
  parseTrainSpec,
  type RunFiles,
  train,
  TrainError,
  type TrainingEvent,
  type TrainResult,
  type TrainSpecInput,
} from "../train/mod.ts";
import { createEventStreams } from "./event_stream.ts";

/** Packed tokens as they can be sent. */
export interface PackedParts {
  readonly manifest: PackedManifest;
  /** By the names that the manifest has for them. */
  readonly shards: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
}

/** What to train. */
export interface TrainRequest {
  /** A number that the caller chooses: its events are asked for by it. */
  readonly run: number;
  readonly spec: TrainSpecInput;
  /** By the names that the spec has for them. */
  readonly data: Readonly<Record<string, PackedParts>>;
  /** Models to go on from, each by its files as a run gave them, by the name that the spec has for it. */
  readonly models?: Readonly<Record<string, TrainedModel["files"]>> | undefined;
  /** For the spec's samples. */
  readonly tokenizer?: TokenizerSource | undefined;
  /** Default `auto`. */
  readonly device?: DeviceChoice | undefined;
}

/** A trained model and how it came out. */
export interface TrainedModel extends TrainResult {
  /** The files of the last checkpoint by name: `config.json`, `model.safetensors` and more. */
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** Why the processor trained although a GPU was wanted. */
  readonly note?: string;
}

/** The methods of training. */
export type TrainService = {
  train(request: TrainRequest, job: Job): Promise<TrainedModel>;
  /** Events since the last call, one at least; none where the run has ended. */
  trainEvents(request: { run: number }, job: Job): Promise<readonly TrainingEvent[]>;
};

/**
 * Makes the service.
 *
 * @param choose Where to train.
 */
export function createTrainService(
  choose: (device: DeviceChoice) => Promise<ChosenGpu>,
): TrainService {
  const streams = createEventStreams<TrainingEvent>();
  return {
    async train({ run, spec, data, models, tokenizer, device = "auto" }, { signal }) {
      const stream = streams.of(run);
      try {
        const files = memoryRunFiles();
        const { gpu, note } = await choose(device);
        const result = await train(parseTrainSpec(spec), {
          gpu,
          files,
          signal,
          tuning: await keptTuning(),
          openData: (name) => openSent(name, data),
          openModel: (name) => openSentModel(name, models),
          codec: tokenizer === undefined ? undefined : await loadTokenizer(tokenizer),
          onEvent: (event) => stream.add(event),
        });
        const kept = await filesOf(files, result.checkpoint);
        return { ...result, files: kept, ...(note !== undefined && { note }) };
      } finally {
        stream.end();
      }
    },
    trainEvents: ({ run }) => streams.take(run),
  };
}

/** In a browser the choices of kernels outlive the page. */
async function keptTuning(): Promise<Tuning | undefined> {
  if (!("indexedDB" in globalThis)) return undefined;
  tuning ??= openTuning(indexedTuning());
  return await tuning;
}

let tuning: Promise<Tuning> | undefined;

async function openSent(name: string, data: TrainRequest["data"]) {
  const parts = data[name];
  if (!parts) {
    const given = Object.keys(data).map((name) => `"${name}"`).join(", ") || "none";
    throw new TrainError("data", `The spec names the data "${name}"; given were ${given}.`);
  }
  const { manifest, shards } = parts;
  return await Promise.resolve(openPackedDataset({
    manifest,
    readShard: (file) => {
      const bytes = shards[file];
      if (bytes) return Promise.resolve(bytes);
      return Promise.reject(new TrainError("data", `The data "${name}" lack the shard ${file}.`));
    },
  }));
}

async function openSentModel(name: string, models: TrainRequest["models"] = {}) {
  const files = models[name];
  if (!files) {
    const given = Object.keys(models).map((name) => `"${name}"`).join(", ") || "none";
    throw new TrainError("model", `The spec names the model "${name}"; given were ${given}.`);
  }
  return await openModelFolder((file) => {
    const bytes = files[file];
    return Promise.resolve(bytes && byteFileOf(new Blob([bytes])));
  });
}

async function filesOf(files: RunFiles, folder: string | null): Promise<TrainedModel["files"]> {
  if (folder === null) return {};
  const read = async (name: string) => {
    const file = await files.read(`${folder}/${name}`);
    return [name, await file?.read(0, file.sizeBytes) ?? new Uint8Array()] as const;
  };
  // The optimiser's state is of no use without the run.
  const names = (await files.list(folder)).filter((name) => name !== "optimizer.safetensors");
  return Object.fromEntries(await Promise.all(names.map(read)));
}
