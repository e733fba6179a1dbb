/** Ablations that are done in seconds: too small to resolve anything, and whole all the same. */

/** What their specs have in common. */
export const TINY_ABLATION = {
  name: "tiny",
  seeds: [1],
  world: { seed: 3, tasks: 20 },
  tokenizer: { vocabularySize: 320 },
  model: {
    architectures: ["Qwen2ForCausalLM"],
    hidden_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 32,
    max_position_embeddings: 512,
    tie_word_embeddings: true,
  },
  gate: null,
  evaluate: { test: 1, steps: 1, maxTokens: 4, batch: 1 },
};

/** One of their stages, with a loss on all that it reads. */
export function tinyStage(data: Record<string, number>, tokens = 2000) {
  return {
    data,
    tokens,
    epochs: 50,
    batch: 1,
    learningRate: { peak: 1e-3 },
    mask: "all" as const,
  };
}
