/**
 * How often each piece occurs in a corpus: what the training of a vocabulary sees of it.
 *
 * @module
 */
import { createSplitter } from "./split_text.ts";
import type { SplitRule } from "./split_rule.ts";
import { isUtf8, utf8 } from "./utf8.ts";

/** Pieces with their counts, as they cross from worker to worker. */
export interface CountedPieces {
  /** The pieces' bytes, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** (P) where each ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** (P) how often each occurs. */
  readonly counts: Float64Array<ArrayBuffer>;
}

/** Longer pieces, rulers and dumps, are counted in parts: no token of use is as long. */
const LONGEST = 128;

/** Counts by bytes; open addressing over typed arrays that grow. */
export class PieceCounts {
  #slots = new Uint32Array(1 << 12);
  #hashes = new Int32Array(1 << 11);
  #ends = new Uint32Array(1 << 11);
  #counts = new Float64Array(1 << 11);
  #bytes = new Uint8Array(1 << 15);
  size = 0;

  /** Counts `bytes[from, to)` as occurring `times` more. */
  add(bytes: Uint8Array, from: number, to: number, times: number): void {
    let hash = to - from;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let entry; (entry = this.#slots[slot]!) > 0; slot = (slot + 1) & mask) {
      if (this.#hashes[entry - 1] !== hash || !this.#is(entry - 1, bytes, from, to)) continue;
      this.#counts[entry - 1]! += times;
      return;
    }
    this.#append(bytes, from, to, hash, times);
    this.#slots[slot] = this.size;
    if (2 * this.size > mask) this.#rehash();
  }

  /** Counts all of `pieces`. */
  addAll({ bytes, ends, counts }: CountedPieces): void {
    for (let i = 0; i < ends.length; i++) this.add(bytes, ends[i - 1] ?? 0, ends[i]!, counts[i]!);
  }

  /** What was counted, in order of first occurrence. */
  toPieces(): CountedPieces {
    const ends = this.#ends.slice(0, this.size);
    return {
      bytes: this.#bytes.slice(0, ends.at(-1) ?? 0),
      ends,
      counts: this.#counts.slice(0, this.size),
    };
  }

  #is(index: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#ends[index - 1] ?? 0;
    if (this.#ends[index]! - start !== to - from) return false;
    for (let i = from; i < to; i++) if (this.#bytes[start + i - from] !== bytes[i]) return false;
    return true;
  }

  #append(bytes: Uint8Array, from: number, to: number, hash: number, times: number): void {
    const start = this.#ends[this.size - 1] ?? 0;
    const end = start + to - from;
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(2 * end));
    if (this.size === this.#ends.length) {
      this.#ends = grown(this.#ends, new Uint32Array(2 * this.size));
      this.#hashes = grown(this.#hashes, new Int32Array(2 * this.size));
      this.#counts = grown(this.#counts, new Float64Array(2 * this.size));
    }
    this.#bytes.set(bytes.subarray(from, to), start);
    this.#ends[this.size] = end;
    this.#hashes[this.size] = hash;
    this.#counts[this.size++] = times;
  }

  #rehash(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let entry = 1; entry <= this.size; entry++) {
      let slot = this.#hashes[entry - 1]! & mask;
      while (this.#slots[slot]! > 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}

/** Counts the pieces of texts in UTF-8. */
export function createPieceCounter(rule: SplitRule): {
  readonly counts: PieceCounts;
  count(text: Uint8Array): void;
} {
  const split = createSplitter(rule);
  const counts = new PieceCounts();
  let ends = new Int32Array(1 << 16);
  return {
    counts,
    count(text) {
      const bytes = isUtf8(text) ? text : new TextEncoder().encode(utf8.decode(text));
      if (bytes.length > ends.length) ends = new Int32Array(bytes.length);
      const pieces = split(bytes, bytes.length, ends);
      for (let i = 0, from = 0; i < pieces; i++) {
        const end = ends[i]!;
        while (from < end) {
          const to = Math.min(end, from + LONGEST);
          counts.add(bytes, from, to, 1);
          from = to;
        }
      }
    },
  };
}

function grown<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(old: T, next: T): T {
  next.set(old);
  return next;
}
