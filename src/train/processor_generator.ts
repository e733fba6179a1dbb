/**
 * Generation without a GPU, for the few lines that a small model writes as it learns: each token goes
 * through the whole row again.
 *
 * @module
 */
import { type DecoderConfig, decoderLogits, type TokenGenerator } from "../model/mod.ts";
import { compile, type Parameters } from "../tensor/mod.ts";

/**
 * A generator of one sequence at a time. Its draws are not those of a GPU's generator; the likeliest
 * token, at temperature 0, is the same.
 */
export async function createProcessorGenerator(
  config: DecoderConfig,
  parameters: Parameters,
  context: number,
): Promise<TokenGenerator> {
  const graph = decoderLogits(config, { batch: 1, time: context });
  const program = await compile(null, [graph], { parameters });
  const V = config.vocabularySize;
  return {
    batch: 1,
    context,
    dispatches: program.dispatches,
    async generate({ prompts, maxTokens, temperature = 0, seed = 0, stop, signal }) {
      const random = uniformFrom(seed);
      const written = [];
      for (const [sequence, prompt] of prompts.entries()) {
        const row = new Uint32Array(context);
        row.set(prompt);
        const tokens: number[] = [];
        let stopped = false;
        for (let at = prompt.length; at < context && tokens.length < maxTokens && !stopped; at++) {
          signal?.throwIfAborted();
          const [logits = new Float32Array()] = await program.run({ tokens: row });
          const token = draw(logits.subarray((at - 1) * V, at * V), temperature, random);
          row[at] = token;
          tokens.push(token);
          stopped = stop?.(sequence, tokens) ?? false;
        }
        const full = tokens.length < maxTokens ? "context" as const : "length" as const;
        written.push({ tokens, reason: stopped ? "stop" as const : full });
      }
      return written;
    },
    [Symbol.dispose]: () => program[Symbol.dispose](),
  };
}

function draw(logits: Float32Array, temperature: number, random: () => number): number {
  const top = logits.reduce((top, value) => Math.max(top, value), -Infinity);
  if (temperature === 0) return Math.max(0, logits.indexOf(top));
  const weights = logits.map((value) => Math.exp((value - top) / temperature));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => (left -= weight) < 0);
  return found < 0 ? weights.length - 1 : found;
}

/** Numbers in [0, 1): splitmix32. */
function uniformFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
