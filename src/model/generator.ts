/**
 * Generation: prompts in, tokens out, several sequences at a time.
 *
 * @module
 */

import { createStaging, type Gpu, inTurn } from "../gpu/mod.ts";
import {
  compile,
  createParameters,
  createStates,
  packSampling,
  type Parameters,
  type ParametersOptions,
  type Tuning,
} from "../tensor/mod.ts";
import { checkConfig, type DecoderConfig } from "./config.ts";
import {
  areParameters,
  checkGenerationShape,
  decodeGraph,
  type GenerationShape,
  NO_POSITION,
  prefillGraph,
} from "./generation_graph.ts";
import { ModelError } from "./model_error.ts";
import { parameterShapes } from "./parameter_shapes.ts";
import { createProcessorGenerator } from "./processor_generator.ts";
import { checkPrompts, type Generated, type GenerateOptions, Sequence } from "./sequence.ts";

/** What a generator is made for. */
export interface GeneratorOptions extends ParametersOptions {
  /** B: sequences that are generated at the same time; more prompts go one group after the other. */
  readonly batch?: number;
  /**
   * The most tokens of a sequence, prompt and all; at most the model's context, and by default that or
   * 2,048.
   */
  readonly context?: number;
  readonly tuning?: Tuning;
}

/** A compiled decoder with room for its keys and values. Its owner disposes of it. */
export interface TokenGenerator extends Disposable {
  readonly batch: number;
  readonly context: number;
  /** Dispatches of one token of all sequences; without a GPU, nodes of ONNX. */
  readonly dispatches: number;
  /**
   * Goes on with each prompt until it ends. Parameters are taken as they are when it runs, so a model
   * in training can be sampled between two steps. Calls wait for each other.
   *
   * @returns What follows each prompt, in their order.
   * @throws {ModelError} "data" for a prompt that is empty, too long, or has unknown tokens, and for
   * options out of range; the signal's reason, between a few tokens.
   */
  generate(options: GenerateOptions): Promise<Generated[]>;
}

/**
 * Compiles a decoder for generation. Memory: 8 · B · S · KV · D bytes a layer for keys and values.
 *
 * A token of all sequences costs one pass over the weights; several tokens are one submit, no object is
 * made for them, and they are read while the next ones are computed.
 *
 * @param gpu `null` for the processor, by onnxruntime-web's WebAssembly: the same tokens, but for
 * rounding. Of weights, not of parameters, it keeps what sequences have read: a prompt that goes on from
 * one of the call before costs its new tokens alone.
 * @param source Parameters, such as those in training, or weights by the graph's names, which are put
 * into parameters of the given storage.
 * @throws {ModelError} "config"; "weights" where one is missing; "data" where the context is longer than
 * the model's, keys and values do not fit, or parameters have another storage than is asked for.
 * @throws {TensorError} "data" where a weight is no f16 and should be.
 * @throws {GpuError} "limit", "shader", "validation", "out-of-memory", "lost".
 * @example
 * ```ts
 * import { createGenerator, initialWeights, openGpu, parseConfig } from "bottega";
 * const config = parseConfig({
 *   architectures: ["LlamaForCausalLM"],
 *   vocab_size: 32,
 *   hidden_size: 16,
 *   num_hidden_layers: 1,
 *   num_attention_heads: 2,
 *   intermediate_size: 32,
 * });
 * using gpu = await openGpu();
 * using generator = await createGenerator(gpu, config, initialWeights(config, 1), { context: 64 });
 * const [first] = await generator.generate({ prompts: [[1, 2, 3]], maxTokens: 8 });
 * console.log(first?.tokens, first?.reason);
 * ```
 */
export async function createGenerator(
  gpu: Gpu | null,
  config: DecoderConfig,
  source: Parameters | Readonly<Record<string, Float32Array>>,
  { batch = 1, context = Math.min(config.context, 2048), storage, tuning }: GeneratorOptions = {},
): Promise<TokenGenerator> {
  checkConfig(config);
  const given = areParameters(source) ? source : undefined;
  if (given && storage !== undefined && given.storage !== storage) {
    throw new ModelError(
      "data",
      `The parameters are stored as ${given.storage}, and not as ${storage}: create them so.`,
    );
  }
  if (!gpu) return await createProcessorGenerator(config, source, { batch, context, storage });
  checkGenerationShape(config, { batch, context }, gpu.device.limits.maxStorageBufferBindingSize);
  const burst = gpu.software ? 4 : 8;
  const shape = { batch, context, chunk: Math.min(context, 64), recent: burst };
  using owned = new DisposableStack();
  const prefill = prefillGraph(config, shape);
  const decode = decodeGraph(config, shape);
  const parameters = given ?? owned.use(createParameters(gpu, [decode], { storage }));
  if (!areParameters(source)) {
    const missing = [...parameterShapes(config).keys()].find((name) =>
      !Object.hasOwn(source, name)
    );
    if (missing !== undefined) throw new ModelError("weights", `"${missing}" has no values.`);
    parameters.write(source);
  }
  const states = owned.use(createStates(gpu, [prefill, decode]));
  const options = { parameters, states, ...(tuning ? { tuning } : {}) };
  const prefillProgram = owned.use(await compile(gpu, [prefill], options));
  const decodeProgram = owned.use(await compile(gpu, [decode], { ...options, repeat: burst }));
  const recent = states.get("recent")?.buffer as GPUBuffer;
  const stagings = [0, 1].map(() => owned.use(createStaging(gpu, recent.size)));

  /** Puts all but the last token of each prompt into the caches. */
  async function takeIn(sequences: readonly Sequence[], signal?: AbortSignal): Promise<void> {
    const longest = Math.max(...sequences.map(({ prompt }) => prompt.length - 1));
    for (let begin = 0; begin < longest; begin += shape.chunk) {
      signal?.throwIfAborted();
      await prefillProgram.submit(chunkOf(sequences, begin, shape), []);
    }
    const filled = (of: (sequence: Sequence) => number, rest: number) =>
      Uint32Array.from({ length: batch }, (_, b) => sequences[b] ? of(sequences[b]) : rest);
    states.write("tokens", filled(({ prompt }) => prompt.at(-1) ?? 0, 0));
    states.write("positions", filled(({ prompt }) => prompt.length - 1, NO_POSITION));
  }

  /** Draws tokens until all sequences have ended; one burst is computed while another is read. */
  async function goOn(sequences: readonly Sequence[], signal?: AbortSignal): Promise<void> {
    const longest = Math.max(...sequences.map(({ most }) => most));
    const bursts = Math.ceil(longest / burst);
    const running: Promise<PromiseSettledResult<[ArrayBuffer]>[]>[] = [];
    // Settled, since one that fails before it is awaited must not count as unhandled.
    const start = (i: number) =>
      running.push(Promise.allSettled([decodeProgram.submit({}, [recent], stagings[i % 2])]));
    try {
      if (bursts > 0) start(0);
      for (let i = 0; i < bursts && sequences.some(({ reason }) => reason === null); i++) {
        signal?.throwIfAborted();
        if (i + 1 < bursts) start(i + 1);
        const [outcome] = await running.shift() ?? [];
        signal?.throwIfAborted();
        if (outcome?.status !== "fulfilled") throw outcome?.reason;
        const tokens = new Uint32Array(outcome.value[0]);
        for (let step = 0; step < burst; step++) {
          for (const [b, sequence] of sequences.entries()) {
            const position = sequence.prompt.length - 1 + i * burst + step;
            sequence.accept(tokens[b * burst + position % burst] ?? 0);
          }
        }
      }
    } finally {
      await Promise.all(running);
    }
  }

  async function generate(options: GenerateOptions): Promise<Generated[]> {
    const { prompts, temperature = 0, topK = 0, topP = 1, seed = 0, signal } = options;
    const sequences = prompts.map((prompt, i) =>
      new Sequence(Array.from(prompt), i, context, options)
    );
    for (let begin = 0; begin < sequences.length; begin += batch) {
      const group = sequences.slice(begin, begin + batch);
      states.write("sampling", packSampling({ temperature, topK, topP, seed: seed + begin }));
      await takeIn(group, signal);
      await goOn(group, signal);
    }
    return sequences.map(({ tokens, reason }) => ({ tokens, reason: reason ?? "length" }));
  }

  const disposal = owned.move();
  const next = inTurn(generate);
  return {
    batch,
    context,
    dispatches: decodeProgram.dispatches / burst,
    generate(options) {
      checkPrompts(options, config, context);
      return next(options);
    },
    [Symbol.dispose]: () => disposal.dispose(),
  };
}

/** The tokens of all prompts from `begin` on, and their positions; their last ones are left out. */
function chunkOf(
  sequences: readonly Sequence[],
  begin: number,
  { batch, chunk }: GenerationShape,
): { tokens: Uint32Array; positions: Uint32Array } {
  const tokens = new Uint32Array(batch * chunk);
  const positions = new Uint32Array(batch * chunk).fill(NO_POSITION);
  for (const [b, { prompt }] of sequences.entries()) {
    for (let t = 0; t < chunk && begin + t < prompt.length - 1; t++) {
      tokens[b * chunk + t] = prompt[begin + t] ?? 0;
      positions[b * chunk + t] = begin + t;
    }
  }
  return { tokens, positions };
}
