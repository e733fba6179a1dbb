/** Keys and values of several sequences: what is kept when others take their places. */
import { expect, test } from "vitest";
import { createGenerator, initialWeights } from "../../src/model/mod.ts";
import { openCachedDecoder } from "../../src/model/cached_decoder.ts";
import { KeyValueCache } from "../../src/model/key_value_cache.ts";
import { seededRandom } from "../support/random.ts";
import { TINY } from "./tiny.ts";

const SHAPE = { layers: 2, kvHeads: 2, headSize: 3, rows: 4 };

/** What a run of these tokens could have made: each number tells tensor, head, place's token and d. */
function presentOf(tokens: readonly number[]): Float32Array[] {
  const { layers, kvHeads: KV, headSize: D } = SHAPE;
  return Array.from(
    { length: 2 * layers },
    (_, tensor) =>
      Float32Array.from({ length: KV * tokens.length * D }, (_, i) => {
        const d = i % D;
        const t = Math.floor(i / D) % tokens.length;
        const head = Math.floor(i / D / tokens.length);
        return 1000 * tensor + 100 * head + 10 * tokens[t]! + d;
      }),
  );
}

/** What a row holds has to be what its tokens would make. */
function expectRow(cache: KeyValueCache, row: number, tokens: readonly number[]): void {
  const { kvHeads: KV, headSize: D } = SHAPE;
  expect(cache.lengthOf(row)).toBe(tokens.length);
  for (const [tensor, expected] of presentOf(tokens).entries()) {
    const values = cache.rows(tensor, row, 1);
    for (let head = 0; head < KV; head++) {
      const begin = head * cache.capacity * D;
      const held = values.subarray(begin, begin + tokens.length * D);
      const size = tokens.length * D;
      expect([...held]).toEqual([...expected.subarray(head * size, (head + 1) * size)]);
    }
  }
}

test("a prompt gets the row that knows most of it, and is left its last token", () => {
  const cache = new KeyValueCache(SHAPE);
  const known = [[1, 2, 3], [4, 5], [6], [1, 7, 8, 9]];
  cache.seat(known);
  for (const [row, tokens] of known.entries()) cache.append(row, tokens, presentOf(tokens), 0);
  for (const [row, tokens] of known.entries()) expectRow(cache, row, tokens);

  // A new one first; then one that goes on, one that is the same, and one that parts ways.
  cache.seat([[2, 2], [1, 7, 8, 9, 1, 1], [4, 5], [1, 2, 9]]);
  expectRow(cache, 0, []);
  expectRow(cache, 1, [1, 7, 8, 9]);
  expectRow(cache, 2, [4]);
  expectRow(cache, 3, [1, 2]);

  cache.append(1, [1, 1], presentOf([1, 1]), 0);
  cache.swap(1, 3);
  expectRow(cache, 1, [1, 2]);
  expectRow(cache, 3, [1, 7, 8, 9, 1, 1]);
});

test("takes as much room as the longest that is left, whatever came before", () => {
  const cache = new KeyValueCache(SHAPE);
  const random = seededRandom(3);
  const rows: number[][] = [[], [], [], []];
  for (let turn = 0; turn < 60; turn++) {
    const row = Math.floor(random() * 4);
    const more = Array.from(
      { length: 1 + Math.floor(random() * 9) },
      () => Math.floor(random() * 9),
    );
    cache.append(row, more, presentOf(more), 0);
    rows[row]!.push(...more);
  }
  for (const [row, tokens] of rows.entries()) expectRow(cache, row, tokens);
  const longest = Math.max(...rows.map(({ length }) => length));
  expect(cache.capacity).toBe(32 * Math.ceil(longest / 32));
  cache.seat([[...rows[2]!.slice(0, 20), 0]]);
  expectRow(cache, 0, rows[2]!.slice(0, 20));
  expect(cache.capacity).toBe(32);
  expect(cache.rows(0, 0, 4)).toHaveLength(4 * 2 * 32 * 3);
});

test.each(Object.entries(TINY))(
  "a conversation with %s goes on from what was read, as if it were read anew",
  async (_, config) => {
    const weights = Object.fromEntries(
      Object.entries(initialWeights(config, 4)).map((
        [name, values],
      ) => [name, name.includes("norm") ? values : values.map((value) => 12 * value)]),
    );
    const random = seededRandom(8);
    const draw = (count: number) =>
      Array.from({ length: count }, () => Math.floor(random() * config.vocabularySize));
    using kept = await createGenerator(null, config, weights, { batch: 3, context: 60 });
    // Five talks on three seats, of which some end while others go on.
    const talks = [4, 9, 1, 6, 3].map(draw);
    const seated = [0, 1, 2];
    for (let turn = 0; turn < 6; turn++) {
      const prompts = seated.map((talk) => talks[talk]!);
      const asked = { maxTokens: 3 + turn % 3, stopTokens: [7] };
      using fresh = await createGenerator(null, config, weights, { batch: 3, context: 60 });
      const answers = await kept.generate({ ...asked, prompts });
      expect(answers, `turn ${turn}`).toEqual(await fresh.generate({ ...asked, prompts }));
      for (const [i, talk] of seated.entries()) {
        talks[talk]!.push(...answers[i]!.tokens, ...draw(2));
      }
      if (turn === 1) seated[1] = 3;
      if (turn === 3) seated.splice(0, 2, 4);
    }
  },
);

test("rows that read together have the logits of rows that read alone", async () => {
  const config = TINY.qwen2;
  const weights = initialWeights(config, 4);
  using together = await openCachedDecoder(config, weights, 3);
  const prompts = [[1, 2, 3, 4, 5], [6], [7, 8, 9]];
  together.cache.seat(prompts.map((prompt) => [...prompt, 0]));
  for (const [row, prompt] of prompts.entries()) await together.run([prompt], row);
  const logits = await together.run([[11], [12], [13]]);
  const V = config.vocabularySize;
  for (const [row, prompt] of prompts.entries()) {
    using alone = await openCachedDecoder(config, weights, 1);
    const expected = await alone.run([[...prompt, 11 + row]]);
    for (let v = 0; v < V; v++) expect(logits[row * V + v]).toBeCloseTo(expected[v]!, 5);
  }
});
