/**
 * GPT-2 with dropout, written with the graph builder.
 *
 * @module
 */
import {
  add,
  attention,
  crossEntropy,
  dropout,
  embedding,
  gelu,
  IGNORED,
  input,
  layerNorm,
  maskedMean,
  matmul,
  parameter,
  positions,
  type Tensor,
} from "../../src/tensor/mod.ts";
import { randomValues, type Values } from "./check_op.ts";

/** C channels, L layers, H heads, V vocabulary, T time, B batch. */
export interface Gpt2Sizes {
  readonly C: number;
  readonly L: number;
  readonly H: number;
  readonly V: number;
  readonly T: number;
  readonly B: number;
}

/** What an attention is made with. */
export interface LayerOps {
  readonly sizes: Gpt2Sizes;
  /** A parameter of the layer. */
  readonly weight: (name: string, ...shape: number[]) => Tensor;
  readonly drop: (x: Tensor) => Tensor;
}

/** From a layer's normed input (B, T, C) to what its output projection takes. */
export type Attend = (x: Tensor, ops: LayerOps) => Tensor;

/** The loss of a batch: inputs `tokens` and `targets` (B, T), and `seed` (1). */
export function gpt2(sizes: Gpt2Sizes, attend: Attend = attendByHeads): Tensor {
  const { C, L, V, T, B } = sizes;
  const seed = input("seed", [1], "u32");
  let stream = 0;
  const drop = (x: Tensor) => dropout(x, seed, { rate: 0.1, stream: stream++ });
  const normed = (x: Tensor, name: string) =>
    layerNorm(x, parameter(`${name}.weight`, [C]), parameter(`${name}.bias`, [C]));
  const dense = (x: Tensor, name: string, from: number, to: number) =>
    matmul(x, parameter(`${name}.weight`, [from, to]), { bias: parameter(`${name}.bias`, [to]) });

  const table = parameter("wte", [V, C]);
  const tokens = embedding(table, input("tokens", [B, T], "u32", { below: V }));
  let x = drop(add(tokens, embedding(parameter("wpe", [T, C]), positions([B, T]))));
  for (let layer = 0; layer < L; layer++) {
    const weight = (name: string, ...shape: number[]) => parameter(`${layer}.${name}`, shape);
    const attended = attend(normed(x, `${layer}.ln_1`), { sizes, weight, drop });
    x = add(x, drop(dense(attended, `${layer}.attn`, C, C)));
    const hidden = gelu(dense(normed(x, `${layer}.ln_2`), `${layer}.fc`, C, 4 * C));
    x = add(x, drop(dense(hidden, `${layer}.proj`, 4 * C, C)));
  }
  const logits = matmul(normed(x, "ln_f"), table, { transposeB: true });
  const targets = input("targets", [B, T], "u32", { below: V, or: IGNORED });
  return maskedMean(crossEntropy(logits, targets), targets);
}

function attendByHeads(x: Tensor, { sizes: { C, H }, weight }: LayerOps): Tensor {
  const qkv = matmul(x, weight("qkv", C, 3 * C), { bias: weight("qkv.bias", 3 * C) });
  return attention(qkv, { heads: H, kvHeads: H });
}

/** Weights for these parameters, and one batch, the same on every run. */
export function drawGpt2(
  leaves: readonly Tensor[],
  { V, T, B }: Gpt2Sizes,
): { weights: Record<string, Float32Array>; batch: Values } {
  const weights = Object.fromEntries(leaves.map(({ node, shape }, i) => {
    const name = node.leaf?.name ?? "";
    const values = randomValues(shape.reduce((size, length) => size * length, 1), i + 1);
    const nearOne = /ln_.\.weight|gate/.test(name);
    return [name, values.map((value) => nearOne ? 1 + 0.1 * value : 0.2 * value)];
  }));
  const draw = (seed: number) =>
    Uint32Array.from(randomValues(B * T, seed), (value) => Math.floor((value + 1) / 2 * V) % V);
  return { weights, batch: { tokens: draw(1001), targets: draw(1002), seed: Uint32Array.of(7) } };
}
