/**
 * Generation without a GPU: the decoder as a model of ONNX, with its cache, on the processor's cores.
 *
 * @module
 */

import { inTurn } from "../gpu/mod.ts";
import {
  createParameters,
  type Parameters,
  type ParametersOptions,
  type ParameterStorage,
  sampleToken,
  type Sampling,
} from "../tensor/mod.ts";
import { type CachedDecoder, openCachedDecoder } from "./cached_decoder.ts";
import type { DecoderConfig } from "./config.ts";
import { decoderLogits } from "./decoder.ts";
import { areParameters, checkGenerationShape } from "./generation_graph.ts";
import type { TokenGenerator } from "./generator.ts";
import { checkPrompts, type Generated, type GenerateOptions, Sequence } from "./sequence.ts";

/**
 * A generator like that of a GPU: of the same prompts, options and place in the batch it draws the
 * same tokens, but for rounding. Weights are loaded once, and what a prompt has in common with those of
 * the call before is not computed again; parameters are read at each call.
 *
 * @throws {ModelError} "config"; "weights"; "data" where the context is longer than the model's.
 */
export async function createProcessorGenerator(
  config: DecoderConfig,
  source: Parameters | Readonly<Record<string, Float32Array>>,
  { batch, context, storage }: ParametersOptions & {
    readonly batch: number;
    readonly context: number;
  },
): Promise<TokenGenerator> {
  checkGenerationShape(config, { batch, context });
  let nodes = 0;
  let loaded: CachedDecoder | undefined;

  async function open(): Promise<CachedDecoder> {
    if (loaded && !areParameters(source)) return loaded;
    loaded?.[Symbol.dispose]();
    const weights = areParameters(source)
      ? await source.read()
      : await storedWeights(config, source, storage);
    loaded = await openCachedDecoder(config, weights, batch);
    nodes = loaded.nodes;
    return loaded;
  }
  if (!areParameters(source)) await open();

  /** Goes on with as many sequences as there are rows at most, until all have ended. */
  async function goOn(
    { run, cache }: CachedDecoder,
    sequences: readonly Sequence[],
    { sampling, signal }: { sampling: Sampling; signal: AbortSignal | undefined },
  ): Promise<void> {
    const { vocabularySize: V } = config;
    const accept = (logits: Float32Array, n: number) => {
      const sequence = sequences[n];
      const length = (sequence?.prompt.length ?? 0) + (sequence?.tokens.length ?? 0);
      const token = sampleToken(logits, sampling, n, length - 1);
      sequence?.accept(token);
      return token;
    };
    cache.seat(sequences.map(({ prompt }) => prompt));
    const latest: number[] = [];
    for (const [n, { prompt, reason }] of sequences.entries()) {
      signal?.throwIfAborted();
      if (reason !== null) continue;
      latest[n] = accept(await run([prompt.slice(cache.lengthOf(n))], n), n);
    }

    // The sequence of each row; those that have ended go to the end.
    const rows = [...sequences.keys()];
    for (let running = rows.length;;) {
      for (let row = 0; row < running; row++) {
        if (sequences[rows[row] ?? 0]?.reason === null) continue;
        running--;
        cache.swap(row, running);
        [rows[row], rows[running]] = [rows[running] ?? 0, rows[row] ?? 0];
        row--;
      }
      if (running === 0) return;
      signal?.throwIfAborted();
      const going = rows.slice(0, running);
      const logits = await run(going.map((n) => [latest[n] ?? 0]));
      for (const [row, n] of going.entries()) {
        latest[n] = accept(logits.subarray(row * V, (row + 1) * V), n);
      }
    }
  }

  async function generate(options: GenerateOptions): Promise<Generated[]> {
    const { prompts, temperature = 0, topK = 0, topP = 1, seed = 0, signal } = options;
    const decoder = await open();
    const sequences = prompts.map((prompt, i) =>
      new Sequence(Array.from(prompt), i, context, options)
    );
    for (let begin = 0; begin < sequences.length; begin += batch) {
      const sampling = { temperature, topK, topP, seed: (seed + begin) >>> 0 };
      await goOn(decoder, sequences.slice(begin, begin + batch), { sampling, signal });
    }
    return sequences.map(({ tokens, reason }) => ({ tokens, reason: reason ?? "length" }));
  }

  const next = inTurn(generate);
  return {
    batch,
    context,
    get dispatches() {
      return nodes;
    },
    generate(options) {
      checkPrompts(options, config, context);
      return next(options);
    },
    [Symbol.dispose]: () => loaded?.[Symbol.dispose](),
  };
}

/** The weights as parameters of that storage hold them. */
async function storedWeights(
  config: DecoderConfig,
  weights: Readonly<Record<string, Float32Array>>,
  storage: ParameterStorage = "f32",
): Promise<Readonly<Record<string, Float32Array>>> {
  if (storage === "f32") return weights;
  const graph = decoderLogits(config, { batch: 1, time: 1 });
  using parameters = createParameters(null, [graph], { storage });
  parameters.write(weights);
  const stored = Object.entries(await parameters.read());
  return Object.fromEntries(stored.filter(([name]) => name in weights));
}
