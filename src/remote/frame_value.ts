/**
 * Plain values as bytes: what JSON has, `undefined`, bigints, dates, sets, typed arrays and buffers.
 * Typed arrays stay binary. The packer is msgpackr, of the entry that has no native addon; bytes from
 * outside are looked through before it sees them, so that none of its richer extensions (records,
 * which it compiles to code, errors, regular expressions, pointers) can be reached.
 *
 * @module
 */
import { Packr } from "msgpackr/pack";
import { WorkerError } from "./worker_link.ts";

/** How deep values may be nested. */
const DEPTH_LIMIT = 64;

/** How many values a message may hold: each costs memory beyond its bytes. */
const VALUE_LIMIT = 1 << 22;

const packr = new Packr({
  useRecords: false,
  moreTypes: true,
  mapsAsObjects: true,
  // Views would keep the whole message, and start at odd places.
  copyBuffers: true,
});

/** Bytes that msgpackr keeps at hand for what it packs next. */
const KEPT_BYTES = 1 << 20;

/** Packs a plain value. Functions become `undefined`, and a `Map` of string keys an object. */
export function packValue(value: unknown): Uint8Array {
  const bytes = packr.pack(value);
  if (bytes.length > KEPT_BYTES) packr.useBuffer(new Uint8Array(8192));
  return bytes;
}

/**
 * Unpacks what {@linkcode packValue} has packed, elsewhere.
 *
 * @throws {WorkerError} `bad-message` where the bytes are not those of plain values.
 */
export function unpackValue(bytes: Uint8Array): unknown {
  try {
    new Scan(bytes).all();
    return packr.unpack(bytes);
  } catch (error) {
    if (error instanceof WorkerError) throw error;
    // A view read past the end.
    throw bad("ends too early");
  }
}

/** Bytes of an element, by msgpackr's number of the array: `Int8Array` … `BigUint64Array`, buffer. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  ...[1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8],
  16: 1,
  17: 1,
};

const EXTENSION = { undefined: 0, bigint: 0x42, set: 0x73, typedArray: 0x74, date: 0xff };

/** Walks over packed values without making any. */
class Scan {
  readonly #view: DataView;
  #at = 0;
  #values = 0;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  all(): void {
    this.#value(0);
    if (this.#at !== this.bytes.length) throw bad("goes on after its value");
  }

  #value(depth: number): void {
    if (depth > DEPTH_LIMIT) throw bad(`is nested deeper than ${DEPTH_LIMIT}`);
    if (++this.#values > VALUE_LIMIT) throw bad(`holds more than ${VALUE_LIMIT} values`);
    const token = this.#uint(1);
    if (token < 0x80 || token >= 0xe0) return;
    if (token < 0x90) return this.#map(token & 0x0f, depth);
    if (token < 0xa0) return this.#array(token & 0x0f, depth);
    if (token < 0xc0) return this.#skip(token & 0x1f);
    switch (token) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#skip(this.#uint(1 << token - 0xc4));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#uint(1 << token - 0xc7), false, depth);
      case 0xca:
        return this.#skip(4);
      case 0xcb:
        return this.#skip(8);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#skip(1 << token - 0xcc);
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#skip(1 << token - 0xd0);
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << token - 0xd4, token === 0xd4, depth);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#skip(this.#uint(1 << token - 0xd9));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(2 << token - 0xdc), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(2 << token - 0xde), depth);
      default:
        throw bad(`holds the unknown byte ${token}`);
    }
  }

  #array(length: number, depth: number): void {
    for (let i = 0; i < length; i++) this.#value(depth + 1);
  }

  #map(size: number, depth: number): void {
    for (let i = 0; i < size; i++) {
      const token = this.bytes[this.#at] ?? 0;
      const isString = token >= 0xa0 && token < 0xc0 || token >= 0xd9 && token <= 0xdb;
      if (!isString) throw bad("holds a key that is no text");
      const from = this.#at + (token < 0xc0 ? 1 : 1 + (1 << token - 0xd9));
      this.#value(depth + 1);
      if (isProto(this.bytes.subarray(from, this.#at))) throw bad('holds the key "__proto__"');
      this.#value(depth + 1);
    }
  }

  #extension(length: number, single: boolean, depth: number): void {
    const type = this.#uint(1);
    const first = this.bytes[this.#at] ?? 0;
    this.#skip(length);
    if (type === EXTENSION.undefined && single) return;
    if (type === EXTENSION.set && single) {
      const token = this.bytes[this.#at] ?? 0;
      if (token < 0x90 || token >= 0xa0 && token !== 0xdc && token !== 0xdd) {
        throw bad("holds a set of something else than a list");
      }
      return this.#value(depth + 1);
    }
    if (type === EXTENSION.bigint && length >= 1 && length <= 1024) return;
    if (type === EXTENSION.date && [4, 8, 12].includes(length)) return;
    const elementBytes = ELEMENT_BYTES[first];
    const isArray = type === EXTENSION.typedArray && length >= 1 && elementBytes !== undefined &&
      (length - 1) % elementBytes === 0;
    if (!isArray) throw bad(`holds an extension ${type} of ${length} bytes, which is not plain`);
  }

  #uint(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #skip(size: number): void {
    this.#at += size;
    if (this.#at > this.bytes.length) throw bad("ends too early");
  }
}

const PROTO = new TextEncoder().encode("__proto__");

function isProto(key: Uint8Array): boolean {
  return key.length === PROTO.length && PROTO.every((byte, i) => key[i] === byte);
}

function bad(what: string): WorkerError {
  return new WorkerError("bad-message", `a message ${what}`);
}
