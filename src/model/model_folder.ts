/**
 * A model as it is published: a folder of `config.json`, safetensors and what a tokeniser needs.
 *
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import type { Parameters, ParameterStorage } from "../tensor/mod.ts";
import type { ByteFile } from "./byte_file.ts";
import type { DecoderConfig } from "./config.ts";
import { parseConfig } from "./config_json.ts";
import { joined, matchParts } from "./hugging_face.ts";
import { ModelError } from "./model_error.ts";
import { openSafetensors, type StoredTensor } from "./safetensors.ts";

/** The files of a folder, by name; undefined for one that is not there. */
export type ModelFiles = (name: string) => Promise<ByteFile | undefined>;

/** An open folder: its descriptions were read, its weights not yet. */
export interface ModelFolder {
  readonly config: DecoderConfig;
  /** Bytes of all weights as f32. */
  readonly sizeBytes: number;
  /** The smallest storage of parameters that holds the weights exactly: f16 where all matrices are. */
  readonly storage: ParameterStorage;
  /** Tokens that end a text, of `generation_config.json` or `config.json`; often none. */
  readonly endTokens: readonly number[];
  /**
   * One parameter after the other by the graph's names; memory for one of them and its file's bytes.
   *
   * @throws {ModelError} "file", "weights"; the signal's reason.
   */
  readWeights(job?: Job): AsyncGenerator<[name: string, values: Float32Array<ArrayBuffer>], void>;
  /** The text of another file, such as `tokenizer.json`; undefined where there is none. */
  readText(name: string): Promise<string | undefined>;
}

/**
 * Opens a folder as Qwen2.5, SmolLM2 or GPT-2 are published, or as a run's checkpoint. The weights may
 * be in several files with an index.
 *
 * @throws {ModelError} "config"; "file" where one is missing, too large or no JSON; "weights" where a
 * tensor is missing, unknown or of another shape than the description asks for.
 * @example
 * ```ts
 * import { byteFileOf, loadParameters, openGpu, openModelFolder } from "bottega";
 * async function weightsOf(files: Map<string, File>) {
 *   const folder = await openModelFolder((name) => {
 *     const file = files.get(name);
 *     return Promise.resolve(file && byteFileOf(file));
 *   });
 *   using gpu = await openGpu();
 *   using parameters = await loadParameters(gpu, folder);
 *   return await parameters.read();
 * }
 * ```
 */
export async function openModelFolder(files: ModelFiles): Promise<ModelFolder> {
  const json = await readJson(files, "config.json");
  if (json === undefined) {
    throw new ModelError("file", "There is no config.json: a model's folder has one.");
  }
  const config = parseConfig(json);
  const parameters = matchParts(config, await storedTensors(files));
  const generation = await readJson(files, "generation_config.json");
  const sizeBytes = [...parameters.values()].flat()
    .reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  return {
    config,
    sizeBytes,
    storage: [...parameters.values()].flat().every(isVectorOrF16) ? "f16" : "f32",
    endTokens: endTokensOf(generation) ?? endTokensOf(json) ?? [],
    async *readWeights({ signal, onProgress } = {}) {
      let done = 0;
      for (const [name, parts] of parameters) {
        signal?.throwIfAborted();
        const values = [];
        for (const part of parts) values.push(await part.read());
        done += parts.reduce((sum, part) => sum + bytesOf(part), 0);
        onProgress?.({ phase: "read weights", done, total: sizeBytes, unit: "bytes" });
        yield [name, values.length === 1 && values[0] ? values[0] : joined(values)];
      }
    },
    readText: (name) => readText(files, name),
  };
}

/** All weights of a folder by the graph's names. */
export async function loadWeights(
  folder: ModelFolder,
  job: Job = {},
): Promise<Record<string, Float32Array<ArrayBuffer>>> {
  return Object.fromEntries(await Array.fromAsync(folder.readWeights(job)));
}

/**
 * Puts a folder's weights in place on the GPU, one parameter at a time.
 *
 * @throws {TensorError} "data" where the parameters are those of another model.
 */
export async function writeWeights(
  folder: ModelFolder,
  parameters: Pick<Parameters, "write">,
  job: Job = {},
): Promise<void> {
  for await (const [name, values] of folder.readWeights(job)) parameters.write({ [name]: values });
}

const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/** A page of descriptions has a few kB; tokenizer.json of a large vocabulary 20 MB. */
const MOST_TEXT_BYTES = 2 ** 28;

async function storedTensors(files: ModelFiles): Promise<Map<string, StoredTensor>> {
  const whole = await files(WEIGHTS);
  if (whole) return new Map((await openSafetensors(whole)).tensors);
  const index = await readJson(files, INDEX);
  if (index !== undefined) return await shardedTensors(files, index);
  const old = await files("pytorch_model.bin");
  throw new ModelError(
    "file",
    old
      ? "The weights are in pytorch_model.bin, which is a program: save them as safetensors."
      : `There is no ${WEIGHTS} and no ${INDEX}: the folder has no weights.`,
  );
}

async function shardedTensors(
  files: ModelFiles,
  index: unknown,
): Promise<Map<string, StoredTensor>> {
  const { weight_map: map } = index as { weight_map?: unknown };
  if (typeof map !== "object" || map === null) {
    throw new ModelError("file", `${INDEX} has no weight_map.`);
  }
  const entries = Object.entries(map);
  const shards = new Map<string, ReadonlyMap<string, StoredTensor>>();
  for (const name of new Set(entries.map(([, name]) => String(name)))) {
    if (!/^[\w.-]+\.safetensors$/.test(name)) {
      throw new ModelError("file", `${INDEX} names ${JSON.stringify(name.slice(0, 80))}.`);
    }
    const file = await files(name);
    if (!file) throw new ModelError("file", `${INDEX} names "${name}", which is not there.`);
    shards.set(name, (await openSafetensors(file)).tensors);
  }
  return new Map(entries.map(([tensor, name]) => {
    const found = shards.get(String(name))?.get(tensor);
    if (found) return [tensor, found];
    throw new ModelError("file", `${INDEX} places "${tensor}" in "${name}", which lacks it.`);
  }));
}

async function readJson(files: ModelFiles, name: string): Promise<unknown> {
  const text = await readText(files, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) ?? {};
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError("file", `${name} is not JSON: ${reason}`, { cause });
  }
}

async function readText(files: ModelFiles, name: string): Promise<string | undefined> {
  const file = await files(name);
  if (!file) return undefined;
  if (file.sizeBytes > MOST_TEXT_BYTES) {
    throw new ModelError("file", `${name} has ${file.sizeBytes} bytes: that is no description.`);
  }
  return new TextDecoder().decode(await file.read(0, file.sizeBytes));
}

function endTokensOf(json: unknown): number[] | undefined {
  const { eos_token_id: id } = (json ?? {}) as { eos_token_id?: unknown };
  const ids = Array.isArray(id) ? id : [id];
  return ids.every((id) => Number.isSafeInteger(id) && id >= 0) ? ids : undefined;
}

function isVectorOrF16({ shape, dtype }: StoredTensor): boolean {
  return shape.length < 2 || dtype === "F16";
}

function bytesOf({ shape }: StoredTensor): number {
  return 4 * shape.reduce((size, length) => size * length, 1);
}
