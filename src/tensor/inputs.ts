/**
 * The inputs of a program, in one flat buffer that a step fills with one write.
 *
 * @module
 */

import type { Buffers, Gpu } from "../gpu/mod.ts";
import {
  checkLength,
  entryOf,
  type FlatEntry,
  type FlatLayout,
  layOut,
  leavesOf,
} from "./flat_layout.ts";
import type { Tensor } from "./tensor.ts";
import { TensorError } from "./tensor_error.ts";

/** Values by the name of their input; numbers are converted to the input's dtype. */
export type InputValues = Readonly<Record<string, ArrayLike<number>>>;

/** The inputs of one program. */
export interface Inputs {
  readonly layout: FlatLayout;
  readonly buffer: GPUBuffer;
  /**
   * Fills all inputs: one `writeBuffer`.
   *
   * @throws {TensorError} "data" where one is missing, unknown, of another length or out of range;
   * nothing is written then.
   */
  write(values: InputValues): void;
}

/** Room for every input that `tensors` are made from. */
export function createInputs(gpu: Gpu, buffers: Buffers, tensors: readonly Tensor[]): Inputs {
  const layout = layOut(leavesOf(tensors, "input"));
  const buffer = buffers.zeroed("inputs", layout.sizeBytes);
  const bytes = new ArrayBuffer(layout.sizeBytes);
  return {
    layout,
    buffer,
    write(values) {
      for (const [{ tensor, offsetBytes }, value] of checkedInputs(layout, values)) {
        const Values = tensor.dtype === "u32" ? Uint32Array : Float32Array;
        new Values(bytes, offsetBytes, value.length).set(value);
      }
      // An empty write ends the process in Deno 2.9.6.
      if (bytes.byteLength > 0) gpu.device.queue.writeBuffer(buffer, 0, bytes);
    },
  };
}

/**
 * Each input with its values.
 *
 * @throws {TensorError} "data" where one is missing, unknown, of another length or out of range.
 */
export function checkedInputs(
  layout: FlatLayout,
  values: InputValues,
): [FlatEntry, ArrayLike<number>][] {
  for (const name of Object.keys(values)) entryOf(layout, name);
  return [...layout.entries.values()].map((entry) => {
    const value = values[entry.name];
    if (!value) throw new TensorError("data", `No values for the input "${entry.name}".`);
    checkLength(entry, value.length);
    checkRange(entry, value);
    return [entry, value];
  });
}

function checkRange({ name, tensor: { node: { leaf } } }: FlatEntry, values: ArrayLike<number>) {
  const range = leaf?.kind === "input" ? leaf.range : undefined;
  if (!range) return;
  const i = Array.prototype.findIndex.call(
    values,
    (value) => !(value < range.below) && value !== range.or,
  );
  if (i < 0) return;
  const or = range.or === undefined ? "" : ` or ${range.or}`;
  throw new TensorError(
    "data",
    `"${name}" has ${values[i]} at index ${i}: each value must be below ${range.below}${or}.`,
  );
}
