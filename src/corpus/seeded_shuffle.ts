/**
 * An order by chance that a seed gives again, on every machine.
 *
 * @module
 */

/** The numbers 0 to `length - 1` in an order that `seed` alone decides (Fisher and Yates; mulberry32). */
export function seededShuffle(length: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  for (let i = length - 1; i > 0; i--) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const j = Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * (i + 1));
    const other = order[j]!;
    order[j] = order[i]!;
    order[i] = other;
  }
  return order;
}
