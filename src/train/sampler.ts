/**
 * What the model writes as it learns.
 *
 * @module
 */
import type { Gpu } from "../gpu/mod.ts";
import {
  createGenerator,
  type DecoderConfig,
  generateText,
  ModelError,
  type TextCodec,
} from "../model/mod.ts";
import type { Parameters, Tuning } from "../tensor/mod.ts";
import { TrainError } from "./train_error.ts";
import type { TrainSpec } from "./train_spec.ts";

/** Writes from the parameters as they are. Its owner disposes of it. */
export interface Sampler extends Disposable {
  write(signal?: AbortSignal): Promise<{ prompt: string; text: string }[]>;
}

/** What samples are made with. */
export interface SamplerOptions {
  readonly codec: TextCodec | undefined;
  /** The draws of a run are the same each time. */
  readonly seed: number;
  readonly tuning?: Tuning | undefined;
}

/**
 * Compiles generation for a spec's prompts.
 *
 * @throws {TrainError} "spec" without a tokenizer, and for prompts that the model cannot take.
 */
export async function openSampler(
  gpu: Gpu | null,
  config: DecoderConfig,
  parameters: Parameters,
  { prompts, maxTokens, temperature }: NonNullable<TrainSpec["sample"]>,
  { codec, seed, tuning }: SamplerOptions,
): Promise<Sampler> {
  if (!codec) {
    throw new TrainError("spec", "Samples need a tokenizer: name it, or leave out `sample`.");
  }
  const longest = Math.max(...prompts.map((prompt) => codec.encode(prompt).length));
  const context = Math.min(config.context, longest + maxTokens);
  const options = { batch: prompts.length, context, ...(tuning ? { tuning } : {}) };
  const generator = await createGenerator(gpu, config, parameters, options);
  return {
    async write(signal) {
      try {
        const asked = { prompts, maxTokens, temperature, seed, signal };
        const written = await generateText(generator, codec, asked);
        return written.map(({ text }, i) => ({ prompt: prompts[i] ?? "", text }));
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        throw new TrainError("spec", `sample: ${error.message}`, { cause: error });
      }
    },
    [Symbol.dispose]: () => generator[Symbol.dispose](),
  };
}
