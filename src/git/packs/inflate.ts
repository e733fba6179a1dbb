/**
 * Inflates one zlib stream of known length within a pack. Unlike the kept libraries it tells where
 * the stream ends, never writes more than was announced, and allocates nothing but the result: a
 * pack is hundreds of thousands of small streams, back to back, of which only the start is known.
 *
 * @see RFC 1950 and RFC 1951
 * @module
 */

/** What one stream holds, and where it ended. */
export interface Inflated {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset of the first byte after the stream. */
  readonly end: number;
}

/**
 * Inflates the stream at `start` of `input`, which must give exactly `sizeBytes` bytes.
 *
 * @returns nothing if the stream goes on behind the end of `input`
 * @throws {RangeError} if it is damaged, or of another size
 */
export function inflate(
  input: Uint8Array,
  start: number,
  sizeBytes: number,
): Inflated | undefined {
  if (start + 2 > input.length) return undefined;
  const [method = 0, flags = 0] = [input[start], input[start + 1]];
  if ((method & 15) !== 8 || ((method << 8) | flags) % 31 !== 0 || (flags & 32) !== 0) {
    throw new RangeError("there is no zlib stream");
  }
  const bytes = new Uint8Array(sizeBytes);
  const end = inflateRaw(input, start + 2, bytes);
  if (end + 4 > input.length) return undefined;
  const sum = new DataView(input.buffer, input.byteOffset + end, 4).getUint32(0);
  if (sum !== adler32(bytes)) throw new RangeError("the sum of a zlib stream does not agree");
  return { bytes, end: end + 4 };
}

const FAST_BITS = 9;
const FAST_MASK = (1 << FAST_BITS) - 1;

/** A prefix code: short codes by table (`symbol << 4 | length`), longer ones by counts, as in RFC 1951. */
interface Code {
  readonly fast: Uint16Array;
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

function newCode(symbols: number): Code {
  return {
    fast: new Uint16Array(1 << FAST_BITS),
    counts: new Uint16Array(16),
    symbols: new Uint16Array(symbols),
  };
}

// Scratch space: the function is never left in the middle.
const literalCode = newCode(288);
const distanceCode = newCode(32);
const lengthCode = newCode(19);
const lengths = new Uint8Array(320);
const offsets = new Uint16Array(16);

const fixedLengths = new Uint8Array(320).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280)
  .fill(8, 280, 288).fill(5, 288);
const fixedLiterals = build(newCode(288), fixedLengths, 0, 288);
const fixedDistances = build(newCode(32), fixedLengths, 288, 30);

const LENGTH_BASE = Uint16Array.of(
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31],
  ...[35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258, 0, 0],
);
const LENGTH_BITS = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0, 0, 0],
);
const DISTANCE_BASE = Uint16Array.of(
  ...[1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769],
  ...[1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577, 0, 0],
);
const DISTANCE_BITS = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12],
  ...[13, 13, 0, 0],
);
/** The order in which the lengths of the code of lengths are written. */
const ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

/** Where in the stream and in the result the inflater is. */
interface Cursor {
  readonly input: Uint8Array;
  /** Offset of the next byte; may pass the end, where zeros are read. */
  at: number;
  /** Bits taken from the input and not used yet, the next one lowest, and how many. */
  hold: number;
  bits: number;
  readonly out: Uint8Array;
  written: number;
}

/** Fills `out`; gives the offset behind the stream, which is past the input if that was too short. */
function inflateRaw(input: Uint8Array, start: number, out: Uint8Array): number {
  const cursor: Cursor = { input, at: start, hold: 0, bits: 0, out, written: 0 };
  try {
    for (let last = false; !last && !isPastEnd(cursor);) {
      last = take(cursor, 1) === 1;
      const kind = take(cursor, 2);
      if (kind === 0) copyStored(cursor);
      else if (kind === 1) inflateBlock(cursor, fixedLiterals, fixedDistances);
      else if (kind === 2) {
        readCodes(cursor);
        inflateBlock(cursor, literalCode, distanceCode);
      } else throw new RangeError("a block is of no known kind");
    }
  } catch (error) {
    // The zeros behind the end make no sense; the rest of the stream may.
    if (!(error instanceof RangeError) || !isPastEnd(cursor)) throw error;
  }
  if (isPastEnd(cursor)) return input.length + 1;
  if (cursor.written < out.length) throw new RangeError("a zlib stream is shorter than announced");
  return cursor.at - (cursor.bits >> 3);
}

function isPastEnd({ input, at, bits }: Cursor): boolean {
  return at - (bits >> 3) > input.length;
}

/** Takes `count` bits, at most 16. */
function take(cursor: Cursor, count: number): number {
  while (cursor.bits < count) {
    const { input, at } = cursor;
    cursor.hold |= (at < input.length ? input[at] as number : 0) << cursor.bits;
    cursor.at++;
    cursor.bits += 8;
  }
  const value = cursor.hold & ((1 << count) - 1);
  cursor.hold >>>= count;
  cursor.bits -= count;
  return value;
}

function copyStored(cursor: Cursor): void {
  take(cursor, cursor.bits & 7);
  const length = take(cursor, 16);
  if ((take(cursor, 16) ^ length) !== 0xffff) throw new RangeError("a block's length is damaged");
  const { input, out, written } = cursor;
  const at = cursor.at - (cursor.bits >> 3);
  Object.assign(cursor, { at: at + length, hold: 0, bits: 0 });
  if (at + length > input.length) return;
  if (written + length > out.length) throw tooLong();
  out.set(input.subarray(at, at + length), written);
  cursor.written += length;
}

/** The symbols of one block. Its state is in locals: this loop is where the time goes. */
function inflateBlock(cursor: Cursor, literals: Code, distances: Code): void {
  const { input, out } = cursor;
  let { at, hold, bits, written } = cursor;
  const inputEnd = input.length;
  const outEnd = out.length;
  const fast = literals.fast;
  const fastFar = distances.fast;
  while (true) {
    while (bits <= 24) {
      hold |= (at < inputEnd ? input[at] as number : 0) << bits;
      at++;
      bits += 8;
    }
    const entry = fast[hold & FAST_MASK] as number;
    const used = entry !== 0 ? entry & 15 : longLength(literals, hold);
    const symbol = entry !== 0 ? entry >> 4 : longSymbol(literals, hold, used);
    hold >>>= used;
    bits -= used;
    if (symbol < 256 && written < outEnd) {
      out[written++] = symbol;
      continue;
    }
    if (symbol === 256 || at - (bits >> 3) > inputEnd) break;
    if (symbol < 256) throw tooLong();
    if (symbol > 285) throw new RangeError("a zlib stream has a length of no known kind");
    const lengthBits = LENGTH_BITS[symbol - 257] as number;
    const length = (LENGTH_BASE[symbol - 257] as number) + (hold & ((1 << lengthBits) - 1));
    hold >>>= lengthBits;
    bits -= lengthBits;
    while (bits <= 24) {
      hold |= (at < inputEnd ? input[at] as number : 0) << bits;
      at++;
      bits += 8;
    }
    const far = fastFar[hold & FAST_MASK] as number;
    const farUsed = far !== 0 ? far & 15 : longLength(distances, hold);
    const slot = far !== 0 ? far >> 4 : longSymbol(distances, hold, farUsed);
    hold >>>= farUsed;
    bits -= farUsed;
    while (bits < 16) {
      hold |= (at < inputEnd ? input[at] as number : 0) << bits;
      at++;
      bits += 8;
    }
    const farBits = DISTANCE_BITS[slot] as number;
    const distance = (DISTANCE_BASE[slot] as number) + (hold & ((1 << farBits) - 1));
    hold >>>= farBits;
    bits -= farBits;
    if (at - (bits >> 3) > inputEnd) break;
    if (distance > written || slot > 29) {
      throw new RangeError("a zlib stream refers to what is not there");
    }
    if (written + length > outEnd) throw tooLong();
    if (distance >= length && length > 24) {
      out.copyWithin(written, written - distance, written - distance + length);
      written += length;
    } else {
      for (const end = written + length; written < end; written++) {
        out[written] = out[written - distance] as number;
      }
    }
  }
  Object.assign(cursor, { at, hold, bits, written });
}

/** Reads the codes of a dynamic block. */
function readCodes(cursor: Cursor): void {
  const literals = take(cursor, 5) + 257;
  const distances = take(cursor, 5) + 1;
  const count = take(cursor, 4) + 4;
  lengths.fill(0);
  for (let index = 0; index < count; index++) lengths[ORDER[index] as number] = take(cursor, 3);
  build(lengthCode, lengths, 0, 19);
  lengths.fill(0);
  for (let index = 0; index < literals + distances;) {
    // At most seven bits; what is not used of them stays.
    while (cursor.bits < 7) {
      const { input, at } = cursor;
      cursor.hold |= (at < input.length ? input[at] as number : 0) << cursor.bits;
      cursor.at++;
      cursor.bits += 8;
    }
    const entry = lengthCode.fast[cursor.hold & FAST_MASK] as number;
    if (entry === 0) throw new RangeError("a code's lengths are damaged");
    cursor.hold >>>= entry & 15;
    cursor.bits -= entry & 15;
    const symbol = entry >> 4;
    if (symbol < 16) {
      lengths[index++] = symbol;
      continue;
    }
    if (symbol === 16 && index === 0) throw new RangeError("a code's lengths are damaged");
    const repeated = symbol === 16 ? lengths[index - 1] as number : 0;
    const times = symbol === 16
      ? 3 + take(cursor, 2)
      : symbol === 17
      ? 3 + take(cursor, 3)
      : 11 + take(cursor, 7);
    if (index + times > literals + distances) throw new RangeError("a code's lengths are damaged");
    lengths.fill(repeated, index, index += times);
  }
  build(literalCode, lengths, 0, literals);
  build(distanceCode, lengths, literals, distances);
}

/** The canonical code of these lengths. */
function build(code: Code, of: Uint8Array, start: number, count: number): Code {
  const { fast, counts, symbols } = code;
  counts.fill(0);
  for (let index = 0; index < count; index++) {
    const length = of[start + index] as number;
    counts[length] = (counts[length] as number) + 1;
  }
  counts[0] = 0;
  let left = 1;
  const offsets = offsetsOf(counts);
  for (let length = 1; length < 16; length++) {
    left = (left << 1) - (counts[length] as number);
    if (left < 0) throw new RangeError("a code has too many symbols");
  }
  for (let symbol = 0; symbol < count; symbol++) {
    const length = of[start + symbol] as number;
    if (length === 0) continue;
    const offset = offsets[length] as number;
    offsets[length] = offset + 1;
    symbols[offset] = symbol;
  }
  fast.fill(0);
  let value = 0;
  let index = 0;
  for (let length = 1; length <= FAST_BITS; length++) {
    for (let of = counts[length] as number; of > 0; of--) {
      const entry = ((symbols[index++] as number) << 4) | length;
      for (let at = reversed(value++, length); at <= FAST_MASK; at += 1 << length) fast[at] = entry;
    }
    value <<= 1;
  }
  return code;
}

function offsetsOf(counts: Uint16Array): Uint16Array {
  offsets[1] = 0;
  for (let length = 1; length < 15; length++) {
    offsets[length + 1] = (offsets[length] as number) + (counts[length] as number);
  }
  return offsets;
}

function reversed(value: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result = (result << 1) | ((value >> bit) & 1);
  return result;
}

/** The length of the code at the low end of `hold`, which the table does not have. */
function longLength({ counts }: Code, hold: number): number {
  let value = 0;
  let first = 0;
  for (let length = 1; length < 16; length++) {
    value |= (hold >>> (length - 1)) & 1;
    const count = counts[length] as number;
    if (value - count < first) return length;
    first = (first + count) << 1;
    value <<= 1;
  }
  throw new RangeError("a zlib stream has a code that stands for nothing");
}

function longSymbol({ counts, symbols }: Code, hold: number, wanted: number): number {
  let value = 0;
  let first = 0;
  let index = 0;
  for (let length = 1; length < wanted; length++) {
    value = (value | ((hold >>> (length - 1)) & 1)) << 1;
    const count = counts[length] as number;
    index += count;
    first = (first + count) << 1;
  }
  value |= (hold >>> (wanted - 1)) & 1;
  return symbols[index + value - first] as number;
}

function tooLong(): RangeError {
  return new RangeError("a zlib stream is longer than announced");
}

function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let at = 0; at < bytes.length;) {
    // As many as can be added before the sums outgrow 32 bits.
    for (const end = Math.min(at + 3800, bytes.length); at < end; at++) {
      low += bytes[at] as number;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}
