import { describe, expect, test, vi } from "vitest";
import type { Progress } from "../../src/gpu/mod.ts";
import { loadTokenizer, openTokenizerPool, TokenizerError } from "../../src/tokenizer/mod.ts";
import { BATCH_BYTES } from "../../src/tokenizer/text_batches.ts";
import { randomStrings, sourceTexts } from "../support/mixed_text.ts";

describe("two workers", async () => {
  const tokenizer = await loadTokenizer("cl100k_base");
  const long = sourceTexts("src", [".ts"], 700_000).join("\n");
  const texts = ["", ...randomStrings(5, 500), long, "", "end"];

  test("give the tokens of each text, in order, strings and bytes alike", async () => {
    using pool = await openTokenizerPool("cl100k_base", { workers: 2 });
    for (const sent of [texts, texts.map((text) => new TextEncoder().encode(text))]) {
      const encoded = await Array.fromAsync(pool.encodeAll(sent));
      expect(encoded).toHaveLength(texts.length);
      for (const [i, text] of texts.entries()) {
        // Millions of comparisons by expect would take a minute.
        expect(String(encoded[i]) === String(tokenizer.encode(text)), text.slice(0, 60)).toBe(true);
      }
    }
    expect(await pool.encode("")).toEqual(new Uint32Array());
    expect(String(await pool.encode(long)) === String(tokenizer.encode(long))).toBe(true);
  });

  test("tell their progress and take no more texts than they need", async () => {
    using pool = await openTokenizerPool("cl100k_base", { workers: 2 });
    const told: Progress[] = [];
    let taken = 0;
    function* endless() {
      for (;;) yield (taken++, long);
    }
    for await (const tokens of pool.encodeAll(endless(), { onProgress: (p) => told.push(p) })) {
      if (tokens.length > 0) break;
    }
    expect(taken).toBeLessThan(20);
    expect(told.length).toBeGreaterThan(1);
    const [first, second] = [told[0], told.at(-1)];
    expect(first).toEqual({ phase: "tokenise", done: 0, total: 0, unit: "bytes" });
    expect(second?.done).toBeGreaterThanOrEqual(long.length);
  });

  test("take memory for the batches under way, and no more however long the corpus", async () => {
    using pool = await openTokenizerPool("cl100k_base", { workers: 2 });
    const taken = vi.spyOn(globalThis, "ArrayBuffer");
    try {
      for await (const _ of pool.encodeAll(Array(60).fill(long)));
      // 160 batches of these bytes; three for each worker and the one that is being filled.
      const batches = taken.mock.calls.filter(([bytes]) => bytes === BATCH_BYTES);
      expect(batches.length).toBeGreaterThan(0);
      expect(batches.length).toBeLessThanOrEqual(3 * pool.workers + 2);
    } finally {
      taken.mockRestore();
    }
  });

  test("stop at once when they are told to", async () => {
    using pool = await openTokenizerPool("cl100k_base", { workers: 2 });
    const controller = new AbortController();
    const encoding = Array.fromAsync(pool.encodeAll(Array(100).fill(long), {
      signal: controller.signal,
      onProgress: ({ done }) => done > 0 && controller.abort(new Error("enough")),
    }));
    await expect(encoding).rejects.toThrow("enough");
    expect(await pool.encode("still works")).toEqual(tokenizer.encode("still works"));
  });

  test("a text that fails to arrive fails the whole, and a closed pool refuses", async () => {
    const pool = await openTokenizerPool("cl100k_base", { workers: 2 });
    async function* broken() {
      yield await Promise.resolve("fine");
      throw new Error("the disk is gone");
    }
    await expect(Array.fromAsync(pool.encodeAll(broken()))).rejects.toThrow("the disk is gone");
    pool[Symbol.dispose]();
    await expect(pool.encode("x")).rejects.toThrow(/pool of tokenizer workers was closed/);
  });
});

test("a vocabulary that cannot be loaded is told as without workers", async () => {
  await expect(openTokenizerPool("gpt-9", { workers: 1 })).rejects.toThrow(TokenizerError);
  await expect(openTokenizerPool({ tokenizer: { model: {} }, name: "mine" }, { workers: 1 }))
    .rejects.toThrow(/mine: model.vocab/);
});
