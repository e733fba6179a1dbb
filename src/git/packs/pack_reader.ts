/**
 * Objects of one pack, by their offsets.
 *
 * @see https://git-scm.com/docs/pack-format
 * @module
 */

import { GitError } from "../git_error.ts";
import type { ByteSource } from "./byte_source.ts";
import type { Codec } from "./codec.ts";
import { applyDelta, parseDeltaHead } from "./delta.ts";
import { checkSize, MAX_CHAIN_BYTES, MAX_DELTAS, MAX_OBJECT_BYTES } from "./limits.ts";
import type { ObjectCache } from "./object_cache.ts";

/** The four kinds of object. */
export type ObjectType = "commit" | "tree" | "blob" | "tag";

/** An object as it is kept: its bytes are shared, and not to be changed. */
export interface GitObject {
  readonly type: ObjectType;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What an entry of a pack says of itself. */
export interface PackEntry {
  /** The kind of a whole object; of a delta how its base is named. */
  readonly kind: ObjectType | "ofs-delta" | "ref-delta";
  /** Bytes of the object, or of the delta. */
  readonly sizeBytes: number;
  /** Offset of the zlib stream. */
  readonly dataStart: number;
  /** Offset of the base, where the entry tells it. */
  readonly baseOffset?: number;
  /** Its 20 bytes, where the entry tells them. */
  readonly baseId?: Uint8Array;
}

/** Reads objects of a pack. */
export interface PackReader {
  /**
   * The object at an offset, unless it has more than `maxBytes`: then it is not unpacked.
   *
   * @throws {GitError} `corrupt`, `too-large`
   */
  read(offset: number, maxBytes?: number): GitObject;
  close(): void;
}

/** Bytes of a zlib stream that are looked at first, over what stored blocks would take. */
const SPARE_BYTES = 1024;

/**
 * A reader of the pack `source`.
 *
 * @param findBase the offset in this pack of the object whose 20 bytes of id are given
 */
export function packReader(
  source: ByteSource,
  name: string,
  codec: Codec,
  cache: ObjectCache,
  findBase: (id: Uint8Array) => number,
): PackReader {
  const damaged = (offset: number, cause: unknown) =>
    cause instanceof GitError ? cause : new GitError(
      "corrupt",
      `The pack ${name} is damaged at byte ${offset}: ${
        cause instanceof Error ? cause.message : cause
      }.`,
      { cause },
    );

  function unpack({ dataStart, sizeBytes }: PackEntry): Uint8Array<ArrayBuffer> {
    return inflateFrom(source, codec, dataStart, sizeBytes).bytes;
  }

  function baseOf({ baseId, baseOffset = 0 }: PackEntry): number {
    return baseId === undefined ? baseOffset : findBase(baseId);
  }

  function read(offset: number, maxBytes: number): GitObject {
    const what = `The object at byte ${offset} of ${name}`;
    const deltas: { offset: number; delta: Uint8Array }[] = [];
    let [deltaBytes, chainBytes] = [0, 0];
    let base = cache.get(name, offset);
    for (let at = offset; base === undefined;) {
      const entry = readEntry(source, at);
      if (entry.kind !== "ofs-delta" && entry.kind !== "ref-delta") {
        checkSize(entry.sizeBytes, at === offset ? maxBytes : MAX_OBJECT_BYTES, what);
        base = { type: entry.kind, bytes: unpack(entry) };
        cache.set(name, at, base);
        break;
      }
      checkSize(deltaBytes += entry.sizeBytes, MAX_OBJECT_BYTES, what);
      const delta = unpack(entry);
      // How large the results are is known before any of them is made.
      const { resultBytes } = parseDeltaHead(delta);
      checkSize(resultBytes, at === offset ? maxBytes : MAX_OBJECT_BYTES, what);
      checkSize(chainBytes += resultBytes, MAX_CHAIN_BYTES, what);
      if (deltas.push({ offset: at, delta }) > MAX_DELTAS) {
        throw new RangeError(`more than ${MAX_DELTAS} deltas lie upon each other`);
      }
      at = baseOf(entry);
      base = cache.get(name, at);
    }
    checkSize(deltas.length > 0 ? 0 : base.bytes.length, maxBytes, what);
    for (const { offset, delta } of deltas.reverse()) {
      base = { type: base.type, bytes: applyDelta(base.bytes, delta) };
      cache.set(name, offset, base);
    }
    return base;
  }

  return {
    read(offset, maxBytes = MAX_OBJECT_BYTES) {
      try {
        return read(offset, maxBytes);
      } catch (error) {
        throw damaged(offset, error);
      }
    },
    close: () => source.close(),
  };
}

/**
 * What the entry at `offset` says of itself.
 *
 * @throws {RangeError} if it is no entry
 */
export function readEntry(source: ByteSource, offset: number): PackEntry {
  const bytes = source.read(offset, 64);
  let at = 0;
  const next = () => {
    const byte = bytes[at++];
    if (byte === undefined) throw new RangeError("an entry is cut short");
    return byte;
  };
  let byte = next();
  const code = (byte >> 4) & 7;
  let sizeBytes = byte & 15;
  for (let scale = 16; byte >= 128; scale *= 128) {
    byte = next();
    sizeBytes += (byte & 127) * scale;
    if (scale > 2 ** 46) throw new RangeError("an entry's size is damaged");
  }
  const type = TYPES[code];
  if (type !== undefined) return { kind: type, sizeBytes, dataStart: offset + at };
  if (code === 7) {
    const baseId = bytes.slice(at, at + 20);
    if (baseId.length < 20) throw new RangeError("an entry is cut short");
    return { kind: "ref-delta", sizeBytes, dataStart: offset + at + 20, baseId };
  }
  if (code !== 6) throw new RangeError(`an entry is of the unknown kind ${code}`);
  byte = next();
  let back = byte & 127;
  while (byte >= 128) {
    byte = next();
    back = (back + 1) * 128 + (byte & 127);
    if (back > 2 ** 48) throw new RangeError("an entry's base is damaged");
  }
  if (back === 0 || back >= offset) throw new RangeError("an entry's base is not in the pack");
  return { kind: "ofs-delta", sizeBytes, dataStart: offset + at, baseOffset: offset - back };
}

const TYPES: Readonly<Record<number, ObjectType>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };

/**
 * Inflates the stream at `start`, and tells where in the source it ends.
 *
 * @throws {RangeError} if it is damaged
 */
export function inflateFrom(
  source: ByteSource,
  codec: Codec,
  start: number,
  sizeBytes: number,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly end: number } {
  const rest = source.sizeBytes - start;
  for (let length = sizeBytes + (sizeBytes >> 8) + SPARE_BYTES;; length *= 2) {
    const input = source.read(start, Math.min(length, rest));
    try {
      const inflated = codec.inflate(input, 0, sizeBytes);
      if (inflated !== undefined) return { bytes: inflated.bytes, end: start + inflated.end };
    } catch (error) {
      if (length >= rest || !(error instanceof RangeError)) throw error;
    }
    if (length >= rest) throw new RangeError("a zlib stream is cut short");
  }
}
