/**
 * Random choices that a seed decides: the same seed gives the same world on every machine.
 *
 * @module
 */

/** A source of random choices. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** One of the items. @throws {RangeError} if there is none. */
  pick<T>(items: readonly T[]): T;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

/**
 * A source of random choices from a seed: splitmix32 over the seed's hash.
 *
 * @example
 * ```ts
 * import { seededRandom } from "bottega";
 * const dice = seededRandom("table 4");
 * console.log(dice.int(1, 6), dice.pick(["heads", "tails"]));
 * ```
 */
export function seededRandom(seed: string | number): Random {
  let state = hashText(String(seed));
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError("pick: there is nothing to pick from");
      return items[int(0, items.length - 1)] as T;
    },
    shuffled<T>(items: readonly T[]): T[] {
      const left = [...items];
      for (let at = left.length - 1; at > 0; at--) {
        const other = int(0, at);
        [left[at], left[other]] = [left[other] as T, left[at] as T];
      }
      return left;
    },
  };
}

/** FNV-1a with a final mix: 32 bits of a text, the same everywhere. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
