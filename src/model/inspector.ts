/**
 * A look inside a decoder: what it expects of each token, what it attends to, how large its activations
 * and their gradients are.
 *
 * @module
 */

import type { Gpu } from "../gpu/mod.ts";
import {
  compile,
  createParameters,
  gradients,
  IGNORED,
  maskedMean,
  type Tensor,
} from "../tensor/mod.ts";
import { attentionWeights } from "./attention_weights.ts";
import type { DecoderConfig } from "./config.ts";
import { decoderGraph, targetLosses } from "./decoder.ts";
import { ModelError } from "./model_error.ts";
import { parameterShapes } from "./parameter_shapes.ts";

/** A token that may come next. */
export interface TokenPrediction {
  readonly token: number;
  readonly probability: number;
}

/** What was found out about N tokens. */
export interface Inspection {
  readonly tokens: readonly number[];
  /** (N): the loss of each token, given those before it; NaN for the first one. */
  readonly lossNats: Float32Array;
  /** The k likeliest tokens after the one at `position`, the likeliest first. */
  predictions(position: number, k: number): TokenPrediction[];
  /** (N, N): how much of what the token of each row sees comes from each column; rows sum to 1. */
  attention(layer: number, head: number): Float32Array;
  /** L + 1 of (N): length of each token's row in the residual stream, from the embedding on. */
  readonly residualNorms: readonly Float32Array[];
  /** L + 1 of (N): length of the mean loss's gradient with respect to it. */
  readonly residualGradientNorms: readonly Float32Array[];
  /** Length of the mean loss's gradient with respect to each parameter, by name. */
  readonly gradientNorms: Readonly<Record<string, number>>;
}

/** A decoder to be looked into. Its owner disposes of it. */
export interface Inspector extends Disposable {
  /** The most tokens at a time. */
  readonly time: number;
  /** @throws {ModelError} "data" for fewer than two tokens, more than `time`, or unknown ones. */
  inspect(tokens: ArrayLike<number>): Promise<Inspection>;
}

/**
 * Compiles a decoder so that all that happens in it can be read. Takes memory for what training would
 * share: meant for small models and short texts.
 *
 * @param gpu `null` for the processor.
 * @param weights By the graph's names.
 * @throws {ModelError} "config"; "data" where `time` is over the model's context.
 * @throws {GpuError} "limit", "shader", "validation", "out-of-memory", "lost".
 */
export async function createInspector(
  gpu: Gpu | null,
  config: DecoderConfig,
  weights: Readonly<Record<string, Float32Array>>,
  { time = Math.min(config.context, 256) }: { readonly time?: number } = {},
): Promise<Inspector> {
  const graph = decoderGraph(config, { batch: 1, time });
  const { losses, targets } = targetLosses(config, graph.logits);
  const loss = maskedMean(losses, targets);
  using owned = new DisposableStack();
  const parameters = owned.use(createParameters(gpu, [loss]));
  parameters.write(weights);
  const names = [...parameterShapes(config).keys()];
  const leaves = graphLeaves(loss, names);
  const slopes = gradients(loss, [...graph.residuals, ...leaves]);
  const outputs = [losses, graph.logits, ...graph.residuals, ...graph.heads, ...slopes];
  const program = owned.use(await compile(gpu, outputs, { parameters }));
  const disposal = owned.move();

  async function inspect(given: ArrayLike<number>): Promise<Inspection> {
    const tokens = Array.from(given);
    const N = tokens.length;
    if (N < 2 || N > time) {
      throw new ModelError("data", `${N} tokens are not from 2 to ${time}: choose another part.`);
    }
    const next = Array.from({ length: time }, (_, t) => t < N - 1 ? tokens[t + 1] ?? 0 : IGNORED);
    const padded = Array.from({ length: time }, (_, t) => tokens[t] ?? 0);
    const [found, logits, ...rest] = await program.run({ tokens: padded, targets: next });
    const [L, C] = [config.layers, config.channels];
    const rows = (values: readonly Float32Array[]) => values.map((each) => rowNorms(each, C, N));
    const heads = rest.slice(L + 1, 2 * L + 1);
    const lossNats = new Float32Array(N).fill(NaN);
    lossNats.set(found?.subarray(0, N - 1) ?? [], 1);
    return {
      tokens,
      lossNats,
      residualNorms: rows(rest.slice(0, L + 1)),
      residualGradientNorms: rows(rest.slice(2 * L + 1, 3 * L + 2)),
      gradientNorms: Object.fromEntries(
        rest.slice(3 * L + 2).map((slope, i) => [names[i], lengthOf(slope)]),
      ),
      predictions(position, k) {
        const V = config.vocabularySize;
        return likeliest(logits?.subarray(position * V, (position + 1) * V) ?? [], k);
      },
      attention: (layer, head) => attentionWeights(config, heads[layer] ?? [], head, N),
    };
  }
  return { time, inspect, [Symbol.dispose]: () => disposal.dispose() };
}

/** The parameters of a graph in the order of `names`. */
function graphLeaves(loss: Tensor, names: readonly string[]): Tensor[] {
  const leaves = new Map<string, Tensor>();
  const left = [loss];
  const seen = new Set<Tensor>();
  for (let tensor = left.pop(); tensor; tensor = left.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    const { leaf, inputs } = tensor.node;
    if (leaf?.kind === "parameter") leaves.set(leaf.name, tensor);
    left.push(...inputs);
  }
  return names.flatMap((name) => leaves.get(name) ?? []);
}

/** The length of each of the first N rows. */
function rowNorms(values: Float32Array, C: number, N: number): Float32Array {
  return Float32Array.from({ length: N }, (_, n) => lengthOf(values.subarray(n * C, (n + 1) * C)));
}

function lengthOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function likeliest(logits: ArrayLike<number>, k: number): TokenPrediction[] {
  const top = Array.from(logits).reduce((top, logit) => Math.max(top, logit), -Infinity);
  const masses = Array.from(logits, (logit) => Math.exp(logit - top));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass, token) => ({ token, probability: mass / total }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, k);
}
