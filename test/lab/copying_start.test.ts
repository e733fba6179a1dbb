/** A base that begins with heads that copy does copy, before any step of training. */
import { expect, test } from "vitest";
import { seededRandom } from "../../src/agent/mod.ts";
import { copyingWeights } from "../../src/lab/copying_start.ts";
import { createGenerator, initialWeights, parseConfig } from "../../src/model/mod.ts";

const described = {
  architectures: ["Qwen2ForCausalLM"],
  vocab_size: 200,
  hidden_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 128,
  max_position_embeddings: 128,
  rope_theta: 1_000_000,
  tie_word_embeddings: true,
};

/** Of a list that begins again, the share of tokens that are told right from the one before. */
async function copied(weights: Record<string, Float32Array>): Promise<number> {
  using generator = await createGenerator(null, parseConfig(described), weights, {
    batch: 1,
    context: 128,
  });
  const list = seededRandom("copied").shuffled([...Array(200).keys()]).slice(0, 40);
  const prompts = list.slice(1).map((_, i) => Uint32Array.from([...list, ...list.slice(0, i + 1)]));
  const written = await generator.generate({ prompts, maxTokens: 1 });
  return written.filter(({ tokens }, i) => tokens[0] === list[i + 1]).length / prompts.length;
}

test("tells what followed where a token stood before, and noise does not", async () => {
  const config = parseConfig(described);
  expect(await copied(initialWeights(config, 1))).toBeLessThan(0.06);
  for (const seed of [1, 2]) {
    expect(await copied(copyingWeights(config, seed))).toBeGreaterThan(0.4);
  }
});

test("the same seed gives the same weights, another one others", () => {
  const config = parseConfig(described);
  const name = "model.layers.1.self_attn.qkv_proj.weight";
  expect(copyingWeights(config, 1)).toEqual(copyingWeights(config, 1));
  expect(copyingWeights(config, 1)[name]).not.toEqual(copyingWeights(config, 2)[name]);
});

test.each([
  { ...described, num_hidden_layers: 1 },
  { ...described, architectures: ["LlamaForCausalLM"] },
])("needs two layers and biases: %#", (value) => {
  expect(() => copyingWeights(parseConfig(value), 1)).toThrow(/takes a Qwen2 of two layers/);
});
