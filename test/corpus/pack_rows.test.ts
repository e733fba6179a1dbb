/** Best-fit packing: rows are full, nothing is lost, and the seed decides the order alone. */
import { describe, expect, test } from "vitest";
import { packingEfficiency, packRows } from "../../src/corpus/mod.ts";
import { CapacitySet } from "../../src/corpus/capacity_set.ts";
import { seededRandom } from "../support/random.ts";

function randomLengths(P: number, T: number, seed = 1): Uint32Array {
  const random = seededRandom(seed);
  return Uint32Array.from({ length: P }, () => 1 + Math.floor(T ** random()) % T);
}

/** Best-fit decreasing as it is told: the longest first, into the fullest row with room for it. */
function plainRows(lengths: Uint32Array, T: number): number {
  const rooms: number[] = [];
  for (const length of lengths.toSorted().toReversed()) {
    const fitting = rooms.map((room, row) => ({ room, row })).filter(({ room }) => room >= length);
    const best = fitting.toSorted((a, b) => a.room - b.room)[0];
    if (best) rooms[best.row] = best.room - length;
    else rooms.push(T - length);
  }
  return rooms.length;
}

describe("packRows", () => {
  test.each([[0, 8], [1, 1], [1, 8], [7, 8], [500, 33], [2000, 2048]])(
    "%i pieces in rows of %i: each once, none over a row's end, no more rows than best fit makes",
    (P, T) => {
      const lengths = randomLengths(P, T);
      const { rows, pieces, rowOffsets } = packRows(lengths, T, 3);
      expect(pieces.toSorted()).toEqual(Uint32Array.from({ length: P }, (_, i) => i));
      expect(rowOffsets).toHaveLength(rows + 1);
      expect(rowOffsets[rows]).toBe(P);
      for (let row = 0; row < rows; row++) {
        const inRow = pieces.subarray(rowOffsets[row], rowOffsets[row + 1]);
        const filled = inRow.reduce((sum, piece) => sum + lengths[piece]!, 0);
        expect(filled).toBeLessThanOrEqual(T);
        expect(filled).toBeGreaterThan(0);
      }
      expect(rows).toBeLessThanOrEqual(plainRows(lengths, T));
      // Where there is more to do than a moment's work, it is best fit and nothing else.
      if (P === 2000) expect(rows).toBe(plainRows(lengths, T));
    },
  );

  test("a few pieces are packed as closely as can be where best fit wastes a row", () => {
    // Best fit puts 5 beside 6, and what is left no longer adds up.
    const tight = Uint32Array.of(6, 5, 3, 3, 3, 2, 2);
    expect([plainRows(tight, 12), packRows(tight, 12, 0).rows]).toEqual([3, 2]);
  });

  test("the same seed gives the same plan, another one another order in as many rows", () => {
    const lengths = randomLengths(1000, 512);
    const plan = packRows(lengths, 512, 7);
    expect(packRows(lengths, 512, 7)).toEqual(plan);
    const other = packRows(lengths, 512, 8);
    expect(other.rows).toBe(plan.rows);
    expect(other.pieces).not.toEqual(plan.pieces);
  });

  test("refuses a piece of no tokens, and one longer than a row", () => {
    expect(() => packRows(Uint32Array.of(3, 0), 8, 0)).toThrow(/Piece 1 has 0 tokens/);
    expect(() => packRows(Uint32Array.of(9), 8, 0)).toThrow(/Piece 0 has 9 tokens.*1 to 8/);
  });
});

describe("CapacitySet", () => {
  test.each([1, 31, 32, 33, 1025, 40_000])("of %i finds what a sorted list finds", (size) => {
    const random = seededRandom(size);
    const set = new CapacitySet(size);
    const plain = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const number = Math.floor(random() * size);
      if (random() < 0.5) {
        set.add(number);
        plain.add(number);
      } else {
        set.delete(number);
        plain.delete(number);
      }
      if (i % 20 > 0) continue;
      const least = Math.floor(random() * size);
      const expected = Math.min(...[...plain].filter((member) => member >= least), Infinity);
      expect(set.atLeast(least)).toBe(expected === Infinity ? -1 : expected);
    }
  });
});

describe("packingEfficiency", () => {
  test("counts rows, what is filled, and what is cut, at each context", () => {
    expect(packingEfficiency(Uint32Array.of(3, 5, 20), [8, 32])).toEqual([
      { context: 8, rows: 4, tokens: 28, filled: 28 / 32, cut: 1, tokensCut: 20 },
      { context: 32, rows: 1, tokens: 28, filled: 28 / 32, cut: 0, tokensCut: 0 },
    ]);
  });

  test("of nothing is whole", () => {
    expect(packingEfficiency(new Uint32Array(), [8]))
      .toEqual([{ context: 8, rows: 0, tokens: 0, filled: 1, cut: 0, tokensCut: 0 }]);
  });
});
