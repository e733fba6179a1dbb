/**
 * How the numbers of parameters lie in memory: as the f32 that kernels compute with, or as halves, two
 * in a word, which take half the memory and half the time to be read.
 *
 * @module
 */

import type { FlatEntry, FlatLayout } from "./flat_layout.ts";
import { sizeOf } from "./shape.ts";
import { nodesOf, type Tensor } from "./tensor.ts";
import { TensorError } from "./tensor_error.ts";

/** What parameters can be stored as. */
export const PARAMETER_STORAGES = ["f32", "f16"] as const;

/**
 * `f16`: halves of IEEE 754, for parameters that are only read. Values are rounded to the nearest, ties
 * to even: 11 significant bits from 2⁻¹⁴ to 65504, and multiples of 2⁻²⁴ below. So what was f16 stays
 * as it is, and so does bf16 of at least 2⁻¹⁷ (8 · 10⁻⁶): what is smaller is off by up to 2⁻²⁵. WGSL
 * lets an adapter read what is below 2⁻¹⁴ as 0; llvmpipe and SwiftShader do not.
 */
export type ParameterStorage = typeof PARAMETER_STORAGES[number];

/** Of the parameters in `leaves` those that are only read where ops can read halves. */
export function leavesInHalves(
  leaves: readonly Tensor[],
  tensors: readonly Tensor[],
): ReadonlySet<Tensor> {
  const inFull = new Set([...tensors, ...readsInFull(tensors).map(([, tensor]) => tensor)]);
  return new Set(leaves.filter((leaf) => !inFull.has(leaf)));
}

/** True for a parameter that lies as halves in a layout. */
export function liesInHalves(layout: FlatLayout | undefined, { node: { leaf } }: Tensor): boolean {
  return leaf?.kind === "parameter" && layout?.entries.get(leaf.name)?.storage === "f16";
}

/**
 * Holds the outputs of a program against how its parameters lie.
 *
 * @throws {TensorError} "graph" where one lies as halves and is an output, or read by an op that takes
 * f32 only.
 */
export function checkReads(outputs: readonly Tensor[], layout: FlatLayout): void {
  const reads = [
    ...outputs.map((tensor) => ["an output", tensor] as const),
    ...readsInFull(outputs).map(([op, tensor]) => [`read by ${op}`, tensor] as const),
  ];
  const found = reads.find(([, tensor]) => liesInHalves(layout, tensor));
  if (!found) return;
  const [use, { node: { leaf } }] = found;
  throw new TensorError(
    "graph",
    `"${leaf?.name}" is ${use} here, which takes f32 only, and is stored as f16: create the ` +
      'parameters with storage "f32", or from this graph too.',
  );
}

/** Bytes of so many numbers, in whole words. */
export function storedBytes({ shape }: Tensor, storage: ParameterStorage): number {
  return storage === "f32" ? 4 * sizeOf(shape) : 4 * Math.ceil(sizeOf(shape) / 2);
}

/** @throws {TensorError} "data", quoting the first value that halves cannot hold. */
export function checkStorable({ name, storage }: FlatEntry, values: Float32Array): void {
  if (storage === "f32") return;
  // A loop, since findIndex takes ten times as long, and there may be 10⁸ values.
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) < LEAST_TOO_LARGE) continue;
    throw new TensorError(
      "data",
      `"${name}" has ${values[i]} at index ${i}, and f16 holds finite numbers up to 65504: store ` +
        "weights as f32.",
    );
  }
}

/** Values as they are stored; of halves one more, 0, where they would not fill the last word. */
export function toStored(
  { storage }: FlatEntry,
  values: Float32Array,
): Float32Array | Float16Array {
  if (storage === "f32") return values;
  const halves = new Float16Array(2 * Math.ceil(values.length / 2));
  halves.set(values);
  return halves;
}

/** Stored values as f32. */
export function fromStored({ storage, tensor }: FlatEntry, bytes: ArrayBuffer): Float32Array {
  if (storage === "f32") return new Float32Array(bytes);
  return new Float32Array(new Float16Array(bytes, 0, sizeOf(tensor.shape)));
}

/** Halfway from the largest half to where the next one would be: this and what is above rounds up. */
const LEAST_TOO_LARGE = 65520;

/** What ops read that have to have it as f32, and which op. */
function readsInFull(tensors: readonly Tensor[]): [op: string, tensor: Tensor][] {
  return nodesOf(tensors).flatMap(({ op, inputs, readsHalves }) =>
    inputs.filter((_, i) => !readsHalves.includes(i))
      .map((tensor): [string, Tensor] => [op, tensor])
  );
}
