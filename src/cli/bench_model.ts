/**
 * The decoder that is measured: its weights and one batch come from a generator of a line, in an order
 * that any other program can follow.
 *
 * @module
 */
import { type DecoderConfig, parseConfig } from "../model/mod.ts";

/** C channels, L layers, H heads, KV key and value heads, F feed-forward, V vocabulary, T, B. */
export interface BenchSizes {
  readonly C: number;
  readonly L: number;
  readonly H: number;
  readonly KV: number;
  readonly F: number;
  readonly V: number;
  readonly T: number;
  readonly B: number;
}

/** A model to be measured and what it is trained on. */
export interface BenchModel {
  readonly config: DecoderConfig;
  /** By the names of the graph's parameters. */
  readonly weights: Record<string, Float32Array>;
  /** (B, T) u32 each. */
  readonly batch: { readonly tokens: Uint32Array; readonly targets: Uint32Array };
}

/**
 * Draws table, then layer by layer queries, keys, values, output, gate, up and down, each (in, out)
 * from -0.02 to 0.02 by a linear congruential generator; then tokens, whose targets are their
 * successors, the first token's last.
 *
 * @throws {ModelError} "config" for sizes that do not fit each other.
 */
export function drawBench(sizes: BenchSizes): BenchModel {
  const { C, L, H, KV, F, V, T, B } = sizes;
  const config = benchConfig(sizes);
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const draw = (rows: number, columns: number) =>
    Float32Array.from({ length: rows * columns }, () => random() * 0.04);
  /** Drawn as (in, out), kept as (out, in). */
  const drawTransposed = (rows: number, columns: number) => {
    const drawn = draw(rows, columns);
    return drawn.map((_, i) => drawn[(i % rows) * columns + Math.floor(i / rows)] ?? 0);
  };
  const ones = () => new Float32Array(C).fill(1);
  const kvColumns = KV * C / H;

  const weights: Record<string, Float32Array> = {
    "model.embed_tokens.weight": draw(V, C),
    "model.norm.weight": ones(),
  };
  for (let layer = 0; layer < L; layer++) {
    const name = (rest: string) => `model.layers.${layer}.${rest}.weight`;
    weights[name("input_layernorm")] = ones();
    weights[name("self_attn.qkv_proj")] = joined(
      [C, kvColumns, kvColumns].map((columns) => drawTransposed(C, columns)),
    );
    weights[name("self_attn.o_proj")] = drawTransposed(C, C);
    weights[name("post_attention_layernorm")] = ones();
    weights[name("mlp.gate_up_proj")] = joined([F, F].map((columns) => drawTransposed(C, columns)));
    weights[name("mlp.down_proj")] = drawTransposed(F, C);
  }
  const tokens = Uint32Array.from({ length: B * T }, () => Math.floor((random() + 0.5) * V));
  const targets = tokens.map((_, i) => tokens[(i + 1) % (B * T)] ?? 0);
  return { config, weights, batch: { tokens, targets } };
}

/**
 * The decoder of these sizes.
 *
 * @throws {ModelError} "config" for sizes that do not fit each other.
 */
export function benchConfig({ C, L, H, KV, F, V, T }: BenchSizes): DecoderConfig {
  return parseConfig({
    architectures: ["LlamaForCausalLM"],
    vocab_size: V,
    hidden_size: C,
    num_hidden_layers: L,
    num_attention_heads: H,
    num_key_value_heads: KV,
    intermediate_size: F,
    max_position_embeddings: T,
    rope_theta: 10000,
    rms_norm_eps: 1e-6,
    tie_word_embeddings: true,
  });
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}
