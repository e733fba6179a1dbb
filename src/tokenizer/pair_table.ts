/**
 * The merges of a vocabulary: which two neighbouring tokens become one, and which merge goes first.
 *
 * @module
 */

/** What {@linkcode MergeRule} gives for neighbours that do not merge: higher than every rank. */
export const NO_RANK = 0x7fffffff;

/** When neighbours merge, and into what. */
export interface MergeRule {
  /**
   * The rank of merging two neighbours, or {@linkcode NO_RANK}; lower ranks go first.
   *
   * @param from where the left one begins in the piece's bytes
   * @param to where the right one ends
   */
  rank(left: number, right: number, from: number, to: number): number;
  /** The token that a merge makes. */
  merged(rank: number): number;
}

/** Merges stated pair by pair, as in `tokenizer.json`. 32 bytes a merge. */
export class PairTable implements MergeRule {
  /** Four words an entry: left + 1, right, rank, nothing. */
  readonly #entries: Int32Array;
  readonly #mask: number;
  readonly #merged: Uint32Array;

  /**
   * @param pairs (M, 2) left and right token by rank
   * @param merged (M) the token that each makes
   */
  constructor(pairs: Uint32Array, merged: Uint32Array) {
    const size = 2 ** Math.ceil(Math.log2(2 * merged.length + 2));
    this.#entries = new Int32Array(4 * size);
    this.#mask = size - 1;
    this.#merged = merged;
    for (let rank = 0; rank < merged.length; rank++) {
      const [left, right] = [pairs[2 * rank]!, pairs[2 * rank + 1]!];
      let slot = hash(left, right) & this.#mask;
      while (
        this.#entries[4 * slot] !== 0 &&
        !(this.#entries[4 * slot] === left + 1 && this.#entries[4 * slot + 1] === right)
      ) slot = (slot + 1) & this.#mask;
      // A pair that is stated twice merges by its last statement, as in Hugging Face's tokenizers.
      this.#entries.set([left + 1, right, rank], 4 * slot);
    }
  }

  rank(left: number, right: number): number {
    const entries = this.#entries;
    for (let slot = hash(left, right) & this.#mask;; slot = (slot + 1) & this.#mask) {
      const key = entries[4 * slot]!;
      if (key === left + 1 && entries[4 * slot + 1] === right) return entries[4 * slot + 2]!;
      if (key === 0) return NO_RANK;
    }
  }

  merged(rank: number): number {
    return this.#merged[rank]!;
  }
}

function hash(left: number, right: number): number {
  const h = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
  return h ^ h >>> 15;
}
