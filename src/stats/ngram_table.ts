/**
 * A table of n-grams and their counts that never grows beyond a capacity. Where more n-grams occur, it
 * keeps those whose hash begins with a zero bit, then with two, and so on: a sample of the kinds of
 * n-grams, each with its exact count (adaptive sampling, Wegman; Flajolet 1990). What is kept depends
 * on what occurs and not on its order, so that tables of shards merge into the table of the whole.
 *
 * @module
 */

import { StatisticsError } from "./error.ts";

/** Counts of n-grams. Plain data: it survives `postMessage` unchanged. */
export interface NgramCounts {
  readonly n: number;
  /** n-grams that were counted, repetitions included. */
  readonly total: number;
  /** Of each 2^level different n-grams one is in the table; 0: all of them. */
  readonly level: number;
  /** Most n-grams that the table keeps. */
  readonly capacity: number;
  /** (D, 2) low and high word of each one's hash, ascending by high and low word. */
  readonly hashes: Uint32Array<ArrayBuffer>;
  /** (D) how often each one occurs. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** (D, n) its tokens. */
  readonly tokens: Uint32Array<ArrayBuffer>;
}

/** A table that is being filled. */
export class NgramTable {
  readonly n: number;
  readonly capacity: number;
  /** n-grams that were counted, repetitions and those outside the sample included. */
  total = 0;
  #level = 0;
  #size = 0;
  /** 1 + entry, 0 where a slot is free; a power of two of them, half full at most. */
  #slots = new Int32Array(128);
  #low = new Uint32Array(64);
  #high = new Uint32Array(64);
  #counts = new Uint32Array(64);
  #tokens: Uint32Array<ArrayBuffer>;

  constructor(n: number, capacity: number) {
    this.n = n;
    this.capacity = capacity;
    this.#tokens = new Uint32Array(64 * n);
  }

  /** The zero bits that the hash of a kept n-gram begins with. */
  get level(): number {
    return this.#level;
  }

  /** Whether n-grams of this hash are kept. */
  keeps(high: number): boolean {
    return Math.clz32(high) >= this.#level;
  }

  /** Adds to the count of an n-gram, whose tokens begin at `tokens[at]`. */
  add(low: number, high: number, count: number, tokens: Uint32Array, at: number): void {
    if (!this.keeps(high)) return;
    const slot = this.#find(low, high);
    const entry = this.#slots[slot]! - 1;
    if (entry >= 0) {
      const grown = this.#counts[entry]! + count;
      if (grown > MAX_COUNT) throw overflow(this.n, tokens.subarray(at, at + this.n), grown);
      this.#counts[entry] = grown;
      return;
    }
    if (this.#size === this.capacity) {
      this.#raise();
      this.add(low, high, count, tokens, at);
      return;
    }
    if (this.#size === this.#low.length) this.#grow();
    const added = this.#size++;
    this.#low[added] = low;
    this.#high[added] = high;
    this.#counts[added] = count;
    for (let t = 0; t < this.n; t++) this.#tokens[added * this.n + t] = tokens[at + t]!;
    this.#slots[this.#find(low, high)] = added + 1;
  }

  /** Adds the counts of a shard. */
  merge({ n, level, total, hashes, counts, tokens }: NgramCounts): void {
    while (this.#level < level) this.#raise();
    this.total += total;
    for (let i = 0; i < counts.length; i++) {
      this.add(hashes[2 * i]!, hashes[2 * i + 1]!, counts[i]!, tokens, i * n);
    }
  }

  /** What the table holds now, in the order of the hashes. */
  toCounts(): NgramCounts {
    const { n, capacity, total } = this;
    const hashes = new Uint32Array(2 * this.#size);
    for (let i = 0; i < this.#size; i++) {
      hashes[2 * i] = this.#low[i]!;
      hashes[2 * i + 1] = this.#high[i]!;
    }
    // Pairs of words are 64-bit numbers as they lie there, on a little-endian machine as all are.
    new BigUint64Array(hashes.buffer).sort();
    const counts = new Uint32Array(this.#size);
    const tokens = new Uint32Array(this.#size * n);
    for (let i = 0; i < this.#size; i++) {
      const entry = this.#slots[this.#find(hashes[2 * i]!, hashes[2 * i + 1]!)]! - 1;
      counts[i] = this.#counts[entry]!;
      tokens.set(this.#tokens.subarray(entry * n, (entry + 1) * n), i * n);
    }
    return { n, total, level: this.#level, capacity, hashes, counts, tokens };
  }

  /** The slot of an n-gram, or the free one where it belongs. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = low & mask;
    for (;; slot = (slot + 1) & mask) {
      const entry = slots[slot]! - 1;
      if (entry < 0 || (this.#low[entry] === low && this.#high[entry] === high)) return slot;
    }
  }

  /** Keeps the n-grams with one more zero bit: about half of them. */
  #raise(): void {
    this.#level++;
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      if (!this.keeps(this.#high[i]!)) continue;
      this.#low[kept] = this.#low[i]!;
      this.#high[kept] = this.#high[i]!;
      this.#counts[kept] = this.#counts[i]!;
      this.#tokens.copyWithin(kept * this.n, i * this.n, (i + 1) * this.n);
      kept++;
    }
    this.#size = kept;
    this.#index();
  }

  #grow(): void {
    const size = Math.min(this.capacity, 2 * this.#low.length);
    const grown = (array: Uint32Array, length: number) => {
      const copy = new Uint32Array(length);
      copy.set(array);
      return copy;
    };
    this.#low = grown(this.#low, size);
    this.#high = grown(this.#high, size);
    this.#counts = grown(this.#counts, size);
    this.#tokens = grown(this.#tokens, size * this.n);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * size)));
    this.#index();
  }

  #index(): void {
    this.#slots.fill(0);
    for (let i = 0; i < this.#size; i++) {
      this.#slots[this.#find(this.#low[i]!, this.#high[i]!)] = i + 1;
    }
  }
}

function overflow(n: number, tokens: Uint32Array, count: number): StatisticsError {
  return new StatisticsError(
    "overflow",
    `The ${n}-gram ${tokens.join(" ")} occurs ${count} times or more, and statistics hold ` +
      `${MAX_COUNT} at most. Merge fewer shards.`,
  );
}

const MAX_COUNT = 2 ** 32 - 1;
