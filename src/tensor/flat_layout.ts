/**
 * Many tensors in one buffer: where each one lies.
 *
 * @module
 */

import { formatShape, sizeOf } from "./shape.ts";
import { type ParameterStorage, storedBytes } from "./storage.ts";
import { nodesOf, type Tensor } from "./tensor.ts";
import { TensorError } from "./tensor_error.ts";

/** A leaf and its place in a flat buffer. */
export interface FlatEntry {
  readonly name: string;
  readonly tensor: Tensor;
  readonly storage: ParameterStorage;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** A flat buffer: its entries by name, in order. */
export interface FlatLayout {
  readonly entries: ReadonlyMap<string, FlatEntry>;
  readonly sizeBytes: number;
}

/**
 * Lays leaves out one after the other, each where WebGPU lets a binding begin.
 *
 * @param inHalves Those that are stored as f16.
 * @throws {TensorError} "graph" where two leaves have one name.
 */
export function layOut(
  leaves: readonly Tensor[],
  inHalves: ReadonlySet<Tensor> = new Set(),
): FlatLayout {
  const entries = new Map<string, FlatEntry>();
  let offsetBytes = 0;
  for (const tensor of leaves) {
    const name = tensor.node.leaf?.name ?? "";
    if (entries.has(name)) {
      throw new TensorError(
        "graph",
        `Two leaves have the name "${name}": make it once, or rename.`,
      );
    }
    const storage = inHalves.has(tensor) ? "f16" : "f32";
    const sizeBytes = storedBytes(tensor, storage);
    entries.set(name, { name, tensor, storage, offsetBytes, sizeBytes });
    offsetBytes += Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }
  return { entries, sizeBytes: offsetBytes };
}

/** The leaves of one kind that `tensors` are made from, in the order in which they were made. */
export function leavesOf(tensors: readonly Tensor[], kind: string): Tensor[] {
  return nodesOf(tensors).flatMap(({ leaf, outputs }) => leaf?.kind === kind ? outputs : []);
}

/** @throws {TensorError} "data" unless there are as many values as the tensor has elements. */
export function checkLength({ name, tensor }: FlatEntry, length: number): void {
  if (length === sizeOf(tensor.shape)) return;
  throw new TensorError(
    "data",
    `"${name}" has shape ${formatShape(tensor.shape)}, which is ${sizeOf(tensor.shape)} values, ` +
      `and ${length} were given.`,
  );
}

/** @throws {TensorError} "data" where there is no such name. */
export function entryOf({ entries }: FlatLayout, name: string): FlatEntry {
  const entry = entries.get(name);
  if (entry) return entry;
  const known = [...entries.keys()].join(", ");
  throw new TensorError("data", `There is no "${name}" here, but: ${known}.`);
}

/** The default of `minStorageBufferOffsetAlignment`, which is the most that a device may ask for. */
const ALIGNMENT_BYTES = 256;
