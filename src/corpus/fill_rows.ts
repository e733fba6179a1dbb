/**
 * Rows filled as far as they can be, for corpora of few pieces, where best fit may waste a row: the
 * longest piece that is left opens a row, and the subset of the others that fills it best goes in
 * (minimum bin slack, Gupta and Ho 1999, by the dynamic program of subset sums).
 *
 * @module
 */

/** Steps of {@linkcode fillRows} at most, in words of 32 bits: about half a second. */
const MOST_STEPS = 2 ** 28;

/** Whether {@linkcode fillRows} is quick for so many pieces in so many rows. */
export function canFillRows(pieces: number, rows: number, context: number): boolean {
  return pieces * rows * (context / 32) <= MOST_STEPS;
}

/**
 * The row of each piece, (P), and how many rows there are.
 *
 * @param order (P) the pieces, longest first.
 * @param lengths (P) tokens of each, 1 to `context`.
 */
export function fillRows(order: Uint32Array, lengths: Uint32Array, context: number) {
  const rowOf = new Uint32Array(order.length);
  let rows = 0;
  for (let left = [...order]; left.length > 0; rows++) {
    const [first = 0, ...others] = left;
    const chosen = bestSubset(others.map((piece) => lengths[piece]!), context - lengths[first]!);
    rowOf[first] = rows;
    left = others.filter((piece, i) => {
      if (chosen.has(i)) rowOf[piece] = rows;
      return !chosen.has(i);
    });
  }
  return { rowOf, rows };
}

/** The indices of lengths whose sum comes nearest to `room` without passing it. */
export function bestSubset(lengths: readonly number[], room: number): ReadonlySet<number> {
  // Bit s of sums[i] tells whether some of the first i lengths add up to s.
  const words = (room >>> 5) + 1;
  const none = new Uint32Array(words);
  none[0] = 1;
  const sums: Uint32Array[] = [none];
  for (const [i, length] of lengths.entries()) sums.push(shiftedOr(sums[i]!, length));
  let sum = room;
  while (!hasBit(sums[lengths.length]!, sum)) sum--;
  const chosen = new Set<number>();
  for (let i = lengths.length - 1; sum > 0; i--) {
    if (hasBit(sums[i]!, sum)) continue;
    chosen.add(i);
    sum -= lengths[i]!;
  }
  return chosen;
}

/** `bits | bits << by`, as wide as before. */
function shiftedOr(bits: Uint32Array, by: number): Uint32Array {
  const result = bits.slice();
  const [skip, shift] = [by >>> 5, by & 31];
  for (let word = skip; word < bits.length; word++) {
    const low = bits[word - skip]!;
    const carried = shift === 0 ? 0 : (bits[word - skip - 1] ?? 0) >>> (32 - shift);
    result[word]! |= (low << shift) | carried;
  }
  return result;
}

function hasBit(bits: Uint32Array, bit: number): boolean {
  return ((bits[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
}
