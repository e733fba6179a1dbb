/**
 * Generation without a GPU: the decoder as a model of ONNX, with its cache, on the processor's cores.
 *
 * @module
 */

import type { Tensor } from "onnxruntime-web";
import { inTurn } from "../gpu/mod.ts";
import {
  createParameters,
  type LoadedModel,
  loadOnnxRuntime,
  type Parameters,
  type ParametersOptions,
  type ParameterStorage,
  sampleToken,
  type Sampling,
} from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import { decoderLogits } from "./decoder.ts";
import { areParameters, checkGenerationShape } from "./generation_graph.ts";
import type { TokenGenerator } from "./generator.ts";
import { onnxDecoder } from "./onnx_decoder.ts";
import { checkPrompts, type Generated, type GenerateOptions, Sequence } from "./sequence.ts";

/**
 * A generator like that of a GPU: of the same prompts, options and place in the batch it draws the
 * same tokens, but for rounding. Parameters are read at each call.
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
  const onnx = await loadOnnxRuntime();
  const { kvHeads, headSize, layers, vocabularySize: V } = config;
  let nodes = 0;
  let loaded: LoadedModel | undefined;

  async function open(): Promise<LoadedModel> {
    if (loaded && !areParameters(source)) return loaded;
    loaded?.[Symbol.dispose]();
    const weights = areParameters(source)
      ? await source.read()
      : await storedWeights(config, source, storage);
    const model = onnxDecoder(config, weights, { cache: true });
    nodes = model.nodes.length;
    return loaded = await onnx.open(model);
  }
  if (!areParameters(source)) await open();

  const indices = (values: readonly number[]) =>
    new onnx.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  const empty = () => new onnx.Tensor("float32", new Float32Array(), [1, kvHeads, 0, headSize]);
  const caches = Array.from({ length: layers }, (_, layer) => [`${layer}.key`, `${layer}.value`])
    .flat();

  /** Draws tokens until the sequence has ended; `n` is its number in its batch. */
  async function goOn(
    running: LoadedModel,
    sequence: Sequence,
    { sampling, n, signal }: { sampling: Sampling; n: number; signal: AbortSignal | undefined },
  ): Promise<void> {
    let given: readonly number[] = sequence.prompt;
    let past: Record<string, Tensor> = Object.fromEntries(
      caches.map((name) => [`past_key_values.${name}`, empty()]),
    );
    for (let length = 0; sequence.reason === null;) {
      signal?.throwIfAborted();
      const begin = length;
      length += given.length;
      const results = await running.run({
        input_ids: indices(given),
        attention_mask: indices(Array<number>(length).fill(1)),
        position_ids: indices(given.map((_, i) => begin + i)),
        ...past,
      });
      past = Object.fromEntries(
        caches.map((name) => [`past_key_values.${name}`, results[`present.${name}`] as Tensor]),
      );
      const logits = (results["logits"] as Tensor).data as Float32Array;
      const token = sampleToken(logits.subarray(-V), sampling, n, length - 1);
      sequence.accept(token);
      given = [token];
    }
  }

  async function generate(options: GenerateOptions): Promise<Generated[]> {
    const { prompts, temperature = 0, topK = 0, topP = 1, seed = 0, signal } = options;
    const running = await open();
    const sequences = prompts.map((prompt, i) =>
      new Sequence(Array.from(prompt), i, context, options)
    );
    for (const [i, sequence] of sequences.entries()) {
      const n = i % batch;
      const sampling = { temperature, topK, topP, seed: (seed + i - n) >>> 0 };
      await goOn(running, sequence, { sampling, n, signal });
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
