/** config.json of transformers 4 and 5, both ways; what would be another model is refused. */
import { describe, expect, test } from "vitest";
import { ModelError, parseConfig, writeConfig } from "../../src/model/mod.ts";
import { TINY } from "./tiny.ts";

/** Qwen2.5-0.5B as published, with transformers 4. */
const qwen = {
  architectures: ["Qwen2ForCausalLM"],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151643,
  hidden_act: "silu",
  hidden_size: 896,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 24,
  model_type: "qwen2",
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-06,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  use_sliding_window: false,
  vocab_size: 151936,
};

const gpt2 = { model_type: "gpt2", vocab_size: 50257, n_embd: 768, n_layer: 12, n_head: 12 };

describe("parseConfig", () => {
  test("reads a published Qwen2.5", () => {
    expect(parseConfig(qwen)).toEqual({
      architecture: "Qwen2ForCausalLM",
      vocabularySize: 151936,
      channels: 896,
      layers: 24,
      heads: 14,
      kvHeads: 2,
      headSize: 64,
      feedForward: 4864,
      context: 32768,
      ropeTheta: 1e6,
      normEpsilon: 1e-6,
      tiedEmbeddings: true,
      attentionBias: true,
    });
  });

  test("reads the rotary base of transformers 5", () => {
    const { rope_theta: _, ...rest } = qwen;
    const rope_parameters = { rope_type: "default", rope_theta: 5e5 };
    expect(parseConfig({ ...rest, rope_parameters }).ropeTheta).toBe(5e5);
  });

  test("gives GPT-2 the values that transformers gives it", () => {
    expect(parseConfig(gpt2)).toMatchObject({
      headSize: 64,
      feedForward: 3072,
      context: 1024,
      normEpsilon: 1e-5,
      tiedEmbeddings: true,
    });
  });

  test.each(Object.entries(TINY))("reads what is written of %s", (_, config) => {
    expect(parseConfig(JSON.parse(JSON.stringify(writeConfig(config))))).toEqual(config);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ architectures: ["Qwen3ForCausalLM"] }, /architectures is "Qwen3ForCausalLM".*Qwen2For/],
    [{ architectures: undefined, model_type: "mamba" }, /model_type is "mamba"/],
    [{ rope_scaling: { type: "yarn", factor: 4 } }, /rope_scaling is "yarn"/],
    [{ rope_parameters: { rope_type: "llama3" } }, /rope_parameters is "llama3"/],
    [{ use_sliding_window: true }, /use_sliding_window is true/],
    [{ layer_types: ["full_attention", "sliding_attention"] }, /layer_types is "sliding_att/],
    [{ hidden_act: "gelu" }, /hidden_act is "gelu".*"silu"/],
    [{ quantization_config: { bits: 4 } }, /quantization_config is \{"bits":4\}/],
    [{ hidden_size: "896" }, /hidden_size is "896"; it must be a number/],
    [{ hidden_size: undefined }, /hidden_size is missing/],
    [{ num_hidden_layers: 1e9 }, /layers is 1000000000/],
    [{ num_attention_heads: 13 }, /headSize is 68\.9/],
    [{ tie_word_embeddings: "yes" }, /tie_word_embeddings is "yes"/],
    [{ vocab_size: -1 }, /vocabularySize is -1/],
  ])("refuses %j", (change, message) => {
    expect(() => parseConfig({ ...qwen, ...change })).toThrow(message);
    expect(() => parseConfig({ ...qwen, ...change })).toThrow(ModelError);
  });

  test.each([null, 3, "{}", []])("refuses %j", (json) => {
    expect(() => parseConfig(json)).toThrow(/is an object/);
  });
});
