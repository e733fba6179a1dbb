/**
 * A decoder's forward pass with the graph builder, up to the last norm. What differs between training
 * and generation, how a token sees those before it, is handed in.
 *
 * @module
 */

import {
  add,
  embedding,
  gelu,
  layerNorm,
  matmul,
  parameter,
  rmsNorm,
  swiGlu,
  type Tensor,
} from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import { ModelError } from "./model_error.ts";
import { parameterShapes } from "./parameter_shapes.ts";

/** Leaves of a decoder by name, each made once a graph. */
export type Leaves = (name: string) => Tensor;

/** Which parameters weight decay shrinks: those of two axes or more, or all. */
export type Decay = "matrices" | "all";

/** What a forward pass is made from. */
export interface ForwardOptions {
  readonly leaf: Leaves;
  /** (…) u32. */
  readonly tokens: Tensor;
  /** Of the shape of tokens; needed where positions are learned. */
  readonly positions?: Tensor;
  /** (…, (H + 2KV) · D) as they come from the product, to (…, H · D). */
  readonly attend: (qkv: Tensor, layer: number) => Tensor;
}

/** The residual stream, after the embedding and after each layer, and normed at the end. */
export interface Forward {
  /** L + 1 tensors (…, C). */
  readonly residuals: readonly Tensor[];
  /** (…, C). */
  readonly hidden: Tensor;
}

/** Makes each parameter when it is first asked for. */
export function leavesFor(config: DecoderConfig, decay: Decay = "matrices"): Leaves {
  const shapes = parameterShapes(config);
  const made = new Map<string, Tensor>();
  return (name) => {
    const known = made.get(name);
    if (known) return known;
    const shape = shapes.get(name)?.shape;
    if (!shape) throw new ModelError("weights", `This decoder has no "${name}".`);
    const leaf = parameter(name, shape, decay === "all" ? { decay: true } : {});
    made.set(name, leaf);
    return leaf;
  };
}

/** The graph of all layers and of the last norm. */
export function forward(config: DecoderConfig, options: ForwardOptions): Forward {
  return config.architecture === "GPT2LMHeadModel"
    ? forwardGpt2(config, options)
    : forwardLlama(config, options);
}

/** (…, V) of (…, C). */
export function logitsOf(config: DecoderConfig, leaf: Leaves, hidden: Tensor): Tensor {
  const table = config.architecture === "GPT2LMHeadModel"
    ? "transformer.wte.weight"
    : "model.embed_tokens.weight";
  return matmul(hidden, leaf(config.tiedEmbeddings ? table : "lm_head.weight"), {
    transposeB: true,
  });
}

function forwardLlama(
  { layers, normEpsilon: epsilon, attentionBias, architecture }: DecoderConfig,
  { leaf, tokens, attend }: ForwardOptions,
): Forward {
  const outputBias = attentionBias && architecture === "LlamaForCausalLM";
  let x = embedding(leaf("model.embed_tokens.weight"), tokens);
  const residuals = [x];
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string) => leaf(`model.layers.${layer}.${name}`);
    const qkv = matmul(
      rmsNorm(x, of("input_layernorm.weight"), { epsilon }),
      of("self_attn.qkv_proj.weight"),
      { transposeB: true, ...(attentionBias ? { bias: of("self_attn.qkv_proj.bias") } : {}) },
    );
    x = matmul(attend(qkv, layer), of("self_attn.o_proj.weight"), {
      transposeB: true,
      residual: x,
      ...(outputBias ? { bias: of("self_attn.o_proj.bias") } : {}),
    });
    const gateUp = matmul(
      rmsNorm(x, of("post_attention_layernorm.weight"), { epsilon }),
      of("mlp.gate_up_proj.weight"),
      { transposeB: true },
    );
    x = matmul(swiGlu(gateUp), of("mlp.down_proj.weight"), { transposeB: true, residual: x });
    residuals.push(x);
  }
  return { residuals, hidden: rmsNorm(x, leaf("model.norm.weight"), { epsilon }) };
}

function forwardGpt2(
  { layers, normEpsilon: epsilon }: DecoderConfig,
  { leaf, tokens, positions, attend }: ForwardOptions,
): Forward {
  if (!positions) throw new ModelError("data", "GPT-2 needs positions.");
  const normed = (x: Tensor, name: string) =>
    layerNorm(x, leaf(`${name}.weight`), leaf(`${name}.bias`), { epsilon });
  const dense = (x: Tensor, name: string, residual?: Tensor) =>
    matmul(x, leaf(`${name}.weight`), {
      bias: leaf(`${name}.bias`),
      ...(residual ? { residual } : {}),
    });

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
