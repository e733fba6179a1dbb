/**
 * What is left of rows, filled with whole documents once more: for corpora of few documents, which no
 * packing can fill rows with, and for those who would rather repeat than pad.
 *
 * @module
 */
import { bestSubset } from "./fill_rows.ts";
import type { PackedPlan } from "./pack_rows.ts";
import { seededShuffle } from "./seeded_shuffle.ts";

/** A plan with pieces that it holds once more. */
export interface ToppedUpPlan extends PackedPlan {
  /** The pieces that were added, row after row. */
  readonly added: Uint32Array;
}

/**
 * Adds to each row those of the next documents, in an order by chance, that fill it best; what was
 * added goes to the end of that order, so that all are repeated about equally. The same seed gives
 * the same plan.
 *
 * @param whole (W) the pieces that are whole documents: no part of one is repeated without the rest.
 * @param lengths (P) tokens of each piece.
 */
export function topUpRows(
  { rows, pieces, rowOffsets }: PackedPlan,
  lengths: Uint32Array,
  whole: Uint32Array,
  context: number,
  seed: number,
): ToppedUpPlan {
  let queue = Array.from(seededShuffle(whole.length, seed), (i) => whole[i]!);
  const added: number[] = [];
  const filled: number[][] = [];
  for (let row = 0; row < rows; row++) {
    const own = Array.from(pieces.subarray(rowOffsets[row], rowOffsets[row + 1]));
    const room = context - own.reduce((sum, piece) => sum + lengths[piece]!, 0);
    // A document does not stand beside itself.
    const candidates = queue.filter((piece) => lengths[piece]! <= room && !own.includes(piece))
      .slice(0, MOST_CANDIDATES);
    const chosen = bestSubset(candidates.map((piece) => lengths[piece]!), room);
    const more = candidates.filter((_, i) => chosen.has(i));
    queue = [...queue.filter((piece) => !more.includes(piece)), ...more];
    filled.push([...own, ...more]);
    added.push(...more);
  }
  const offsets = [0];
  for (const { length } of filled) offsets.push(offsets.at(-1)! + length);
  return {
    rows,
    pieces: Uint32Array.from(filled.flat()),
    rowOffsets: Uint32Array.from(offsets),
    added: Uint32Array.from(added),
  };
}

const MOST_CANDIDATES = 64;
