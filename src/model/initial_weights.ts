/**
 * Where training begins: weights drawn from a seed.
 *
 * @module
 */

import type { DecoderConfig } from "./config.ts";
import { parameterShapes, type ParameterStart } from "./parameter_shapes.ts";

/**
 * Weights by the names of the graph's parameters: matrices normal with standard deviation 0.02, those
 * that add to the residual stream 0.02 / √(2L); norms ones; biases zeros. The same for the same seed
 * on every machine.
 *
 * Source: Radford et al.: Language Models are Unsupervised Multitask Learners (2019), section 2.3.
 *
 * @throws {ModelError} "config".
 * @example
 * ```ts
 * import { initialWeights, parseConfig } from "bottega";
 * const config = parseConfig({
 *   architectures: ["LlamaForCausalLM"],
 *   vocab_size: 512,
 *   hidden_size: 64,
 *   num_hidden_layers: 2,
 *   num_attention_heads: 4,
 *   intermediate_size: 192,
 * });
 * const weights = initialWeights(config, 1);
 * console.log(weights["model.embed_tokens.weight"]?.length); // 32768
 * ```
 */
export function initialWeights(
  config: DecoderConfig,
  seed: number,
): Record<string, Float32Array<ArrayBuffer>> {
  const draw = normalFrom(seed);
  const deviation: Record<ParameterStart, number> = {
    normal: 0.02,
    residual: 0.02 / Math.sqrt(2 * config.layers),
    ones: 0,
    zeros: 0,
  };
  return Object.fromEntries(
    [...parameterShapes(config)].map(([name, { shape, start }]) => {
      const values = new Float32Array(shape.reduce((size, length) => size * length, 1));
      if (start === "ones") values.fill(1);
      const scale = deviation[start];
      if (scale > 0) values.forEach((_, i) => values[i] = scale * draw());
      return [name, values];
    }),
  );
}

/** Normal numbers of mean 0 and deviation 1, two at a time (Box, Muller 1958). */
function normalFrom(seed: number): () => number {
  const random = uniformFrom(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** Numbers in [0, 1) of 53 bits: xoshiro128**, Blackman and Vigna 2018, seeded by splitmix32. */
function uniformFrom(seed: number): () => number {
  let key = seed >>> 0;
  const state = Uint32Array.from({ length: 4 }, () => {
    key = (key + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(key ^ (key >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  });
  const next = () => {
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const [x, y] = [c ^ a, d ^ b];
    state.set([a ^ y, b ^ x, x ^ (b << 9), rotate(y, 11)]);
    return scrambled;
  };
  return () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
