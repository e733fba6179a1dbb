/**
 * A set of small whole numbers that finds the next one above a given number.
 *
 * @module
 */

/** Numbers below `size`, as bits in words, and a bit for each word that is not 0, and so on up. */
export class CapacitySet {
  /** Level 0 has a bit a number; each level above one for each word of the level below. */
  readonly #levels: Uint32Array[] = [];

  constructor(size: number) {
    let bits = size;
    do {
      bits = Math.ceil(bits / 32);
      this.#levels.push(new Uint32Array(bits));
    } while (bits > 1);
  }

  /** Puts a number in. */
  add(number: number): void {
    for (const words of this.#levels) {
      words[number >>> 5]! |= 1 << (number & 31);
      number >>>= 5;
    }
  }

  /** Takes a number out. */
  delete(number: number): void {
    for (const words of this.#levels) {
      words[number >>> 5]! &= ~(1 << (number & 31));
      if (words[number >>> 5] !== 0) return;
      number >>>= 5;
    }
  }

  /** The smallest number of the set that is `least` or more; -1 if there is none. */
  atLeast(least: number): number {
    let at = least;
    for (const [level, words] of this.#levels.entries()) {
      const word = words[at >>> 5];
      if (word === undefined) return -1;
      const above = word & (-1 << (at & 31));
      if (above !== 0) return this.#down(level, (at >>> 5) * 32 + lowestBit(above));
      // A shift by 32 would be one by 0: the level above tells of the words after this one.
      at = (at >>> 5) + 1;
    }
    return -1;
  }

  /** The smallest number below an entry of a level. */
  #down(level: number, at: number): number {
    for (let l = level - 1; l >= 0; l--) at = at * 32 + lowestBit(this.#levels[l]![at]!);
    return at;
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
