/**
 * Numbers of 16 bits, as weights are stored, from and to f32.
 *
 * @module
 */

import { ModelError } from "./model_error.ts";

/** Formats of stored weights that are read and written, by their names in safetensors. */
export const FLOAT_FORMATS = ["F32", "F16", "BF16"] as const;

export type FloatFormat = typeof FLOAT_FORMATS[number];

/** Bytes, least significant first, as f32. Exact. */
export function decodeFloats(
  bytes: Uint8Array<ArrayBuffer>,
  format: FloatFormat,
): Float32Array<ArrayBuffer> {
  const { buffer } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const offset = bytes.byteOffset % 4 === 0 ? bytes.byteOffset : 0;
  if (format === "F32") return new Float32Array(buffer, offset, bytes.byteLength / 4);
  const N = bytes.byteLength / 2;
  if (format === "F16") return new Float32Array(new Float16Array(buffer, offset, N));
  const bits = new Uint32Array(new Uint16Array(buffer, offset, N));
  bits.forEach((value, i) => bits[i] = value << 16);
  return new Float32Array(bits.buffer);
}

/**
 * f32 as bytes, rounded to the nearest, ties to even.
 *
 * @throws {ModelError} "weights" where a finite number is too large for f16.
 */
export function encodeFloats(values: Float32Array, format: FloatFormat): Uint8Array<ArrayBuffer> {
  if (format === "F32") return new Uint8Array(Float32Array.from(values).buffer);
  if (format === "F16") {
    const rounded = Float16Array.from(values);
    const i = rounded.findIndex((value, i) => !Number.isFinite(value) && isFinite(values[i] ?? 0));
    if (i < 0) return new Uint8Array(rounded.buffer);
    throw new ModelError(
      "weights",
      `A weight is ${values[i]}, and F16 ends at 65504: store it as BF16 or F32.`,
    );
  }
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return new Uint8Array(Uint16Array.from(bits, roundToBfloat).buffer);
}

/** The upper half of a f32's bits, rounded. */
function roundToBfloat(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  if (isNaN) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
