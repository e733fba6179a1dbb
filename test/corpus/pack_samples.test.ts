/** Packed tokens: every token once and in order, flags, mixtures, shards named by their content. */
import { describe, expect, test } from "vitest";
import {
  FLAG_LOSS,
  FLAG_START,
  mixtureRepeats,
  openPackedDataset,
  type PackInput,
  type PackOptions,
  packSamples,
  parseManifest,
} from "../../src/corpus/mod.ts";
import { spoolStore } from "../../src/corpus/headless.ts";
import { seededRandom } from "../support/random.ts";

/** A token a letter, so that rows can be read. */
const letters = {
  name: "letters",
  vocabularySize: 128,
  encode: (text: string) => Uint32Array.from(text, (letter) => letter.charCodeAt(0)),
  decode: (tokens: Iterable<number>) => String.fromCharCode(...tokens),
};

type Shards = Map<string, Uint8Array<ArrayBuffer>>;

async function pack(
  sources: readonly PackInput[],
  options: Partial<PackOptions> = {},
  shards: Shards = new Map(),
) {
  const manifest = await packSamples(sources, {
    tokenizer: letters,
    context: 16,
    writeShard: (file, bytes) => void shards.set(file, bytes),
    ...options,
  });
  const readShard = (file: string) => Promise.resolve(shards.get(file)!);
  return { manifest, shards, data: openPackedDataset({ manifest, readShard }) };
}

const document = (...texts: [role: string, text: string][]) => ({
  segments: texts.map(([role, text]) => ({ role, text })),
});

/** Documents of one letter each, so that each can be found again: a, b, c … */
function lettered(lengths: readonly number[]): PackInput {
  const documents = lengths.map((length, i) =>
    document(["context", String.fromCharCode(97 + i).repeat(length)])
  );
  return { name: "lettered", documents };
}

/** Rows as text, `|` before each document, `.` for padding. */
async function rowsOf({ data }: Awaited<ReturnType<typeof pack>>): Promise<string[]> {
  const { rows, context: T } = data.manifest;
  const { tokens, flags } = await data.readRows(0, rows);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: T }, (_, t) => {
      const token = tokens[row * T + t]!;
      const start = flags[row * T + t]! & FLAG_START ? "|" : "";
      return start + (token === 0 ? "." : letters.decode([token]));
    }).join(""));
}

describe("packSamples", () => {
  test("packs whole documents, cuts only what is longer than a row, and marks where each begins", async () => {
    const packed = await pack([lettered([5, 11, 3, 20, 16])]);
    // Documents of a row come in any order.
    const documents = (row: string) => row.split("|").toSorted().join("|");
    expect((await rowsOf(packed)).map(documents).toSorted()).toEqual([
      "|.........|ccc|dddd",
      "|aaaaa|bbbbbbbbbbb",
      "|dddddddddddddddd",
      "|eeeeeeeeeeeeeeee",
    ]);
    expect(packed.manifest).toMatchObject({ rows: 4, tokens: 55, lossTokens: 55, documents: 6 });
  });

  test("ends documents with a token of its own, inside the context", async () => {
    const packed = await pack([lettered([7, 16])], { endOfText: 36, context: 8 });
    const rows = (await rowsOf(packed)).toSorted();
    expect(rows).toEqual(["|$|.......", "|aaaaaaa$", "|bbbbbbbb", "|bbbbbbbb"]);
  });

  test("flags what the loss counts: everything, or what the agent writes", async () => {
    const documents = [document(["observation", "oo"], ["thought", "tt"], ["action", "a"])];
    const flagsOf = async (mask: "all" | "answers") => {
      const { data, manifest } = await pack([{ name: "a", documents }], { mask, context: 6 });
      const { flags } = await data.readRows(0, 1);
      return { flags: [...flags], lossTokens: manifest.lossTokens };
    };
    const [S, L] = [FLAG_START, FLAG_LOSS];
    expect(await flagsOf("all")).toEqual({ flags: [S | L, L, L, L, L, S], lossTokens: 5 });
    expect(await flagsOf("answers")).toEqual({ flags: [S, 0, L, L, L, S], lossTokens: 3 });
  });

  test("the same seed gives the same bytes under the same names, from memory and from disk", async () => {
    const random = seededRandom(5);
    const source = lettered(Array.from({ length: 26 }, () => 1 + Math.floor(random() * 30)));
    const options = { seed: 11, shardBytes: 100 };
    const first = await pack([source], options);
    expect(first.manifest.shards.length).toBeGreaterThan(3);
    using store = spoolStore();
    const second = await pack([source], { ...options, store });
    expect(second.manifest).toEqual(first.manifest);
    expect(second.shards).toEqual(first.shards);
    const other = await pack([source], { ...options, seed: 12 });
    expect(other.manifest.shards).not.toEqual(first.manifest.shards);
  });

  test("rows are read across shards, and only those that are there", async () => {
    const random = seededRandom(6);
    const source = lettered(Array.from({ length: 26 }, () => 1 + Math.floor(random() * 30)));
    const { data, manifest } = await pack([source], { shardBytes: 100 });
    const whole = await data.readRows(0, manifest.rows);
    const parts = await Promise.all([0, 1, 2, 3].map((row) => data.readRows(row, 4)));
    for (const [row, { tokens, flags }] of parts.entries()) {
      expect(tokens).toEqual(whole.tokens.slice(row * 16, (row + 4) * 16));
      expect(flags).toEqual(whole.flags.slice(row * 16, (row + 4) * 16));
    }
    expect(await data.readRows(2, 0)).toEqual({
      tokens: new Uint32Array(),
      flags: new Uint8Array(),
    });
    await expect(data.readRows(manifest.rows, 1)).rejects.toThrow(RangeError);
  });

  test("repeats a source, and a part of one", async () => {
    const once = lettered([4, 4, 4, 4]);
    const { manifest } = await pack([{ ...once, name: "a", repeats: 3 }, {
      ...once,
      name: "b",
      repeats: 0.5,
    }]);
    expect(manifest.tokens).toBe(3 * 16 + 8);
    expect(manifest.sources).toMatchObject([
      { name: "a", repeats: 3, documents: 4, tokens: 16, effectiveTokens: 48 },
      { name: "b", repeats: 0.5, documents: 4, tokens: 16, effectiveTokens: 8 },
    ]);
  });

  test("mixes by weight, and packs each epoch anew", async () => {
    const big = { ...lettered([16, 16, 16, 16]), name: "big", weight: 2 };
    const small = { ...lettered([4, 4]), name: "small", weight: 1 };
    const { manifest } = await pack([big, small], { epochs: 2 });
    expect(manifest.sources).toMatchObject([
      { name: "big", weight: 2, repeats: 2, effectiveTokens: 128 },
      { name: "small", weight: 1, repeats: 8, effectiveTokens: 64 },
    ]);
    expect(manifest.tokens).toBe(192);
  });

  test("tops rows up with whole documents, none beside itself, and accounts for them", async () => {
    const source = lettered([9, 9, 9, 4, 20, 2]);
    const plain = await pack([source]);
    const topped = await pack([source], { fill: 0.97 });
    const { manifest } = topped;
    expect(manifest.rows).toBe(plain.manifest.rows);
    expect(manifest.tokens).toBeGreaterThan(plain.manifest.tokens);
    expect(manifest.sources[0]?.effectiveTokens).toBe(manifest.tokens);
    expect(manifest.documents).toBeGreaterThan(plain.manifest.documents);
    for (const row of await rowsOf(topped)) {
      const documents = row.split("|").slice(1).filter((text) => !text.startsWith("."));
      expect(new Set(documents.map(([letter]) => letter)).size).toBe(documents.length);
    }
    expect((await pack([source], { fill: 0.97 })).manifest).toEqual(manifest);
    const enough = plain.manifest.tokens / (plain.manifest.rows * plain.manifest.context);
    expect((await pack([source], { fill: enough })).manifest).toEqual(plain.manifest);
    await expect(pack([source], { fill: 1.5 })).rejects.toThrow(/fill is 1\.5/);
  });

  test("u16 where the vocabulary fits, u32 where it does not", async () => {
    const wide = { ...letters, vocabularySize: 2 ** 16 + 1 };
    const narrow = await pack([lettered([3])]);
    const broad = await pack([lettered([3])], { tokenizer: wide });
    expect([narrow.manifest.dtype, narrow.manifest.shards[0]?.sizeBytes]).toEqual(["u16", 48]);
    expect([broad.manifest.dtype, broad.manifest.shards[0]?.sizeBytes]).toEqual(["u32", 80]);
    expect(await rowsOf(broad)).toEqual(await rowsOf(narrow));
  });

  test("stops when it is told to", async () => {
    const packing = pack([lettered([3])], { signal: AbortSignal.abort(new Error("enough")) });
    await expect(packing).rejects.toThrow("enough");
  });

  test.each<[string, readonly PackInput[], Partial<PackOptions>, string, RegExp]>([
    ["no tokens", [{ name: "none", documents: [] }], {}, "bad-dataset", /no tokens.*none/],
    ["a context", [lettered([1])], { context: 1 }, "bad-option", /context is 1/],
    ["a seed", [lettered([1])], { seed: 0.5 }, "bad-option", /seed is 0.5/],
    ["epochs", [lettered([1])], { epochs: 0 }, "bad-option", /epochs is 0/],
    ["an end", [lettered([1])], { endOfText: 128 }, "bad-option", /128.*128 tokens/],
    ["repeats", [{ ...lettered([1]), repeats: -1 }], {}, "bad-option", /lettered has repeats -1/],
  ])("refuses %s that cannot be", async (_, sources, options, code, message) => {
    await expect(pack(sources, options))
      .rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe("mixtureRepeats", () => {
  test("reaches the weights with nothing left out and as little repeated as can be", () => {
    const sources = [
      { name: "ctx", tokens: 1000, weight: 0.75 },
      { name: "env", tokens: 50, weight: 0.25, repeats: 3 },
    ];
    const [ctx = 0, env = 0] = mixtureRepeats(sources);
    expect(ctx * 1000 / (env * 50)).toBeCloseTo(3);
    expect([ctx, env]).toEqual([1, expect.closeTo(20 / 3)]);
  });

  test("refuses weights that cannot be held", () => {
    const refused = (message: RegExp) =>
      expect.objectContaining({ code: "bad-option", message: expect.stringMatching(message) });
    expect(() => mixtureRepeats([{ name: "a", tokens: 1, weight: 1 }, { name: "b", tokens: 1 }]))
      .toThrow(refused(/b has no weight/));
    expect(() => mixtureRepeats([{ name: "a", tokens: 0, weight: 1 }]))
      .toThrow(refused(/a has no tokens/));
  });
});

describe("a packed dataset that is not what it says", () => {
  test("a shard with one bit changed, or cut short, is refused by name", async () => {
    const { manifest, shards } = await pack([lettered([3])]);
    const [[file, bytes]] = [...shards] as [[string, Uint8Array<ArrayBuffer>]];
    const changed = bytes.slice();
    changed[0]! ^= 1;
    for (const wrong of [changed, bytes.slice(1)]) {
      const data = openPackedDataset({ manifest, readShard: () => Promise.resolve(wrong) });
      await expect(data.readRows(0, 1)).rejects.toMatchObject({
        code: "bad-dataset",
        message: expect.stringMatching(file),
      });
    }
  });

  test("a manifest that is none, or does not add up", async () => {
    const { manifest } = await pack([lettered([3])]);
    expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
    const refused = (message: RegExp) =>
      expect.objectContaining({ code: "bad-dataset", message: expect.stringMatching(message) });
    expect(() => parseManifest({ ...manifest, context: -1 })).toThrow(refused(/context/));
    expect(() => parseManifest({ ...manifest, format: "other" })).toThrow(refused(/format/));
    const readShard = () => Promise.reject(new Error("not asked for"));
    expect(() => openPackedDataset({ manifest: { ...manifest, rows: 9 }, readShard }))
      .toThrow(refused(/9 rows.*have 1/));
  });
});
