/**
 * From the bytes of a piece to its token: open addressing over typed arrays. A token of up to 12
 * bytes lies in its entry, so that one line of the processor's cache answers; longer ones are
 * compared with the vocabulary's bytes.
 *
 * @module
 */
import type { TokenBytes } from "./token_bytes.ts";

/** Bytes that must be readable behind the end of a piece: words are read whole. */
export const PADDING = 16;

/** Longest token that lies in its entry. */
const SHORT = 12;

/** The tokens of a vocabulary by their bytes. About 60 bytes a token. */
export class TokenTable {
  /** Four words an entry: the token's bytes, then `(id + 1) << 4 | length`, 0 where empty. */
  readonly #short: Int32Array;
  readonly #shortMask: number;
  /** Two words an entry: the hash, then `id + 1`. */
  readonly #long: Int32Array;
  readonly #longMask: number;
  readonly #tokens: TokenBytes;
  /** The hash of the piece that was last looked for. */
  hash = 0;

  /** @param isPiece whether the token of an id may be found; added tokens may not */
  constructor(tokens: TokenBytes, isPiece: (id: number) => boolean) {
    const { bytes, offsets } = tokens;
    let [short, long] = [0, 0];
    const size = offsets.length - 1;
    for (let id = 0; id < size; id++) {
      if (offsets[id + 1]! - offsets[id]! <= SHORT) short++;
      else long++;
    }
    const shortSize = tableSize(short);
    const longSize = tableSize(long);
    this.#short = new Int32Array(4 * shortSize);
    this.#shortMask = shortSize - 1;
    this.#long = new Int32Array(2 * longSize);
    this.#longMask = longSize - 1;
    this.#tokens = tokens;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let id = 0; id < size; id++) {
      const from = offsets[id]!;
      const to = offsets[id + 1]!;
      if (from < to && isPiece(id)) this.#insert(view, from, to, id);
    }
  }

  /** The entries of tokens of up to 12 bytes, as they lie here: for the kernel that probes them. */
  get shortEntries(): Int32Array {
    return this.#short;
  }

  /**
   * The token whose bytes are `bytes[from, to)`, at least one, or -1.
   *
   * @param view over `bytes`, with {@linkcode PADDING} behind `to`
   */
  find(view: DataView, bytes: Uint8Array, from: number, to: number): number {
    const n = to - from;
    if (n > SHORT) return this.#findLong(view, bytes, from, to);
    const a = firstWord(view, from, n);
    const b = n > 4 ? firstWord(view, from + 4, n - 4) : 0;
    const c = n > 8 ? firstWord(view, from + 8, n - 8) : 0;
    const hash = mix(mix(mix(n, a), b), c);
    this.hash = hash;
    const table = this.#short;
    for (let slot = hash & this.#shortMask;; slot = (slot + 1) & this.#shortMask) {
      const at = slot << 2;
      const entry = table[at + 3]!;
      if (entry === 0) return -1;
      if (
        table[at] === a && table[at + 1] === b && table[at + 2] === c && (entry & 15) === n
      ) return (entry >>> 4) - 1;
    }
  }

  #findLong(view: DataView, bytes: Uint8Array, from: number, to: number): number {
    const hash = hashLong(view, from, to);
    this.hash = hash;
    const table = this.#long;
    const { bytes: tokens, offsets } = this.#tokens;
    const n = to - from;
    probe: for (let slot = hash & this.#longMask;; slot = (slot + 1) & this.#longMask) {
      const entry = table[2 * slot + 1]!;
      if (entry === 0) return -1;
      if (table[2 * slot] !== hash) continue;
      const start = offsets[entry - 1]!;
      if (offsets[entry]! - start !== n) continue;
      for (let i = 0; i < n; i++) if (tokens[start + i] !== bytes[from + i]) continue probe;
      return entry - 1;
    }
  }

  /** The tokens' bytes are all different, so that the first empty entry is the one. */
  #insert(view: DataView, from: number, to: number, id: number): void {
    const n = to - from;
    if (n > SHORT) {
      const hash = hashLong(view, from, to);
      let slot = hash & this.#longMask;
      while (this.#long[2 * slot + 1] !== 0) slot = (slot + 1) & this.#longMask;
      this.#long[2 * slot] = hash;
      this.#long[2 * slot + 1] = id + 1;
      return;
    }
    const a = firstWord(view, from, n);
    const b = n > 4 ? firstWord(view, from + 4, n - 4) : 0;
    const c = n > 8 ? firstWord(view, from + 8, n - 8) : 0;
    const table = this.#short;
    let slot = mix(mix(mix(n, a), b), c) & this.#shortMask;
    while (table[4 * slot + 3] !== 0) slot = (slot + 1) & this.#shortMask;
    table[4 * slot] = a;
    table[4 * slot + 1] = b;
    table[4 * slot + 2] = c;
    table[4 * slot + 3] = (id + 1) << 4 | n;
  }
}

/** The first four bytes, or all `n` if they are fewer. */
function firstWord(view: DataView, from: number, n: number): number {
  const word = view.getInt32(from, true);
  return n < 4 ? word & -1 >>> (32 - 8 * n) : word;
}

function mix(hash: number, word: number): number {
  hash = Math.imul(hash ^ word, 0x9e3779b1);
  return hash ^ hash >>> 15;
}

/** Of all bytes, four at a time. */
function hashLong(view: DataView, from: number, to: number): number {
  let hash = to - from;
  let at = from;
  for (; at + 4 <= to; at += 4) hash = mix(hash, view.getInt32(at, true));
  const rest = to - at;
  return rest === 0 ? hash : mix(hash, firstWord(view, at, rest));
}

/** A power of two, at most half full. */
function tableSize(entries: number): number {
  return 2 ** Math.ceil(Math.log2(2 * entries + 2));
}
