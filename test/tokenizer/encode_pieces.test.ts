/** Tokens made on the GPU against those of the CPU, over every size that a dispatch can trip over. */
import { expect, test } from "vitest";
import { loadTokenizer, openTokenizerPool } from "../../src/tokenizer/mod.ts";
import { createPieceEncoder, isForGpu } from "../../src/tokenizer/encode_pieces.ts";
import { loadVocabulary } from "../../src/tokenizer/vocabulary.ts";
import { describeGpu } from "../support/gpu.ts";
import { randomStrings, sourceTexts } from "../support/mixed_text.ts";

const WG = 64;

/** Texts as a batch. */
function batchOf(texts: readonly (string | Uint8Array)[]) {
  const encoded = texts.map((t) => typeof t === "string" ? new TextEncoder().encode(t) : t);
  let end = 0;
  const ends = Uint32Array.from(encoded, ({ length }) => end += length);
  const bytes = new Uint8Array(end);
  for (const [i, text] of encoded.entries()) bytes.set(text, ends[i - 1] ?? 0);
  return { bytes, ends };
}

describeGpu("BPE in WGSL", (gpu) => {
  const sources = sourceTexts("src/tokenizer", [".ts"], 60_000);
  const stray = Uint8Array.of(0x61, 0xff, 0xfe, 0x62);

  test.each(["o200k_base", "r50k_base"])("gives %s's tokens exactly", async (name) => {
    const { vocabulary } = await loadVocabulary(name);
    const tokenizer = await loadTokenizer(name);
    using encoder = await createPieceEncoder(gpu, vocabulary);
    const sizes = [0, 1, WG - 1, WG, WG + 1, 3001].map((n) => Array(n).fill(" a").join(""));
    for (
      const texts of [
        [],
        [""],
        ...sizes.map((text) => [text]),
        [...sources, "", ...randomStrings(31, 1500).map((text) => text.toWellFormed())],
        ["x", stray, "y"],
      ]
    ) {
      const { tokens, ends } = await encoder.encode(batchOf(texts));
      const expected = texts.map((text) => tokenizer.encode(text));
      let end = 0;
      expect([...ends]).toEqual(expected.map(({ length }) => end += length));
      expect(String(tokens)).toBe(String(Uint32Array.from(expected.flatMap((t) => [...t]))));
    }
  });

  test("a pool chooses the faster device, and the tokens are the same", async () => {
    const tokenizer = await loadTokenizer("o200k_base");
    using pool = await openTokenizerPool("o200k_base", { workers: 1, gpu });
    expect(pool.device).toBeNull();
    const text = sources.join("\n").repeat(8);
    for (let i = 0; i < 2; i++) {
      expect(String(await pool.encode(text))).toBe(String(tokenizer.encode(text)));
      expect(pool.device).toMatch(/^(workers|gpu)$/);
    }
  });

  test("is not for vocabularies that merge by pairs", async () => {
    expect(isForGpu((await loadVocabulary("qwen3")).vocabulary)).toBe(false);
    using pool = await openTokenizerPool("qwen3", { workers: 1, gpu });
    expect(pool.device).toBe("workers");
  });
});
