/**
 * A checkpoint: a model as Hugging Face's tools read it, and what it takes to train on from there.
 *
 * @module
 */
import * as v from "valibot";
import {
  type ByteFile,
  type DecoderConfig,
  fromHuggingFace,
  ModelError,
  type NamedTensor,
  parseConfig,
  readSafetensors,
  toHuggingFace,
  writeConfig,
  writeSafetensors,
} from "../model/mod.ts";
import type { OptimizerState } from "../tensor/mod.ts";
import { type Pieces, piecesOf } from "./run_files.ts";
import { TrainError } from "./train_error.ts";

/** How far a run is. */
export interface TrainProgress {
  /** Steps of all stages. */
  readonly step: number;
  /** Which stage, from 0 on. */
  readonly stage: number;
  /** Steps of that stage. */
  readonly stageStep: number;
  /** Tokens seen, padding left out. */
  readonly tokens: number;
}

/** All that a run needs to go on. */
export interface Checkpoint {
  readonly config: DecoderConfig;
  /** By the names of the graph's parameters. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly optimizer: OptimizerState;
  readonly progress: TrainProgress;
  readonly tokenizer: string | undefined;
}

/** The files of a checkpoint's folder, by name. */
export function writeCheckpoint(checkpoint: Checkpoint): Record<string, Pieces> {
  const { config, weights, optimizer, progress, tokenizer } = checkpoint;
  const { step, firstMoments, secondMoments } = optimizer;
  const state = { format: FORMAT, ...progress, optimizerStep: step, tokenizer };
  return {
    "config.json": piecesOf(json(writeConfig(config))),
    "model.safetensors": writeSafetensors(toHuggingFace(config, weights)),
    "optimizer.safetensors": writeSafetensors({
      ...renamed(firstMoments, (name) => FIRST + name),
      ...renamed(secondMoments, (name) => SECOND + name),
    }),
    "state.json": piecesOf(json(state)),
  };
}

/**
 * Reads a checkpoint back; every number is what it was.
 *
 * @throws {TrainError} "run", naming the file, where one is missing, cut short or not what it should
 * be.
 */
export async function readCheckpoint(
  folder: string,
  open: (name: string) => Promise<ByteFile | null>,
): Promise<Checkpoint> {
  async function read<T>(name: string, parse: (file: ByteFile) => Promise<T>): Promise<T> {
    try {
      const file = await open(name);
      if (file) return await parse(file);
    } catch (error) {
      if (!(error instanceof ModelError || error instanceof SyntaxError)) throw error;
      throw broken(folder, name, error.message, error);
    }
    throw broken(folder, name, "there is no such file");
  }
  const parseJson = async (file: ByteFile): Promise<unknown> =>
    JSON.parse(new TextDecoder().decode(await file.read(0, file.sizeBytes)));

  const config = await read("config.json", async (file) => parseConfig(await parseJson(file)));
  const state = v.safeParse(STATE, await read("state.json", parseJson), { abortEarly: true });
  if (!state.success) {
    const [issue] = state.issues;
    const place = v.getDotPath(issue) ?? "all of it";
    throw broken(folder, "state.json", `${place}: ${issue.message}`);
  }
  const weights = await read(
    "model.safetensors",
    async (file) => fromHuggingFace(config, (await readSafetensors(file)).tensors),
  );
  const moments = await read(
    "optimizer.safetensors",
    async (file) => (await readSafetensors(file)).tensors,
  );
  const { optimizerStep, tokenizer, format: _, ...progress } = state.output;
  return {
    config,
    weights,
    optimizer: {
      step: optimizerStep,
      firstMoments: valuesUnder(FIRST, moments),
      secondMoments: valuesUnder(SECOND, moments),
    },
    progress,
    tokenizer,
  };
}

const FORMAT = "bottega-checkpoint-1";
const FIRST = "first_moments.";
const SECOND = "second_moments.";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const STATE = v.object({
  format: v.literal(FORMAT),
  step: count,
  stage: count,
  stageStep: count,
  tokens: count,
  optimizerStep: count,
  tokenizer: v.optional(v.string()),
});

function renamed(
  values: Readonly<Record<string, Float32Array>>,
  name: (old: string) => string,
): Record<string, NamedTensor> {
  return Object.fromEntries(
    Object.entries(values).map(([old, values]) => [name(old), { shape: [values.length], values }]),
  );
}

function valuesUnder(
  prefix: string,
  tensors: Readonly<Record<string, NamedTensor>>,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { values }]) => [name.slice(prefix.length), values]),
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function broken(folder: string, name: string, why: string, cause?: Error): TrainError {
  return new TrainError(
    "run",
    `The checkpoint ${folder} cannot be used, ${name}: ${why}. Delete that folder to go on from the ` +
      "one before it.",
    cause ? { cause } : {},
  );
}
