/**
 * Tensors in files: the safetensors format, read and written piece by piece.
 *
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import type { Shape } from "../tensor/mod.ts";
import { type ByteFile, byteFileOf } from "./byte_file.ts";
import { decodeFloats, encodeFloats, type FloatFormat } from "./float_format.ts";
import { ModelError } from "./model_error.ts";
import {
  headerLengthOf,
  isFloatFormat,
  LENGTH_BYTES,
  parseHeader,
  type TensorPlace,
  writeHeader,
} from "./safetensors_header.ts";

/** A tensor in memory: f32, row-major. */
export interface NamedTensor {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** A tensor in a file. */
export interface StoredTensor {
  readonly name: string;
  /** `F32`, `F16`, `BF16`, or what else was found. */
  readonly dtype: string;
  readonly shape: Shape;
  /**
   * Its values as f32; needs memory for them and for as many bytes of the file.
   *
   * @throws {ModelError} "weights" for another dtype than `F32`, `F16` and `BF16`; "file" where the
   * file has become shorter.
   */
  read(): Promise<Float32Array<ArrayBuffer>>;
}

/** An open file: only its header was read. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Reads the header of a file and checks all of it.
 *
 * @throws {ModelError} "file" for one that is no safetensors file, is cut short or lies about itself.
 */
export async function openSafetensors(
  source: Blob | Uint8Array | ByteFile,
): Promise<SafetensorsFile> {
  const file = byteFileOf(source);
  const { sizeBytes } = file;
  const first = await file.read(0, Math.min(LENGTH_BYTES, sizeBytes));
  const end = LENGTH_BYTES + headerLengthOf(first, sizeBytes);
  const { places, metadata } = parseHeader(await file.read(LENGTH_BYTES, end), sizeBytes);
  return {
    metadata,
    tensors: new Map(places.map((place) => [place.name, stored(file, place)])),
  };
}

/**
 * Reads all tensors of a file into memory.
 *
 * @throws {ModelError} As {@linkcode openSafetensors} and the tensors' `read`; the signal's reason.
 * @example
 * ```ts
 * import { readSafetensors, writeSafetensors } from "bottega";
 * const weight = { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) };
 * const file = new Blob([...writeSafetensors({ weight })]);
 * const { tensors } = await readSafetensors(file);
 * console.log(tensors["weight"]?.values); // 1, 2, 3, 4
 * ```
 */
export async function readSafetensors(
  source: Blob | Uint8Array | ByteFile,
  { signal, onProgress }: Job = {},
): Promise<{ tensors: Record<string, NamedTensor>; metadata: Readonly<Record<string, string>> }> {
  const { tensors, metadata } = await openSafetensors(source);
  const total = [...tensors.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  const read: [string, NamedTensor][] = [];
  let done = 0;
  for (const [name, tensor] of tensors) {
    signal?.throwIfAborted();
    read.push([name, { shape: tensor.shape, values: await tensor.read() }]);
    onProgress?.({ phase: "read", done: done += 4 * sizeOf(tensor.shape), total, unit: "bytes" });
  }
  return { tensors: Object.fromEntries(read), metadata };
}

/** How tensors are stored. */
export interface SafetensorsOptions {
  readonly dtype?: FloatFormat;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A file's bytes in pieces of up to 4 MiB of f32, in order; only one piece is in memory at a time.
 *
 * @throws {ModelError} "weights" where values do not fill their shape or are too large for `dtype`.
 */
export function* writeSafetensors(
  tensors: Readonly<Record<string, NamedTensor>>,
  { dtype = "F32", metadata = { format: "pt" } }: SafetensorsOptions = {},
): Generator<Uint8Array<ArrayBuffer>, void> {
  const entries = Object.entries(tensors);
  for (const [name, { shape, values }] of entries) {
    if (values.length === sizeOf(shape)) continue;
    throw new ModelError(
      "weights",
      `"${name}" has shape (${shape.join(", ")}) and ${values.length} values.`,
    );
  }
  yield writeHeader(entries.map(([name, { shape }]) => ({ name, shape })), dtype, metadata);
  for (const [, { values }] of entries) {
    for (let at = 0; at < values.length; at += PIECE) {
      yield encodeFloats(values.subarray(at, at + PIECE), dtype);
    }
  }
}

/** Values. */
const PIECE = 2 ** 20;

function stored(file: ByteFile, { name, dtype, shape, begin, end }: TensorPlace): StoredTensor {
  return {
    name,
    dtype,
    shape,
    async read() {
      if (!isFloatFormat(dtype)) {
        throw new ModelError("weights", `"${name}" is ${dtype}; weights are F32, F16 or BF16.`);
      }
      const bytes = await file.read(begin, end);
      if (bytes.byteLength === end - begin) return decodeFloats(bytes, dtype);
      throw new ModelError(
        "file",
        `"${name}" ends after ${bytes.byteLength} of ${end - begin} bytes: the file was cut short.`,
      );
    },
  };
}

function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}
