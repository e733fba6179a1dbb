/**
 * A model's folder as transformers reads it, file by file.
 *
 * @module
 */

import type { DecoderConfig } from "./config.ts";
import { writeConfig } from "./config_json.ts";
import type { FloatFormat } from "./float_format.ts";
import { toHuggingFace } from "./hugging_face.ts";
import { ModelError } from "./model_error.ts";
import { type NamedTensor, writeSafetensors } from "./safetensors.ts";

/** A file of a folder; its bytes are made as they are asked for. */
export interface WrittenFile {
  readonly name: string;
  readonly bytes: Iterable<Uint8Array<ArrayBuffer>>;
}

/** What is written beside the weights. */
export interface DescriptionOptions {
  /** Tokens that end a text. */
  readonly endTokens?: readonly number[];
  /** Other files, such as `tokenizer.json` and `tokenizer_config.json`, by name. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** What is written beside the weights, and how they are stored. */
export interface ModelFolderOptions extends DescriptionOptions {
  readonly dtype?: FloatFormat;
  /** A file of weights has at most so many bytes, or one tensor; there is an index then. */
  readonly shardBytes?: number;
}

/**
 * The files of a folder: `config.json`, `generation_config.json`, the weights with Hugging Face's
 * names, and what else is given.
 *
 * @param weights By the graph's names.
 * @throws {ModelError} "config"; "weights" where one is missing or has another length.
 */
export function writeModelFolder(
  config: DecoderConfig,
  weights: Readonly<Record<string, Float32Array>>,
  { dtype = "F32", shardBytes = 5e9, ...description }: ModelFolderOptions = {},
): WrittenFile[] {
  const elementBytes = dtype === "F32" ? 4 : 2;
  const shards = cut(toHuggingFace(config, weights), shardBytes / elementBytes);
  return [
    ...describeModelFolder(config, { ...description, dtype }),
    ...weightFiles(shards, dtype, elementBytes),
  ];
}

/**
 * The files beside the weights: `config.json`, `generation_config.json` and what else is given.
 *
 * @throws {ModelError} "config"; "file" for a name that is none.
 */
export function describeModelFolder(
  config: DecoderConfig,
  { dtype = "F32", endTokens = [], texts = {} }: DescriptionOptions & { dtype?: FloatFormat } = {},
): WrittenFile[] {
  const end = endTokens.length === 1 ? endTokens[0] : endTokens;
  const ends = endTokens.length > 0 ? { eos_token_id: end } : {};
  const torchDtype = { F32: "float32", F16: "float16", BF16: "bfloat16" }[dtype];
  return [
    json("config.json", { ...writeConfig(config), torch_dtype: torchDtype, ...ends }),
    json("generation_config.json", { _from_model_config: true, ...ends }),
    ...Object.entries(texts).map(([name, text]) => ({
      name: checkName(name),
      bytes: [utf8(text)],
    })),
  ];
}

function weightFiles(
  shards: readonly Record<string, NamedTensor>[],
  dtype: FloatFormat,
  elementBytes: number,
): WrittenFile[] {
  const [first = {}] = shards;
  if (shards.length <= 1) {
    return [{
      name: "model.safetensors",
      bytes: restartable(() => writeSafetensors(first, { dtype })),
    }];
  }
  const number = (i: number) => String(i).padStart(5, "0");
  const names = shards.map((_, i) =>
    `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`
  );
  const values = shards.flatMap((shard) => Object.values(shard))
    .reduce((sum, { values }) => sum + values.length, 0);
  return [
    json("model.safetensors.index.json", {
      metadata: { total_size: values * elementBytes },
      weight_map: Object.fromEntries(
        shards.flatMap((shard, i) => Object.keys(shard).map((tensor) => [tensor, names[i]])),
      ),
    }),
    ...shards.map((shard, i) => ({
      name: names[i] ?? "",
      bytes: restartable(() => writeSafetensors(shard, { dtype })),
    })),
  ];
}

/** Neighbours share a file as long as they have at most `most` values together. */
function cut(
  tensors: Readonly<Record<string, NamedTensor>>,
  most: number,
): Record<string, NamedTensor>[] {
  const shards: [string, NamedTensor][][] = [];
  let left = 0;
  for (const entry of Object.entries(tensors)) {
    const { length } = entry[1].values;
    if (length > left || shards.length === 0) {
      shards.push([]);
      left = most;
    }
    shards.at(-1)?.push(entry);
    left -= length;
  }
  return shards.map((shard) => Object.fromEntries(shard));
}

/** A generator runs once; a file may be written twice. */
function restartable<T>(generate: () => Generator<T>): Iterable<T> {
  return { [Symbol.iterator]: generate };
}

function json(name: string, value: unknown): WrittenFile {
  return { name, bytes: [utf8(`${JSON.stringify(value, null, 2)}\n`)] };
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function checkName(name: string): string {
  if (/^[\w-][\w.-]*$/.test(name)) return name;
  throw new ModelError("file", `${JSON.stringify(name)} is no name of a file in a model's folder.`);
}
