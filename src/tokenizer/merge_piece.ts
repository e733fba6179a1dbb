/**
 * Byte-pair merging of one piece: neighbours are joined lowest rank first, leftmost on a tie, until
 * no neighbours merge. Short pieces by looking through all pairs, long ones (rulers of dashes,
 * minified code, dumps) by a heap in O(n log n).
 *
 * @module
 */
import { type MergeRule, NO_RANK } from "./pair_table.ts";

/** From this many bytes on the heap is faster. */
const LONG = 96;

const parts = new Uint32Array(LONG);
const starts = new Uint32Array(LONG + 1);
const ranks = new Uint32Array(LONG);

/**
 * Writes the tokens of `bytes[from, to)` to `out` and gives how many there are.
 *
 * @param byteTokens (256) the token of each single byte
 */
export function mergePiece(
  bytes: Uint8Array,
  from: number,
  to: number,
  rule: MergeRule,
  byteTokens: Uint32Array,
  out: Uint32Array,
  at: number,
): number {
  let n = to - from;
  if (n >= LONG) return mergeLong(bytes, from, to, rule, byteTokens, out, at);
  for (let i = 0; i < n; i++) {
    parts[i] = byteTokens[bytes[from + i]!]!;
    starts[i] = from + i;
  }
  starts[n] = to;
  for (let i = 0; i + 1 < n; i++) {
    ranks[i] = rule.rank(parts[i]!, parts[i + 1]!, from + i, from + i + 2);
  }
  while (n > 1) {
    let best = NO_RANK;
    let left = 0;
    for (let i = 0; i < n - 1; i++) {
      if (ranks[i]! < best) {
        best = ranks[i]!;
        left = i;
      }
    }
    if (best === NO_RANK) break;
    parts[left] = rule.merged(best);
    n--;
    for (let i = left + 1; i < n; i++) {
      parts[i] = parts[i + 1]!;
      starts[i] = starts[i + 1]!;
      ranks[i] = ranks[i + 1]!;
    }
    starts[n] = to;
    if (left > 0) {
      ranks[left - 1] = rule.rank(
        parts[left - 1]!,
        parts[left]!,
        starts[left - 1]!,
        starts[left + 1]!,
      );
    }
    if (left < n - 1) {
      ranks[left] = rule.rank(parts[left]!, parts[left + 1]!, starts[left]!, starts[left + 2]!);
    }
  }
  for (let i = 0; i < n; i++) out[at + i] = parts[i]!;
  return n;
}

/** Rank and place of a pair in one number, ordered by rank, then place. */
const PLACES = 2 ** 32;

function mergeLong(
  bytes: Uint8Array,
  from: number,
  to: number,
  rule: MergeRule,
  byteTokens: Uint32Array,
  out: Uint32Array,
  at: number,
): number {
  const n = to - from;
  // A part begins at i, where tokens[i] is its token; next and previous link the parts.
  const tokens = new Uint32Array(n);
  const next = new Uint32Array(n);
  const previous = new Int32Array(n + 1);
  /** Of the pair whose left part begins here; what the heap says besides is outdated. */
  const rankAt = new Uint32Array(n).fill(NO_RANK);
  for (let i = 0; i < n; i++) {
    tokens[i] = byteTokens[bytes[from + i]!]!;
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  const heap = new Heap(n);
  const offer = (left: number) => {
    const right = next[left]!;
    const rank = right < n
      ? rule.rank(tokens[left]!, tokens[right]!, from + left, from + next[right]!)
      : NO_RANK;
    rankAt[left] = rank;
    if (rank !== NO_RANK) heap.push(rank * PLACES + left);
  };
  for (let i = 0; i < n; i++) offer(i);
  while (heap.size > 0) {
    const pair = heap.pop();
    const rank = Math.floor(pair / PLACES);
    const left = pair - rank * PLACES;
    if (rankAt[left] !== rank) continue;
    const right = next[left]!;
    rankAt[right] = NO_RANK;
    tokens[left] = rule.merged(rank);
    next[left] = next[right]!;
    previous[next[left]!] = left;
    if (previous[left]! >= 0) offer(previous[left]!);
    offer(left);
  }
  let count = 0;
  for (let i = 0; i < n; i = next[i]!) out[at + count++] = tokens[i]!;
  return count;
}

/** A binary min-heap of numbers. */
class Heap {
  #items: Float64Array;
  size = 0;

  constructor(capacity: number) {
    this.#items = new Float64Array(Math.max(16, capacity));
  }

  push(item: number): void {
    if (this.size === this.#items.length) {
      const grown = new Float64Array(2 * this.size);
      grown.set(this.#items);
      this.#items = grown;
    }
    const items = this.#items;
    let i = this.size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (items[parent]! <= item) break;
      items[i] = items[parent]!;
      i = parent;
    }
    items[i] = item;
  }

  pop(): number {
    const items = this.#items;
    const top = items[0]!;
    const item = items[--this.size]!;
    let i = 0;
    for (let child = 1; child < this.size; child = 2 * i + 1) {
      if (child + 1 < this.size && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= item) break;
      items[i] = items[child]!;
      i = child;
    }
    items[i] = item;
    return top;
  }
}
