/**
 * Which piece goes into which row: best-fit decreasing, as in "Fewer Truncations Improve Language
 * Modeling" (arXiv 2404.10830, section 3). The longest piece goes first, each into the fullest row
 * that has room for it. Where that leaves a row that a few pieces need not have, they are packed more
 * closely. Then rows, and pieces in their row, are shuffled by the seed.
 *
 * @module
 */
import { CapacitySet } from "./capacity_set.ts";
import { canFillRows, fillRows } from "./fill_rows.ts";
import { seededShuffle } from "./seeded_shuffle.ts";

/** Pieces in rows. */
export interface PackedPlan {
  /** R */
  readonly rows: number;
  /** (P) the pieces, row after row. */
  readonly pieces: Uint32Array;
  /** (R + 1) where each row begins in `pieces`. */
  readonly rowOffsets: Uint32Array;
}

/**
 * Packs pieces into rows of `context` tokens. The same lengths and seed give the same plan. Cost:
 * O(P + T), about a second for ten million pieces.
 *
 * @param lengths (P) tokens of each piece, 1 to `context`.
 * @throws {RangeError} for a length that is not, quoting it.
 * @example
 * ```ts
 * import { packRows } from "bottega";
 * console.log(packRows(Uint32Array.of(3, 5, 4, 4), 8, 0).rows); // 2
 * ```
 */
export function packRows(lengths: Uint32Array, context: number, seed: number): PackedPlan {
  const P = lengths.length;
  const shuffled = seededShuffle(P, seed);
  const order = longestFirst(lengths, shuffled, context);
  const fitted = bestFit(order, lengths, context);
  const fewest = Math.ceil(lengths.reduce((sum, length) => sum + length, 0) / context);
  if (fitted.rows === fewest || !canFillRows(P, fitted.rows, context)) {
    return inShuffledRows(fitted, shuffled, seed);
  }
  const filled = fillRows(order, lengths, context);
  return inShuffledRows(filled.rows < fitted.rows ? filled : fitted, shuffled, seed);
}

/** The row of each piece, (P). */
interface Assignment {
  readonly rowOf: Uint32Array;
  readonly rows: number;
}

function bestFit(order: Uint32Array, lengths: Uint32Array, context: number): Assignment {
  const rowOf = new Uint32Array(order.length);
  const room = new RowsByRoom(context);
  for (const piece of order) rowOf[piece] = room.take(lengths[piece]!);
  return { rowOf, rows: room.rows };
}

/** Rows by the tokens that still fit into them. */
class RowsByRoom {
  readonly #context: number;
  /** (T + 1) the row that was last left with so much room, and (rows) the one before it. */
  readonly #last: Int32Array;
  #before = new Int32Array(1024);
  readonly #rooms: CapacitySet;
  rows = 0;

  constructor(context: number) {
    this.#context = context;
    this.#last = new Int32Array(context + 1).fill(-1);
    this.#rooms = new CapacitySet(context + 1);
  }

  /** The fullest row with room for a piece, which takes it; a new one where there is none. */
  take(length: number): number {
    const room = this.#rooms.atLeast(length);
    const row = room < 0 ? this.rows++ : this.#pop(room);
    const left = (room < 0 ? this.#context : room) - length;
    if (left > 0) this.#push(row, left);
    return row;
  }

  #pop(room: number): number {
    const row = this.#last[room]!;
    const before = this.#before[row]!;
    this.#last[room] = before;
    if (before < 0) this.#rooms.delete(room);
    return row;
  }

  #push(row: number, room: number): void {
    if (row >= this.#before.length) {
      const grown = new Int32Array(2 * row);
      grown.set(this.#before);
      this.#before = grown;
    }
    this.#before[row] = this.#last[room]!;
    this.#last[room] = row;
    this.#rooms.add(room);
  }
}

/** The pieces by descending length, equals in shuffled order: a counting sort. */
function longestFirst(lengths: Uint32Array, shuffled: Uint32Array, context: number): Uint32Array {
  const starts = new Uint32Array(context + 2);
  for (const [piece, length] of lengths.entries()) {
    if (length < 1 || length > context) {
      throw new RangeError(`Piece ${piece} has ${length} tokens, and not 1 to ${context}`);
    }
    starts[length]! += 1;
  }
  let at = 0;
  for (let length = context; length > 0; length--) {
    const count = starts[length]!;
    starts[length] = at;
    at += count;
  }
  const sorted = new Uint32Array(lengths.length);
  for (const piece of shuffled) sorted[starts[lengths[piece]!]!++] = piece;
  return sorted;
}

function inShuffledRows(
  { rowOf, rows }: Assignment,
  shuffled: Uint32Array,
  seed: number,
): PackedPlan {
  const place = new Uint32Array(rows);
  for (const [at, row] of seededShuffle(rows, seed + 1).entries()) place[row] = at;
  const rowOffsets = new Uint32Array(rows + 1);
  for (const row of rowOf) rowOffsets[place[row]! + 1]! += 1;
  for (let row = 0; row < rows; row++) rowOffsets[row + 1]! += rowOffsets[row]!;
  const next = rowOffsets.slice();
  const pieces = new Uint32Array(rowOf.length);
  for (const piece of shuffled) pieces[next[place[rowOf[piece]!]!]!++] = piece;
  return { rows, pieces, rowOffsets };
}
