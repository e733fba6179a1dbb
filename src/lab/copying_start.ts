/**
 * Weights to begin with that copy: a decoder of the Qwen2 kind in which, from the first step on, a head of
 * the first layer tells each token which one came before it, and a head of the second looks for the places
 * where the present token stood before and gives what followed there. Trained from noise, models of a
 * million parameters spend millions of tokens before such heads form, all at once, and an experiment of
 * less finds nothing but whether they did.
 *
 * Sources: Olsson et al.: In-context Learning and Induction Heads, arXiv 2209.11895; Trockman, Kolter:
 * Mimetic Initialization of Self-Attention Layers, arXiv 2305.09828.
 *
 * @module
 */
import { type Random, seededRandom } from "../agent/mod.ts";
import { type DecoderConfig, initialWeights } from "../model/mod.ts";
import { LabError } from "./lab_error.ts";

/** Deviation of embeddings: a token's logit of its own embedding is then C · 0.05. */
const EMBEDDING = 0.05;

/** How sharply the first head looks one place back: the size of its biases. */
const SHARPNESS = 9;

/** Scale of queries and keys that compare tokens. */
const MATCH = 2;

/** How strongly what followed is written, against the present token. */
const WRITE = 3;

/** Pairs of a head that turn by less than this a place compare tokens; the others tell places. */
const SLOW = 0.004;

/**
 * Noise of the seed, with the two heads in it.
 *
 * @throws {LabError} "spec" where there are no two layers, or no biases to tell places by.
 */
export function copyingWeights(
  config: DecoderConfig,
  seed: number,
): Record<string, Float32Array<ArrayBuffer>> {
  const { channels: C, heads: H, kvHeads: KV, headSize: D, ropeTheta, layers } = config;
  if (layers < 2 || config.architecture !== "Qwen2ForCausalLM") {
    throw new LabError(
      "spec",
      `start "copying" takes a Qwen2 of two layers; this is a ${config.architecture} of ${layers}.`,
    );
  }
  const weights = initialWeights(config, seed);
  const of = (layer: number, name: string) => weights[`model.layers.${layer}.self_attn.${name}`]!;
  const embeddings = weights["model.embed_tokens.weight"]!;
  for (const [i, value] of embeddings.entries()) embeddings[i] = value * EMBEDDING / 0.02;

  const random = seededRandom(`copying ${seed}`);
  const [read, write, written] = [0, 1, 2].map(() => orthonormal(random, D, C));
  if (!read || !write || !written) return weights;
  const [keys, values] = [H * D, (H + KV) * D];
  const speeds = Array.from({ length: D / 2 }, (_, pair) => ropeTheta ** (-2 * pair / D));
  const fast = speeds.filter((speed) => speed > SLOW).length;

  // The first layer: queries and keys are the same everywhere, but for how places turn them.
  const first = {
    weight: of(0, "qkv_proj.weight"),
    bias: of(0, "qkv_proj.bias"),
    output: of(0, "o_proj.weight"),
  };
  for (let i = 0; i < D; i++) {
    setRow(first.weight, i, C, null, 0);
    setRow(first.weight, keys + i, C, null, 0);
    setRow(first.weight, values + i, C, read[i], 1);
    setColumn(first.output, i, H * D, write[i], EMBEDDING);
  }
  for (const [pair, speed] of speeds.slice(0, fast).entries()) {
    first.bias[pair] = SHARPNESS;
    first.bias[keys + pair] = SHARPNESS * Math.cos(speed);
    first.bias[keys + pair + D / 2] = SHARPNESS * Math.sin(speed);
  }

  // The second: what a token is, against what came before each other one.
  const second = { weight: of(1, "qkv_proj.weight"), output: of(1, "o_proj.weight") };
  const slow = [...speeds.keys()].slice(fast).flatMap((pair) => [pair, pair + D / 2]);
  for (let i = 0; i < D; i++) {
    const at = slow.indexOf(i);
    setRow(second.weight, i, C, at < 0 ? null : read[at], MATCH);
    setRow(second.weight, keys + i, C, at < 0 ? null : write[at], MATCH);
    setRow(second.weight, values + i, C, written[i], 1);
    setColumn(second.output, i, H * D, written[i], WRITE * EMBEDDING);
  }
  return weights;
}

/** Rows (count, size) of length 1 at right angles. */
function orthonormal(random: Random, count: number, size: number): Float64Array[] {
  const rows: Float64Array[] = [];
  while (rows.length < count) {
    const row = Float64Array.from({ length: size }, () => normal(random));
    // As many as fit are at right angles to each other; in a head wider than the model the rest are not.
    for (const other of rows.slice(0, size - 1)) {
      const shared = dot(row, other);
      for (let i = 0; i < size; i++) row[i] = (row[i] ?? 0) - shared * (other[i] ?? 0);
    }
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Row `row` of a matrix of `width` columns; zeros where there are no values. */
function setRow(
  matrix: Float32Array,
  row: number,
  width: number,
  values: Float64Array | null | undefined,
  scale: number,
): void {
  for (let i = 0; i < width; i++) matrix[row * width + i] = scale * (values?.[i] ?? 0);
}

function setColumn(
  matrix: Float32Array,
  column: number,
  width: number,
  values: Float64Array | undefined,
  scale: number,
): void {
  for (const [i, value] of (values ?? []).entries()) matrix[i * width + column] = scale * value;
}
