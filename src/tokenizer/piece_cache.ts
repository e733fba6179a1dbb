/**
 * The pieces that were merged lately, with their tokens: text repeats itself, merging need not.
 *
 * @module
 */

const ENTRIES = 1 << 17;
const BYTES = 1 << 20;
const TOKENS = 1 << 19;
/** Longer pieces are not kept. */
const LONGEST = 64;

/** A few megabytes of pieces by their bytes; when it is full it begins anew. */
export class PieceCache {
  /** Four words an entry: hash, place of the bytes + 1, place of the tokens, counts of both. */
  readonly #entries = new Int32Array(4 * ENTRIES);
  readonly #bytes = new Uint8Array(BYTES);
  readonly #tokens = new Uint32Array(TOKENS);
  #used = 0;
  #bytesUsed = 0;
  #tokensUsed = 0;

  /** Writes the tokens of `bytes[from, to)` to `out` and gives how many; 0 if it is not known. */
  find(
    bytes: Uint8Array,
    from: number,
    to: number,
    hash: number,
    out: Uint32Array,
    at: number,
  ): number {
    const entries = this.#entries;
    const n = to - from;
    probe: for (let slot = hash & (ENTRIES - 1);; slot = (slot + 1) & (ENTRIES - 1)) {
      const start = entries[4 * slot + 1]! - 1;
      if (start < 0) return 0;
      if (entries[4 * slot] !== hash) continue;
      const counts = entries[4 * slot + 3]!;
      if (counts >> 8 !== n) continue;
      for (let i = 0; i < n; i++) if (this.#bytes[start + i] !== bytes[from + i]) continue probe;
      const count = counts & 0xff;
      const tokens = entries[4 * slot + 2]!;
      for (let i = 0; i < count; i++) out[at + i] = this.#tokens[tokens + i]!;
      return count;
    }
  }

  /** Keeps the `count` tokens at `out[at]` for `bytes[from, to)`. */
  add(
    bytes: Uint8Array,
    from: number,
    to: number,
    hash: number,
    out: Uint32Array,
    at: number,
    count: number,
  ): void {
    const n = to - from;
    if (n > LONGEST) return;
    const full = 2 * this.#used >= ENTRIES || this.#bytesUsed + n > BYTES ||
      this.#tokensUsed + count > TOKENS;
    if (full) {
      this.#entries.fill(0);
      this.#used = this.#bytesUsed = this.#tokensUsed = 0;
    }
    let slot = hash & (ENTRIES - 1);
    while (this.#entries[4 * slot + 1] !== 0) slot = (slot + 1) & (ENTRIES - 1);
    this.#entries[4 * slot] = hash;
    this.#entries[4 * slot + 1] = this.#bytesUsed + 1;
    this.#entries[4 * slot + 2] = this.#tokensUsed;
    this.#entries[4 * slot + 3] = n << 8 | count;
    for (let i = 0; i < n; i++) this.#bytes[this.#bytesUsed + i] = bytes[from + i]!;
    for (let i = 0; i < count; i++) this.#tokens[this.#tokensUsed + i] = out[at + i]!;
    this.#used++;
    this.#bytesUsed += n;
    this.#tokensUsed += count;
  }
}
