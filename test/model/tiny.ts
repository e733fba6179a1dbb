/**
 * Decoders of two layers, small enough for f64, one for each way in which they differ.
 *
 * @module
 */
import type { DecoderConfig } from "../../src/model/mod.ts";

const llama: DecoderConfig = {
  architecture: "LlamaForCausalLM",
  vocabularySize: 20,
  channels: 16,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headSize: 4,
  feedForward: 24,
  context: 64,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
  attentionBias: false,
};

export const TINY = {
  llama,
  qwen2: {
    ...llama,
    architecture: "Qwen2ForCausalLM",
    headSize: 8,
    tiedEmbeddings: false,
    attentionBias: true,
    ropeTheta: 1e6,
  },
  gpt2: {
    ...llama,
    architecture: "GPT2LMHeadModel",
    heads: 2,
    kvHeads: 2,
    headSize: 8,
    ropeTheta: 0,
    attentionBias: true,
  },
} as const satisfies Record<string, DecoderConfig>;
