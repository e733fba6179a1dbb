/**
 * A message as segments of bytes: its plain value, packed, and after it the large arrays that it holds,
 * as they are. They are neither packed nor joined: a gigabyte costs one copy at each end.
 *
 * The first segment is the length of the packed value (u32) and the value `[tree, arrays]`, where the
 * tree has `null` in the place of each array.
 *
 * @module
 */
import * as v from "valibot";
import { CHUNK_BYTES } from "./frame.ts";
import { packValue, unpackValue } from "./frame_value.ts";
import { WorkerError } from "./worker_link.ts";

/** Smaller arrays are packed with the rest. */
const LARGE_BYTES = 1 << 16;

/** How many large arrays a message may hold. */
const MOST_ARRAYS = 10_000;

/** Deeper values, and those that hold themselves, do not travel. */
const DEPTH_LIMIT = 60;

/** Bytes of the length of the packed value. */
const LENGTH_BYTES = 4;

/**
 * Writes a message. Large arrays are copied, so that what is done to them later does not show, except
 * those over the buffers of `moved`.
 *
 * @throws {WorkerError} `not-plain`, quoting where something is that does not travel.
 */
export function writeMessage(value: unknown, moved: readonly unknown[] = []): Uint8Array[] {
  const found: Found[] = [];
  const tree = withoutLarge(value, [], found);
  const arrays = found.map(({ path, type, bytes }) => ({ path, type, size: bytes.length }));
  const packed = packValue([tree, arrays]);
  const first = new Uint8Array(LENGTH_BYTES + packed.length);
  new DataView(first.buffer).setUint32(0, packed.length);
  first.set(packed, LENGTH_BYTES);
  return [first, ...found.map(({ bytes }) => moved.includes(bytes.buffer) ? bytes : bytes.slice())];
}

/** Reads one message from the pieces in which it comes: each is a whole chunk, or ends its segment. */
export class MessageReader {
  /** What it takes, or will take: segments count from when they are announced. */
  sizeBytes = 0;
  #tree: unknown;
  #arrays: readonly { readonly path: Path; readonly type: ArrayType }[] = [];
  /** The packed value, then the arrays; how many of them are whole, and how far the next one is. */
  #segments: Uint8Array<ArrayBuffer>[] = [];
  #whole = 0;
  #filled = 0;

  /** @param limitBytes Of the whole message. */
  constructor(readonly limitBytes: number) {}

  /** @throws {WorkerError} `bad-message`, `too-large`. */
  push(piece: Uint8Array): void {
    if (this.#segments.length === 0) this.#announce(lengthOf(piece));
    const segment = this.#segments[this.#whole];
    if (!segment) throw bad("goes on after its end");
    if (piece.length !== Math.min(CHUNK_BYTES, segment.length - this.#filled)) {
      throw bad(`comes in pieces of ${piece.length} bytes`);
    }
    segment.set(piece, this.#filled);
    this.#filled += piece.length;
    if (this.#filled < segment.length) return;
    this.#filled = 0;
    this.#whole++;
    if (this.#whole === 1) this.#open(segment);
  }

  /**
   * The message, once all has come.
   *
   * @throws {WorkerError} `bad-message`
   */
  finish(): unknown {
    if (this.#whole === 0 || this.#whole < this.#segments.length) throw bad("ends too early");
    const holder = [this.#tree];
    for (const [i, { path, type }] of this.#arrays.entries()) {
      put(holder, path, typed(type, this.#segments[i + 1] ?? new Uint8Array()));
    }
    return holder[0];
  }

  #open(head: Uint8Array): void {
    const value = v.safeParse(HEAD, unpackValue(head.subarray(LENGTH_BYTES)));
    if (!value.success) throw bad("does not begin with its value");
    const [tree, arrays] = value.output;
    this.#tree = tree;
    this.#arrays = arrays.map(({ path, type, size }) => {
      if (size % ELEMENT_BYTES[type] !== 0) throw bad(`has ${type} of ${size} bytes`);
      this.#announce(size);
      return { path: [0, ...path], type };
    });
  }

  #announce(bytes: number): void {
    this.sizeBytes += bytes;
    if (this.sizeBytes > this.limitBytes) throw tooLarge(this.sizeBytes, this.limitBytes);
    this.#segments.push(new Uint8Array(bytes));
  }
}

/** @param sizeBytes Of the whole message. */
export function tooLarge(sizeBytes: number, limitBytes: number): WorkerError {
  return new WorkerError(
    "too-large",
    `a message of ${sizeBytes} bytes is larger than the ${limitBytes} that travel at once`,
  );
}

type Path = readonly (string | number)[];

interface Found {
  readonly path: Path;
  readonly type: ArrayType;
  readonly bytes: Uint8Array;
}

const ELEMENT_BYTES = {
  ArrayBuffer: 1,
  Int8Array: 1,
  Uint8Array: 1,
  Uint8ClampedArray: 1,
  Int16Array: 2,
  Uint16Array: 2,
  Int32Array: 4,
  Uint32Array: 4,
  Float32Array: 4,
  Float64Array: 8,
  BigInt64Array: 8,
  BigUint64Array: 8,
};

type ArrayType = keyof typeof ELEMENT_BYTES;

const HEAD = v.strictTuple([
  v.unknown(),
  v.pipe(
    v.array(v.strictObject({
      path: v.pipe(
        v.array(v.union([v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(0))])),
        v.maxLength(DEPTH_LIMIT),
      ),
      type: v.picklist(Object.keys(ELEMENT_BYTES) as ArrayType[]),
      size: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    })),
    v.maxLength(MOST_ARRAYS),
  ),
]);

/** The value with `null` in the place of each large array; the same object where it has none. */
function withoutLarge(value: unknown, path: (string | number)[], found: Found[]): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw notPlain(typeof value, path);
  if (typeof value !== "object" || value === null) return value;
  if (path.length > DEPTH_LIMIT) throw notPlain("value nested so deep", path.slice(0, 5));
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    if (value.byteLength < LARGE_BYTES || value instanceof DataView) return value;
    found.push({ path: [...path], ...asBytes(value) });
    return null;
  }
  if (value instanceof Date) return value;
  if (Array.isArray(value) || value instanceof Set) return withoutLargeItems(value, path, found);
  for (const type of [Map, WeakMap, Promise, RegExp, Error, MessagePort]) {
    if (value instanceof type) throw notPlain(type.name, path);
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, item] of Object.entries(value)) {
    path.push(key);
    const kept = withoutLarge(item, path, found);
    path.pop();
    if (kept !== item) (copy ??= { ...value })[key] = kept;
  }
  return copy ?? value;
}

function withoutLargeItems(
  value: readonly unknown[] | ReadonlySet<unknown>,
  path: (string | number)[],
  found: Found[],
): unknown {
  let copy: unknown[] | undefined;
  let i = -1;
  for (const item of value) {
    i++;
    if (typeof item === "number" || typeof item === "string") continue;
    path.push(i);
    const kept = withoutLarge(item, path, found);
    path.pop();
    if (kept !== item) (copy ??= [...value])[i] = kept;
  }
  if (copy && value instanceof Set) throw notPlain("set of large arrays", path);
  return copy ?? value;
}

function asBytes(value: ArrayBuffer | ArrayBufferView): Omit<Found, "path"> {
  if (value instanceof ArrayBuffer) return { type: "ArrayBuffer", bytes: new Uint8Array(value) };
  const type = Object.prototype.toString.call(value).slice(8, -1) as ArrayType;
  return { type, bytes: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) };
}

function typed(type: ArrayType, { buffer }: Uint8Array): unknown {
  return type === "ArrayBuffer" ? buffer : new globalThis[type](buffer as ArrayBuffer);
}

/** Puts an array where the tree has a `null` of its own for it. */
function put(holder: unknown, path: Path, array: unknown): void {
  let at = holder;
  for (const [depth, key] of path.entries()) {
    const isHolder = typeof at === "object" && at !== null && Object.hasOwn(at, key);
    if (!isHolder) throw bad("has an array without a place");
    const record = at as Record<string | number, unknown>;
    if (depth < path.length - 1) at = record[key];
    else if (record[key] === null) record[key] = array;
    else throw bad("has an array in the place of something else");
  }
}

function lengthOf(piece: Uint8Array): number {
  if (piece.length < LENGTH_BYTES) throw bad("begins with too small a piece");
  return LENGTH_BYTES + new DataView(piece.buffer, piece.byteOffset).getUint32(0);
}

function notPlain(what: string, path: Path): WorkerError {
  const where = path.slice(-6).join(".") || "the value";
  return new WorkerError("not-plain", `a ${what} cannot travel to another machine: at ${where}`);
}

function bad(what: string): WorkerError {
  return new WorkerError("bad-message", `a message ${what}`);
}
