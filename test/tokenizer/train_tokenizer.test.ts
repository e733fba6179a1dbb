import { describe, expect, test } from "vitest";
import { loadTokenizer, type TrainedTokenizer, trainTokenizer } from "../../src/tokenizer/mod.ts";
import { randomStrings, sourceTexts } from "../support/mixed_text.ts";
import { huggingFace } from "../support/token_oracles.ts";

const corpus = [...sourceTexts("src/tokenizer", [".ts"], 120_000), ...randomStrings(11, 300)];

const SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

const train = (vocabularySize: number, workers = 1): Promise<TrainedTokenizer> =>
  trainTokenizer(corpus, { vocabularySize, specialTokens: SPECIAL, workers });

describe("a vocabulary of 2,000 tokens", async () => {
  const trained = await train(2000);
  const tokenizer = await loadTokenizer(trained);

  test("has the size and the special tokens that were asked for, at its end", () => {
    expect(trained.vocabularySize).toBe(2000);
    expect(tokenizer.vocabularySize).toBe(2000);
    expect([...tokenizer.specialTokens]).toEqual(SPECIAL.map((token, i) => [token, 1997 + i]));
    expect(tokenizer.endOfText).toBe(1997);
  });

  test("gives what @huggingface/tokenizers gives, and decodes to the text", () => {
    const oracle = huggingFace(trained.tokenizer, trained.config);
    const texts = [
      ...corpus.slice(0, 40),
      ...randomStrings(12, 400),
      "<|im_start|>user\nhi<|im_end|><|endoftext|>",
    ];
    for (const text of texts) {
      const tokens = tokenizer.encodeWithSpecial(text);
      expect([...tokens], text.slice(0, 80)).toEqual([...Array.from(oracle(text))]);
      expect(tokenizer.decode(tokens)).toBe(text.toWellFormed());
    }
  });

  test("compresses its corpus, and has a token for every byte", () => {
    const text = corpus[0] ?? "";
    expect(tokenizer.encode(text).length).toBeLessThan(text.length / 2);
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    expect([...tokenizer.decodeBytes(bytes)]).toEqual(bytes);
  });

  test("is the same for any number of workers and any order of the texts", async () => {
    expect(await train(2000, 3)).toEqual(trained);
    const reversed = await trainTokenizer(corpus.toReversed(), {
      vocabularySize: 2000,
      specialTokens: SPECIAL,
      workers: 2,
    });
    expect(reversed).toEqual(trained);
  });
});

test("the merges are those of a trainer that recounts everything each time", async () => {
  const texts = ["aaaa aaa aabaab abab", "hug pug pun bun hugs", "日本日本 日", "=====  ===="];
  const { tokenizer } = await trainTokenizer(texts, { vocabularySize: 300, workers: 1 });
  const { merges } = tokenizer["model"] as { merges: [string, string][] };
  expect(merges).toEqual(slowMerges(texts, merges.length));
  expect(merges.length).toBeGreaterThan(12);
});

test("splits are as asked for", async () => {
  for (const split of ["gpt2", "llama3", "o200k"] as const) {
    const files = await trainTokenizer(corpus.slice(0, 8), {
      vocabularySize: 600,
      split,
      workers: 1,
    });
    const tokenizer = await loadTokenizer(files);
    const oracle = huggingFace(files.tokenizer, files.config);
    for (const text of [...randomStrings(13, 200), corpus[9] ?? ""]) {
      expect([...tokenizer.encode(text)]).toEqual([...Array.from(oracle(text))]);
    }
  }
});

test("nothing to train on, impossible sizes and special tokens are refused", async () => {
  await expect(trainTokenizer([], { vocabularySize: 512 })).rejects.toThrow(/no text/);
  await expect(trainTokenizer(["", ""], { vocabularySize: 512 })).rejects.toThrow(/no text/);
  await expect(trainTokenizer(["x"], { vocabularySize: 256 })).rejects.toThrow(/256 tokens/);
  await expect(trainTokenizer(["x"], { vocabularySize: 70_000 })).rejects.toThrow(/70000/);
  await expect(trainTokenizer(["x"], { vocabularySize: 512, specialTokens: ["<a>", "<a>"] }))
    .rejects.toThrow(/"<a>"/);
});

test("an abort stops the training", async () => {
  const controller = new AbortController();
  const training = trainTokenizer(corpus, {
    vocabularySize: 30_000,
    signal: controller.signal,
    onProgress: ({ phase }) => phase === "count" && controller.abort(new Error("enough")),
  });
  await expect(training).rejects.toThrow("enough");
});

/** The textbook's trainer, of pieces as GPT-2 and its followers cut these texts. */
function slowMerges(texts: readonly string[], limit: number): [string, string][] {
  const bytes = (text: string) => [...new TextEncoder().encode(text)];
  const pieces = texts.flatMap((text) =>
    [...text.matchAll(/ ?\p{L}+| ?=+|\s+(?!\S)|\s+/gu)].map(([piece]) => bytes(piece))
  );
  const alphabet = [...Array(256).keys()].map((byte) => name(byte));
  const merges: [string, string][] = [];
  const tokens = [...alphabet];
  while (merges.length < limit) {
    const counts = new Map<string, number>();
    for (const piece of pieces) {
      for (let i = 0; i + 1 < piece.length; i++) {
        const pair = `${piece[i]} ${piece[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts].map(([pair, count]) => [count, ...pair.split(" ").map(Number)])
      .toSorted(([a = 0, b = 0, c = 0], [d = 0, e = 0, f = 0]) => d - a || b - e || c - f);
    const [count = 0, left = 0, right = 0] = best ?? [];
    if (count < 2) break;
    merges.push([tokens[left] ?? "", tokens[right] ?? ""]);
    tokens.push((tokens[left] ?? "") + (tokens[right] ?? ""));
    for (const piece of pieces) {
      for (let i = 0; i + 1 < piece.length; i++) {
        if (piece[i] === left && piece[i + 1] === right) piece.splice(i, 2, tokens.length - 1);
      }
    }
  }
  return merges;
}

/** GPT-2's character for a byte. */
function name(byte: number): string {
  const printable = (b: number) => (b > 32 && b < 127) || (b > 160 && b !== 173);
  if (printable(byte)) return String.fromCharCode(byte);
  const before = Array.from({ length: byte }, (_, b) => b).filter((b) => !printable(b)).length;
  return String.fromCharCode(256 + before);
}
