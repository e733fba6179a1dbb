/**
 * The header of a safetensors file: which tensors there are and where they lie. Nothing that it says
 * is believed before it is checked.
 *
 * Source: the format's description, https://github.com/huggingface/safetensors, section Format.
 *
 * @module
 */

import { FLOAT_FORMATS, type FloatFormat } from "./float_format.ts";
import { ModelError } from "./model_error.ts";

/** Where a tensor lies in its file. */
export interface TensorPlace {
  readonly name: string;
  /** `F32`, `BF16`, `I64` … */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

/** What a header says. */
export interface SafetensorsHeader {
  readonly places: readonly TensorPlace[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The number of bytes in front of a header that tell its length. */
export const LENGTH_BYTES = 8;

/**
 * The length of the header that follows the first eight bytes of a file.
 *
 * @throws {ModelError} "file" where it is longer than the file or than 100 MB.
 */
export function headerLengthOf(first: Uint8Array<ArrayBuffer>, sizeBytes: number): number {
  if (first.byteLength < LENGTH_BYTES) {
    throw new ModelError(
      "file",
      `A safetensors file begins with eight bytes, and this one has ${first.byteLength}.`,
    );
  }
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > MOST_HEADER_BYTES || length > sizeBytes - LENGTH_BYTES) {
    throw new ModelError(
      "file",
      `The header would be ${length} bytes in a file of ${sizeBytes}: it is not a safetensors ` +
        "file, or was cut short.",
    );
  }
  return Number(length);
}

/**
 * Reads a header and holds it against the file: every byte after it belongs to exactly one tensor.
 *
 * @param sizeBytes The whole file's.
 * @throws {ModelError} "file", naming the tensor.
 */
export function parseHeader(
  header: Uint8Array<ArrayBuffer>,
  sizeBytes: number,
): SafetensorsHeader {
  const { __metadata__: metadata = {}, ...tensors } = parseObject(header);
  const dataBegin = LENGTH_BYTES + header.byteLength;
  const places = Object.entries(tensors).map(([name, value]) => placeOf(name, value, dataBegin))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = dataBegin;
  for (const { name, begin, end } of places) {
    if (begin !== at) {
      throw new ModelError(
        "file",
        `"${name}" begins at byte ${begin} and should at ${at}: tensors overlap or leave a gap.`,
      );
    }
    at = end;
  }
  if (at !== sizeBytes) {
    throw new ModelError(
      "file",
      `The file has ${sizeBytes} bytes and its header describes ${at}: ` +
        (sizeBytes < at ? "it was cut short, fetch it again." : "something was added to it."),
    );
  }
  return { places, metadata: metadataOf(metadata) };
}

/** A header as bytes, with the eight that tell its length, for tensors one after the other. */
export function writeHeader(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  dtype: FloatFormat,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let at = 0;
  const entries = tensors.map(({ name, shape }) => {
    const begin = at;
    at += sizeOf(shape) * (BYTES.get(dtype) ?? 0);
    return [name, { dtype, shape, data_offsets: [begin, at] }] as const;
  });
  const described = Object.fromEntries<unknown>([["__metadata__", metadata], ...entries]);
  const json = new TextEncoder().encode(JSON.stringify(described));
  // Spaces, so that the data begin where f32 may.
  const padded = new Uint8Array(LENGTH_BYTES + Math.ceil(json.byteLength / 8) * 8).fill(0x20);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.byteLength - LENGTH_BYTES), true);
  padded.set(json, LENGTH_BYTES);
  return padded;
}

/** True for what {@linkcode FLOAT_FORMATS} has. */
export function isFloatFormat(dtype: string): dtype is FloatFormat {
  return FLOAT_FORMATS.some((format) => format === dtype);
}

/** As in the reference implementation. */
const MOST_HEADER_BYTES = 100_000_000;

const BYTES: ReadonlyMap<string, number> = new Map([
  ...["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"].map((dtype) => [dtype, 1] as const),
  ...["U16", "I16", "F16", "BF16"].map((dtype) => [dtype, 2] as const),
  ...["U32", "I32", "F32"].map((dtype) => [dtype, 4] as const),
  ...["U64", "I64", "F64"].map((dtype) => [dtype, 8] as const),
]);

function parseObject(header: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError("file", `The header of a safetensors file is not JSON: ${reason}`, {
      cause,
    });
  }
  if (isObject(value)) return value;
  throw new ModelError("file", "The header of a safetensors file is not an object.");
}

function placeOf(name: string, value: unknown, dataBegin: number): TensorPlace {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  const elementBytes = typeof dtype === "string" ? BYTES.get(dtype) : undefined;
  if (typeof dtype !== "string" || elementBytes === undefined) {
    throw new ModelError("file", `"${clip(name)}" has the unknown dtype ${quote(dtype)}.`);
  }
  if (!isSizes(shape)) {
    throw new ModelError("file", `"${clip(name)}" has the shape ${quote(shape)}.`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw new ModelError("file", `"${clip(name)}" has the offsets ${quote(offsets)}.`);
  }
  const [begin = 0, end = 0] = offsets;
  const sizeBytes = sizeOf(shape) * elementBytes;
  if (end - begin !== sizeBytes) {
    throw new ModelError(
      "file",
      `"${clip(name)}" of ${dtype} and shape ${quote(shape)} needs ${sizeBytes} bytes, and has ` +
        `${end - begin}.`,
    );
  }
  return { name, dtype, shape, begin: dataBegin + begin, end: dataBegin + end };
}

function metadataOf(metadata: unknown): Record<string, string> {
  const entries = isObject(metadata) ? Object.entries(metadata) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 16 &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

function quote(value: unknown): string {
  return clip(JSON.stringify(value) ?? "missing");
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
