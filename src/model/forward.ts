/**
 * A decoder's forward pass, up to the last norm, written once. What differs between training and
 * generation, how a token sees those before it, is handed in; so is what the ops are, those of the
 * graph builder or those of another format.
 *
 * @module
 */

import type { DecoderConfig } from "./config.ts";
import { ModelError } from "./model_error.ts";

/** The ops of a decoder over values X. */
export interface ForwardOps<X> {
  /** The parameter of that name. */
  readonly leaf: (name: string) => X;
  /** Rows of a table (V, C). */
  readonly embedding: (table: X, tokens: X) => X;
  readonly add: (a: X, b: X) => X;
  readonly rmsNorm: (x: X, weight: X, epsilon: number) => X;
  readonly layerNorm: (x: X, weight: X, bias: X, epsilon: number) => X;
  /** x · weight, or x · weightᵀ, and what is added to it. */
  readonly linear: (x: X, weight: X, options: LinearOptions<X>) => X;
  /** Of F gates, then F values. */
  readonly swiGlu: (x: X, F: number) => X;
  readonly gelu: (x: X) => X;
}

/** How a weight lies, and what is added to the product. */
export interface LinearOptions<X> {
  readonly transposed: boolean;
  readonly bias?: X | undefined;
  readonly residual?: X | undefined;
}

/** What a forward pass is made from. */
export interface ForwardOptions<X> {
  /** (…) u32. */
  readonly tokens: X;
  /** Of the shape of tokens; needed where positions are learned. */
  readonly positions?: X | undefined;
  /** (…, (H + 2KV) · D) as they come from the product, to (…, H · D). */
  readonly attend: (qkv: X, layer: number) => X;
}

/** The residual stream, after the embedding and after each layer, and normed at the end. */
export interface Forward<X> {
  /** L + 1 values (…, C). */
  readonly residuals: readonly X[];
  /** (…, C). */
  readonly hidden: X;
}

/** All layers and the last norm. */
export function forward<X>(
  config: DecoderConfig,
  ops: ForwardOps<X>,
  options: ForwardOptions<X>,
): Forward<X> {
  return config.architecture === "GPT2LMHeadModel"
    ? forwardGpt2(config, ops, options)
    : forwardLlama(config, ops, options);
}

/** (…, V) of (…, C). */
export function logitsOf<X>(
  { architecture, tiedEmbeddings }: DecoderConfig,
  { linear, leaf }: ForwardOps<X>,
  hidden: X,
): X {
  const table = architecture === "GPT2LMHeadModel"
    ? "transformer.wte.weight"
    : "model.embed_tokens.weight";
  return linear(hidden, leaf(tiedEmbeddings ? table : "lm_head.weight"), { transposed: true });
}

function forwardLlama<X>(
  { layers, feedForward, normEpsilon, attentionBias, architecture }: DecoderConfig,
  { leaf, embedding, rmsNorm, linear, swiGlu }: ForwardOps<X>,
  { tokens, attend }: ForwardOptions<X>,
): Forward<X> {
  const outputBias = attentionBias && architecture === "LlamaForCausalLM";
  let x = embedding(leaf("model.embed_tokens.weight"), tokens);
  const residuals = [x];
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string) => leaf(`model.layers.${layer}.${name}`);
    const qkv = linear(
      rmsNorm(x, of("input_layernorm.weight"), normEpsilon),
      of("self_attn.qkv_proj.weight"),
      { transposed: true, bias: attentionBias ? of("self_attn.qkv_proj.bias") : undefined },
    );
    x = linear(attend(qkv, layer), of("self_attn.o_proj.weight"), {
      transposed: true,
      residual: x,
      bias: outputBias ? of("self_attn.o_proj.bias") : undefined,
    });
    const gateUp = linear(
      rmsNorm(x, of("post_attention_layernorm.weight"), normEpsilon),
      of("mlp.gate_up_proj.weight"),
      { transposed: true },
    );
    x = linear(swiGlu(gateUp, feedForward), of("mlp.down_proj.weight"), {
      transposed: true,
      residual: x,
    });
    residuals.push(x);
  }
  return { residuals, hidden: rmsNorm(x, leaf("model.norm.weight"), normEpsilon) };
}

function forwardGpt2<X>(
  { layers, normEpsilon }: DecoderConfig,
  { leaf, embedding, add, layerNorm, linear, gelu }: ForwardOps<X>,
  { tokens, positions, attend }: ForwardOptions<X>,
): Forward<X> {
  if (!positions) throw new ModelError("data", "GPT-2 needs positions.");
  const normed = (x: X, name: string) =>
    layerNorm(x, leaf(`${name}.weight`), leaf(`${name}.bias`), normEpsilon);
  const dense = (x: X, name: string, residual?: X) =>
    linear(x, leaf(`${name}.weight`), { transposed: false, bias: leaf(`${name}.bias`), residual });

  let x = add(
    embedding(leaf("transformer.wte.weight"), tokens),
    embedding(leaf("transformer.wpe.weight"), positions),
  );
  const residuals = [x];
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string) => `transformer.h.${layer}.${name}`;
    const qkv = dense(normed(x, of("ln_1")), of("attn.c_attn"));
    x = dense(attend(qkv, layer), of("attn.c_proj"), x);
    const hidden = gelu(dense(normed(x, of("ln_2")), of("mlp.c_fc")));
    x = dense(hidden, of("mlp.c_proj"), x);
    residuals.push(x);
  }
  return { residuals, hidden: normed(x, "transformer.ln_f") };
}
