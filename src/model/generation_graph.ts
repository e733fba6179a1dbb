/**
 * A decoder over a cache of keys and values, as two graphs: one takes prompts in, the other one draws a
 * token.
 *
 * @module
 */

import {
  cachedAttention,
  input,
  type Parameters,
  sampleTokens,
  state,
  type Tensor,
} from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import { forward, logitsOf } from "./forward.ts";
import { graphOps } from "./graph_ops.ts";
import { ModelError } from "./model_error.ts";

/** The sizes of generation. */
export interface GenerationShape {
  /** B sequences at a time. */
  readonly batch: number;
  /** S: the most tokens of a sequence, prompt and all. */
  readonly context: number;
  /** The tokens of each prompt that are taken in at a time. */
  readonly chunk: number;
  /** R: how many of the latest tokens are kept to be read. */
  readonly recent: number;
}

/** A position that no token has: where a sequence is shorter than others, or there is none. */
export const NO_POSITION = 0xffffffff;

/**
 * Takes in the next `chunk` tokens of each prompt. Inputs `tokens` and `positions` (B · chunk) u32.
 * The result means nothing: what counts is in the caches.
 */
export function prefillGraph(config: DecoderConfig, shape: GenerationShape): Tensor {
  const { batch, chunk } = shape;
  const positions = input("positions", [batch * chunk], "u32");
  const attended: Tensor[] = [];
  forward(config, graphOps(config), {
    tokens: input("tokens", [batch * chunk], "u32", { below: config.vocabularySize }),
    positions,
    attend: (qkv, layer) => {
      const y = attendOver(config, shape, qkv, positions, layer);
      attended.push(y);
      return y;
    },
  });
  // What follows in the last layer is for its logits alone.
  return attended.at(-1) as Tensor;
}

/** Goes on by one token: (B) u32, the tokens that were drawn. All that it needs is in the states. */
export function decodeGraph(config: DecoderConfig, shape: GenerationShape): Tensor {
  const { batch, context, recent } = shape;
  const ops = graphOps(config);
  const tokens = state("tokens", [batch], "u32");
  const positions = state("positions", [batch], "u32");
  const { hidden } = forward(config, ops, {
    tokens,
    positions,
    attend: (qkv, layer) => attendOver(config, shape, qkv, positions, layer),
  });
  return sampleTokens(logitsOf(config, ops, hidden), {
    sampling: state("sampling", [4], "u32"),
    positions,
    tokens,
    recent: state("recent", [batch, recent], "u32"),
    capacity: context,
  });
}

/**
 * @throws {ModelError} "data" where sequences are longer than what the model was made for, or a cache
 * is larger than what a kernel can be given.
 */
export function checkGenerationShape(
  { context: most, layers, kvHeads, headSize }: DecoderConfig,
  { batch, context }: Pick<GenerationShape, "batch" | "context">,
  maxBindingBytes = Infinity,
): void {
  for (const [name, value] of Object.entries({ batch, context })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new ModelError("data", `${name} is ${value}: it must be a whole number from 1.`);
  }
  if (context > most) {
    throw new ModelError(
      "data",
      `A context of ${context} tokens is more than the ${most} that the model was made for ` +
        "(context, max_position_embeddings).",
    );
  }
  const positionBytes = batch * 2 * kvHeads * headSize * 4;
  if (positionBytes * context <= maxBindingBytes) return;
  throw new ModelError(
    "data",
    `Keys and values of ${batch} sequences of ${context} tokens are ` +
      `${positionBytes * context} bytes in each of ${layers} layers, and this GPU takes ` +
      `${maxBindingBytes}: a context of ${Math.floor(maxBindingBytes / positionBytes)} fits.`,
  );
}

/** True for parameters on a GPU, false for weights in memory. */
export function areParameters(
  source: Parameters | Readonly<Record<string, Float32Array>>,
): source is Parameters {
  return typeof source["read"] === "function";
}

function attendOver(
  { architecture, heads, kvHeads, headSize, ropeTheta }: DecoderConfig,
  { batch, context }: GenerationShape,
  qkv: Tensor,
  positions: Tensor,
  layer: number,
): Tensor {
  return cachedAttention(qkv, {
    heads,
    kvHeads,
    theta: architecture === "GPT2LMHeadModel" ? undefined : ropeTheta,
    positions,
    cache: state(`cache ${layer}`, [batch, context, 2 * kvHeads, headSize]),
  });
}
