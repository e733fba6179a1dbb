/**
 * The next token, drawn where the logits are.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/sample_tokens.wgsl?raw" with { type: "text" };
import { checkShapes, sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { callPerRow } from "./kernel_call.ts";

/** How tokens are drawn. */
export interface Sampling {
  /** What logits are divided by; 0 takes the largest one. */
  readonly temperature: number;
  /** Only the k largest logits may be drawn, and those equal to the last of them; 0 for all. */
  readonly topK: number;
  /** Only the fewest, from the largest on, whose probabilities reach p; 1 for all. */
  readonly topP: number;
  /** With the sequence's number and the position it decides every draw. */
  readonly seed: number;
}

/** What a sequence goes on with: states, all of which the op moves on. */
export interface SampleTokensOptions {
  /** (4) u32, of {@linkcode packSampling}. */
  readonly sampling: Tensor;
  /** (B) u32: the place of the token whose logits these are; at `capacity` or beyond nothing happens. */
  readonly positions: Tensor;
  /** (B) u32: becomes the token that is drawn. */
  readonly tokens: Tensor;
  /** (B, R) u32: the token that followed position p is put at p mod R. */
  readonly recent: Tensor;
  /** Positions a sequence. */
  readonly capacity: number;
}

/**
 * Draws the next token of each sequence: temperature, then top-k, then top-p, then a draw by the
 * Gumbel-max trick, with noise of 24 bits that depends on seed, sequence and position alone. Of equal
 * logits the first. Sums of probabilities have an error of (V / wg + wg) · 2⁻²⁴, within which the last
 * token of top-p may be in or out.
 *
 * Source: Holtzman et al., arXiv 1904.09751 (top-p); Maddison et al., arXiv 1411.0030 (Gumbel-max).
 *
 * @param logits (B, V) f32, V below 2²⁴.
 * @returns (B) u32.
 * @throws {TensorError} "shape".
 */
export function sampleTokens(logits: Tensor, options: SampleTokensOptions): Tensor {
  const { sampling, positions, tokens, recent, capacity } = options;
  const [B = 0, V = 0] = logits.shape;
  const [rows, R = 0] = recent.shape;
  checkShapes(
    logits.shape.length === 2 && rows === B && sameShape(positions.shape, [B]) &&
      sameShape(tokens.shape, [B]) && sameShape(sampling.shape, [4]),
    "sample_tokens",
    {
      logits: logits.shape,
      positions: positions.shape,
      tokens: tokens.shape,
      recent: recent.shape,
    },
    "logits must be (B, V), positions and tokens (B), recent (B, R) and sampling (4)",
  );
  const [chosen] = apply({
    op: "sampleTokens",
    inputs: [logits, sampling, positions, tokens, recent],
    outputs: [{ shape: [B], dtype: "u32" }],
    cpu: (
      logits,
      sampling,
      positions,
    ) => [sampleTokensCpu(logits, unpackSampling(sampling), positions)],
    kernels: ([chosen]) => [
      callPerRow(B, {
        label: "sample_tokens",
        code,
        bindings: [logits, sampling, positions, tokens, recent, chosen],
        constants: { V, CAPACITY: capacity, RECENT: R },
      }, V < 4096 ? 64 : 256),
    ],
  });
  return chosen;
}

/** What the kernel is told, as its four words. */
export function packSampling(
  { temperature, topK, topP, seed }: Sampling,
): Uint32Array<ArrayBuffer> {
  const floats = Float32Array.of(temperature, topP);
  return Uint32Array.of(...new Uint32Array(floats.buffer), topK, seed);
}

function unpackSampling(words: Float64Array): Sampling {
  const [temperature = 0, topP = 1] = new Float32Array(Uint32Array.from(words).buffer);
  return { temperature, topP, topK: words[2] ?? 0, seed: words[3] ?? 0 };
}

/** The reference: the tokens, which it does not put anywhere. */
export function sampleTokensCpu(
  logits: Float64Array,
  sampling: Sampling,
  positions: ArrayLike<number>,
): Float64Array {
  const V = logits.length / positions.length;
  return Float64Array.from(
    positions,
    (position, n) => sampleToken(logits.subarray(n * V, (n + 1) * V), sampling, n, position),
  );
}

/**
 * The draw of one sequence, on the processor: that of `sampleTokens` but for its rounding.
 *
 * @param values (V): the logits.
 * @param n The sequence's number in its batch.
 * @param position The place of the token whose logits these are.
 */
export function sampleToken(
  values: ArrayLike<number>,
  { temperature, topK, topP, seed }: Sampling,
  n: number,
  position: number,
): number {
  const logits = Float64Array.from(values);
  const top = logits.reduce((top, logit) => Math.max(top, logit), -Infinity);
  if (temperature === 0) return Math.max(0, logits.indexOf(top));
  const descending = logits.toSorted().reverse();
  const kept = descending.filter((logit) =>
    topK === 0 || logit >= (descending[topK - 1] ?? -Infinity)
  );
  const masses = kept.map((logit) => Math.exp((logit - top) / temperature));
  const enough = topP * masses.reduce((sum, mass) => sum + mass, 0);
  let mass = 0;
  const last = masses.findIndex((more) => (mass += more) >= enough);
  const least = kept[topP < 1 && last >= 0 ? last : kept.length - 1] ?? -Infinity;
  const stream = hash((hash((hash(seed) ^ n) >>> 0) ^ position) >>> 0);
  const noisy = logits.map((logit, v) => {
    if (logit < least) return -Infinity;
    const uniform = ((hash((stream ^ v) >>> 0) >>> 8) + 0.5) / 2 ** 24;
    return (logit - top) / temperature - Math.log(-Math.log(uniform));
  });
  return noisy.indexOf(noisy.reduce((best, value) => Math.max(best, value)));
}

/** PCG, output permutation RXS-M-XS: Jarzynski, Olano: Hash Functions for GPU Rendering (2020). */
function hash(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}
