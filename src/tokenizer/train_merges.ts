/**
 * Learns the merges of a byte-level BPE vocabulary from counted pieces: the pair of neighbours that
 * occurs most often becomes a token, again and again (Sennrich et al. 2016, arXiv 1508.07909). Only
 * the pieces that a merge changes are looked at.
 *
 * @module
 */
import { BYTE_CHARACTERS } from "./byte_alphabet.ts";
import type { CountedPieces } from "./piece_counts.ts";

/** What was learned. */
export interface LearnedMerges {
  /** The tokens in the alphabet of vocabulary files: 256 bytes, then what merges made. */
  readonly tokens: readonly string[];
  /** The left and right token of each merge, in order. Two merges may make the same token. */
  readonly merges: readonly (readonly [left: number, right: number])[];
}

/**
 * Learns up to `limit` tokens beyond the bytes, or fewer where no pair occurs `leastCount` times.
 * The most frequent pair goes first, and of equals that with the lower left, then right token: the
 * order of the pieces does not matter. Yields after every merge, with the count of tokens made, for
 * the caller to breathe.
 */
export function* trainMerges(
  pieces: CountedPieces,
  limit: number,
  leastCount: number,
): Generator<number, LearnedMerges> {
  const symbols = Uint16Array.from(pieces.bytes);
  const starts = Uint32Array.from(pieces.ends, (_, i) => pieces.ends[i - 1] ?? 0);
  /** Where the symbols of each piece end, as merges make them fewer. */
  const ends = pieces.ends.slice();
  const pairs = new PairCounts();
  for (let piece = 0; piece < ends.length; piece++) {
    for (let i = starts[piece]!; i + 1 < ends[piece]!; i++) {
      pairs.add(symbols[i]!, symbols[i + 1]!, pieces.counts[piece]!, piece);
    }
  }
  pairs.settle();

  const tokens = [...BYTE_CHARACTERS];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: [number, number][] = [];
  while (tokens.length < 256 + limit) {
    const pair = pairs.takeMostFrequent(leastCount);
    if (pair === null) break;
    const { left, right, pieces: changed, isLearned } = pair;
    const text = tokens[left]! + tokens[right]!;
    const token = ids.get(text) ?? tokens.push(text) - 1;
    ids.set(text, token);
    // Of a token that two merges make, neighbours may come about that are known to merge.
    if (!isLearned) merges.push([left, right]);
    for (const piece of changed) {
      const count = pieces.counts[piece]!;
      const start = starts[piece]!;
      const end = ends[piece]!;
      let to = start;
      for (let i = start; i < end; to++) {
        if (symbols[i] !== left || i + 1 >= end || symbols[i + 1] !== right) {
          symbols[to] = symbols[i++]!;
          continue;
        }
        if (to > start) {
          const before = symbols[to - 1]!;
          pairs.add(before, left, -count, piece);
          pairs.add(before, token, count, piece);
        }
        if (i + 2 < end) {
          const after = symbols[i + 2]!;
          // In a run of one symbol that pair is the one that was taken.
          if (left !== right || after !== right) pairs.add(right, after, -count, piece);
          pairs.add(token, after, count, piece);
        }
        symbols[to] = token;
        i += 2;
      }
      ends[piece] = to;
    }
    pairs.settle();
    yield tokens.length - 256;
  }
  return { tokens, merges };
}

/** A pair, its count now, and the pieces that have, or had, it. */
interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  pieces: number[];
  /** Whether it waits for {@linkcode PairCounts.settle}. */
  isTouched: boolean;
  /** Whether it was taken before. */
  isLearned: boolean;
}

/** Tokens are below it. */
const SPAN = 1 << 16;

/** The pairs by frequency. */
class PairCounts {
  readonly #pairs = new Map<number, Pair>();
  /** A binary heap; an entry whose count is outdated is put right when it comes to the top. */
  readonly #heap: { readonly pair: Pair; readonly count: number }[] = [];
  #touched: Pair[] = [];

  add(left: number, right: number, count: number, piece: number): void {
    const key = left * SPAN + right;
    let pair = this.#pairs.get(key);
    if (!pair) {
      pair = { left, right, count: 0, pieces: [], isTouched: false, isLearned: false };
      this.#pairs.set(key, pair);
    }
    pair.count += count;
    if (count > 0 && pair.pieces.at(-1) !== piece) pair.pieces.push(piece);
    if (count < 0 || pair.isTouched) return;
    pair.isTouched = true;
    this.#touched.push(pair);
  }

  /** Puts the pairs that have become more frequent into the order. */
  settle(): void {
    for (const pair of this.#touched) {
      pair.isTouched = false;
      if (pair.count > 0) this.#push({ pair, count: pair.count });
    }
    this.#touched = [];
  }

  takeMostFrequent(leastCount: number): Pair | null {
    for (;;) {
      const top = this.#pop();
      if (!top) return null;
      const { pair, count } = top;
      if (pair.count === count) {
        if (count < leastCount) return null;
        const taken = { ...pair };
        // From now on it occurs nowhere.
        pair.count = 0;
        pair.pieces = [];
        pair.isLearned = true;
        return taken;
      }
      if (pair.count > 0 && pair.count < count) this.#push({ pair, count: pair.count });
    }
  }

  #push(item: { pair: Pair; count: number }): void {
    const heap = this.#heap;
    let i = heap.push(item) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!goesFirst(item, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = item;
  }

  #pop(): { pair: Pair; count: number } | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const item = heap.pop();
    if (heap.length === 0 || !item) return top;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      const other = heap[child + 1];
      if (other && goesFirst(other, heap[child]!)) child++;
      if (!goesFirst(heap[child]!, item)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = item;
    return top;
  }
}

function goesFirst(
  a: { pair: Pair; count: number },
  b: { pair: Pair; count: number },
): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.pair.left !== b.pair.left ? a.pair.left < b.pair.left : a.pair.right < b.pair.right;
}
