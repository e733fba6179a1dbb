/**
 * Decoders as graphs over whole rows of tokens: the loss to train, the losses of single tokens, the
 * logits.
 *
 * @module
 */

import {
  attention,
  crossEntropy,
  IGNORED,
  input,
  maskedMean,
  positions,
  rope,
  type Tensor,
} from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import { forward, logitsOf } from "./forward.ts";
import { type Decay, graphOps } from "./graph_ops.ts";
import { ModelError } from "./model_error.ts";

/** The rows of tokens that a graph is written for. */
export interface DecoderShape {
  /** B rows. */
  readonly batch: number;
  /** T tokens a row. */
  readonly time: number;
  /**
   * Whether rows hold several documents each: an input `starts` (B, T) u32 then tells for each token
   * where in its row its document begins. Where not, each row is one document. By default true for
   * losses and false for logits.
   */
  readonly packed?: boolean;
  /** Which parameters weight decay shrinks, where the graph is trained. */
  readonly decay?: Decay;
}

/**
 * The mean loss in nats over the tokens that have a target: (1) f32. Inputs: `tokens` (B, T) u32,
 * `targets` (B, T) u32 or `IGNORED`, and `starts` (B, T) u32 unless `packed` is false.
 *
 * @throws {ModelError} "config"; "data" where T is over the model's context.
 * @example
 * ```ts
 * import { createParameters, compileTraining, decoderLoss, initialWeights, openGpu, parseConfig } from "bottega";
 * const config = parseConfig({
 *   architectures: ["LlamaForCausalLM"],
 *   vocab_size: 32,
 *   hidden_size: 16,
 *   num_hidden_layers: 1,
 *   num_attention_heads: 2,
 *   intermediate_size: 32,
 * });
 * using gpu = await openGpu();
 * const loss = decoderLoss(config, { batch: 1, time: 4 });
 * using parameters = createParameters(gpu, [loss]);
 * parameters.write(initialWeights(config, 1));
 * using training = await compileTraining(gpu, loss, { parameters });
 * const batch = { tokens: [1, 2, 3, 4], targets: [2, 3, 4, 5], starts: [0, 0, 0, 0] };
 * const [report] = await training.step(batch, 1e-3);
 * console.log(report?.lossNats); // about ln 32
 * ```
 */
export function decoderLoss(config: DecoderConfig, shape: DecoderShape): Tensor {
  const { logits } = decoderGraph(config, { packed: true, ...shape });
  const { losses, targets } = targetLosses(config, logits);
  return maskedMean(losses, targets);
}

/**
 * The loss of each token in nats, 0 where it has no target: (B, T) f32. Inputs as those of
 * {@linkcode decoderLoss}.
 *
 * @throws {ModelError} "config"; "data" where T is over the model's context.
 */
export function decoderTokenLosses(config: DecoderConfig, shape: DecoderShape): Tensor {
  const { logits } = decoderGraph(config, { packed: true, ...shape });
  return targetLosses(config, logits).losses;
}

/**
 * The logits of the token after each token: (B, T, V) f32. Inputs: `tokens` (B, T) u32, and `starts`
 * (B, T) u32 where `packed` is true.
 *
 * @throws {ModelError} "config"; "data" where T is over the model's context.
 */
export function decoderLogits(config: DecoderConfig, shape: DecoderShape): Tensor {
  return decoderGraph(config, shape).logits;
}

/** Every tensor of a decoder that one may want to look at. */
export interface DecoderGraph {
  /** The residual stream after the embedding and after each layer: L + 1 of (B, T, C). */
  readonly residuals: readonly Tensor[];
  /** Queries, keys and values of each layer as attention takes them: L of (B, T, (H + 2KV) · D). */
  readonly heads: readonly Tensor[];
  /** (B, T, V). */
  readonly logits: Tensor;
}

/**
 * The graph with what lies between tokens and logits. Inputs as those of {@linkcode decoderLogits}.
 *
 * @throws {ModelError} "config"; "data" where T is over the model's context.
 */
export function decoderGraph(
  config: DecoderConfig,
  { batch, time, packed = false, decay }: DecoderShape,
): DecoderGraph {
  const ops = graphOps(config, decay);
  checkTime(config, time);
  const tokens = input("tokens", [batch, time], "u32", { below: config.vocabularySize });
  const starts = packed ? input("starts", [batch, time], "u32", { below: time }) : undefined;
  const { heads: H, kvHeads, headSize, ropeTheta: theta } = config;
  const learned = config.architecture === "GPT2LMHeadModel";
  const heads: Tensor[] = [];
  const { residuals, hidden } = forward(config, ops, {
    tokens,
    positions: learned ? positions([batch, time], starts) : undefined,
    attend: (qkv) => {
      const turned = learned ? qkv : rope(qkv, { headSize, heads: H + kvHeads, theta, starts });
      heads.push(turned);
      return attention(turned, { heads: H, kvHeads, starts });
    },
  });
  return { residuals, heads, logits: logitsOf(config, ops, hidden) };
}

/** Targets as an input, and the loss of each. */
export function targetLosses(
  { vocabularySize }: DecoderConfig,
  logits: Tensor,
): { losses: Tensor; targets: Tensor } {
  const range = { below: vocabularySize, or: IGNORED };
  const targets = input("targets", logits.shape.slice(0, -1), "u32", range);
  return { losses: crossEntropy(logits, targets), targets };
}

/** @throws {ModelError} "data" where rows are longer than what the model was made for. */
export function checkTime({ context }: DecoderConfig, time: number): void {
  if (time <= context) return;
  throw new ModelError(
    "data",
    `${time} tokens a row are more than the ${context} that the model was made for ` +
      "(context, max_position_embeddings): use shorter rows.",
  );
}
