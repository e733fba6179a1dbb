/**
 * Which parameters a decoder has: names, shapes and what each one is for.
 *
 * @module
 */

import type { Shape } from "../tensor/mod.ts";
import { checkConfig, type DecoderConfig } from "./config.ts";

/** How a parameter starts: noise, smaller noise where it adds to the residual stream, ones, zeros. */
export type ParameterStart = "normal" | "residual" | "ones" | "zeros";

/** A parameter of the graph. */
export interface ParameterShape {
  readonly shape: Shape;
  readonly start: ParameterStart;
}

/**
 * Every parameter by its name in the graph, which is Hugging Face's name where a tensor is not fused;
 * queries, keys and values are one matrix (`qkv_proj`), and so are gate and up (`gate_up_proj`).
 *
 * @throws {ModelError} "config".
 */
export function parameterShapes(config: DecoderConfig): Map<string, ParameterShape> {
  checkConfig(config);
  const listed = config.architecture === "GPT2LMHeadModel" ? gpt2(config) : llama(config);
  return new Map(listed.map(([name, start, ...shape]) => [name, { shape, start }]));
}

/**
 * How many numbers the parameters are.
 *
 * @throws {ModelError} "config".
 */
export function countParameters(config: DecoderConfig): number {
  return [...parameterShapes(config).values()]
    .reduce((sum, { shape }) => sum + shape.reduce((size, length) => size * length, 1), 0);
}

type Listed = readonly [name: string, start: ParameterStart, ...shape: number[]];

/** Matrices are (out, in). */
function llama(config: DecoderConfig): Listed[] {
  const { channels: C, heads: H, kvHeads: KV, headSize: D, feedForward: F, vocabularySize: V } =
    config;
  const qkv = (H + 2 * KV) * D;
  const bias = config.attentionBias;
  const outputBias = bias && config.architecture === "LlamaForCausalLM";
  return [
    ["model.embed_tokens.weight", "normal", V, C],
    ...layersOf(config, "model.layers", [
      ["input_layernorm.weight", "ones", C],
      ["self_attn.qkv_proj.weight", "normal", qkv, C],
      ...listedIf(bias, ["self_attn.qkv_proj.bias", "zeros", qkv]),
      ["self_attn.o_proj.weight", "residual", C, H * D],
      ...listedIf(outputBias, ["self_attn.o_proj.bias", "zeros", C]),
      ["post_attention_layernorm.weight", "ones", C],
      ["mlp.gate_up_proj.weight", "normal", 2 * F, C],
      ["mlp.down_proj.weight", "residual", C, F],
    ]),
    ["model.norm.weight", "ones", C],
    ...listedIf(!config.tiedEmbeddings, ["lm_head.weight", "normal", V, C]),
  ];
}

/** Matrices of layers are (in, out), as GPT-2 was published. */
function gpt2(config: DecoderConfig): Listed[] {
  const { channels: C, feedForward: F, vocabularySize: V, context } = config;
  return [
    ["transformer.wte.weight", "normal", V, C],
    ["transformer.wpe.weight", "normal", context, C],
    ...layersOf(config, "transformer.h", [
      ["ln_1.weight", "ones", C],
      ["ln_1.bias", "zeros", C],
      ["attn.c_attn.weight", "normal", C, 3 * C],
      ["attn.c_attn.bias", "zeros", 3 * C],
      ["attn.c_proj.weight", "residual", C, C],
      ["attn.c_proj.bias", "zeros", C],
      ["ln_2.weight", "ones", C],
      ["ln_2.bias", "zeros", C],
      ["mlp.c_fc.weight", "normal", C, F],
      ["mlp.c_fc.bias", "zeros", F],
      ["mlp.c_proj.weight", "residual", F, C],
      ["mlp.c_proj.bias", "zeros", C],
    ]),
    ["transformer.ln_f.weight", "ones", C],
    ["transformer.ln_f.bias", "zeros", C],
    ...listedIf(!config.tiedEmbeddings, ["lm_head.weight", "normal", V, C]),
  ];
}

function layersOf({ layers }: DecoderConfig, prefix: string, listed: readonly Listed[]): Listed[] {
  return Array.from(
    { length: layers },
    (_, layer) => listed.map(([name, ...rest]): Listed => [`${prefix}.${layer}.${name}`, ...rest]),
  ).flat();
}

function listedIf(holds: boolean, listed: Listed): Listed[] {
  return holds ? [listed] : [];
}
