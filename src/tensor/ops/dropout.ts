/**
 * Dropout: random elements become zero, the others grow so that the mean stays.
 *
 * @module
 */

import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { checkShapes, type Shape, sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { TensorError } from "../tensor_error.ts";

/** How often, and which stream of random numbers. */
export interface DropoutOptions {
  /** The share of elements that become zero, from 0 to below 1. */
  readonly rate: number;
  /** Another one for each use in a graph: uses of one stream drop the same elements. */
  readonly stream: number;
}

/**
 * x / (1 - rate), or 0 with probability `rate`. Which elements is a hash of seed, stream and index,
 * the same on every device: the gradient computes it anew instead of keeping a mask.
 *
 * @param x f32 of any shape, of fewer than 2³² elements.
 * @param seed (1) u32, an input: another one for each step.
 * @throws {TensorError} "shape" for the seed; "graph" where `rate` is out of range.
 */
export function dropout(x: Tensor, seed: Tensor, { rate, stream }: DropoutOptions): Tensor {
  checkShapes(
    sizeOf(seed.shape) === 1 && seed.dtype === "u32",
    "dropout",
    { seed: seed.shape },
    "the seed must be one u32",
  );
  if (!(rate >= 0 && rate < 1)) {
    throw new TensorError("graph", `dropout: rate ${rate} is not from 0 to below 1.`);
  }
  const [y] = apply({
    op: "dropout",
    inputs: [x, seed],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    gradient: (dy) => [dropout(dy, seed, { rate, stream }), undefined],
    cpu: (x, [seed = 0]) => [dropoutCpu(x, seed, { rate, stream })],
    onnx: (graph, value, seed) => {
      const dropped = droppedOnnx(graph, seed, x.shape, { rate, stream });
      const grown = graph.add("Mul", [value, graph.number(1 / (1 - rate))]);
      return [graph.add("Where", [dropped, graph.number(0), grown])];
    },
    formula: {
      expression: (x, seed) =>
        `select(${x} * f32(${1 / (1 - rate)}), 0.0, ` +
        `pcg(pcg(pcg(${seed}) ^ ${stream >>> 0}u) ^ i) < ${threshold(rate)}u)`,
      functions: [PCG],
    },
  });
  return y;
}

/** In ONNX which elements are dropped, once for a shape: exactly those that the kernel drops. */
function droppedOnnx(
  graph: OnnxGraph,
  seed: OnnxValue,
  shape: Shape,
  { rate, stream }: DropoutOptions,
): OnnxValue {
  return graph.once(`dropped ${seed} ${rate} ${stream} ${shape}`, () => {
    const xor = (a: OnnxValue, b: OnnxValue) => graph.add("BitwiseXor", [a, b]);
    const key = hashOnnx(graph, xor(hashOnnx(graph, seed), graph.index(stream)));
    const places = graph.add("Range", [0, sizeOf(shape), 1].map(graph.index));
    const hashes = hashOnnx(graph, xor(key, places));
    const dropped = graph.add("Less", [hashes, graph.index(threshold(rate))]);
    return graph.reshape(dropped, shape);
  });
}

/** `hash` of int64 numbers below 2³²: no product of it reaches 2⁶³. */
function hashOnnx(graph: OnnxGraph, value: OnnxValue): OnnxValue {
  const times = (x: OnnxValue, factor: number) => graph.add("Mul", [x, graph.index(factor)]);
  const low = (x: OnnxValue) => graph.add("Mod", [x, graph.index(2 ** 32)]);
  const shifted = (x: OnnxValue, bits: number) => graph.add("Div", [x, graph.index(2 ** bits)]);
  const xor = (a: OnnxValue, b: OnnxValue) => graph.add("BitwiseXor", [a, b]);
  const state = low(graph.add("Add", [times(value, 747796405), graph.index(2891336453)]));
  const powers = graph.indices(Array.from({ length: 16 }, (_, i) => 2 ** (i + 4)));
  const power = graph.add("Gather", [powers, shifted(state, 28)]);
  const word = low(times(xor(graph.add("Div", [state, power]), state), 277803737));
  return xor(shifted(word, 22), word);
}

/** The reference: drops exactly the elements that the kernel drops. */
export function dropoutCpu(
  x: Float64Array,
  seed: number,
  { rate, stream }: DropoutOptions,
): Float64Array {
  const key = hash((hash(seed) ^ stream) >>> 0);
  const factor = Math.fround(1 / (1 - rate));
  return x.map((x, i) => hash((key ^ i) >>> 0) < threshold(rate) ? 0 : x * factor);
}

/** Of 2³² hashes so many are dropped. */
function threshold(rate: number): number {
  return Math.floor(rate * 2 ** 32);
}

/** PCG, output permutation RXS-M-XS: Jarzynski, Olano: Hash Functions for GPU Rendering (2020). */
const PCG = `
fn pcg(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}
`;

/** The same in JavaScript. */
function hash(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}
