/** The same ids as other people's tokenisers; test/bench/tokens.ts does it over 20 MB. */
import { describe, expect, test } from "vitest";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { randomStrings, randomText, sourceTexts, SPECIAL_TEXTS } from "../support/mixed_text.ts";
import { seededRandom } from "../support/random.ts";
import {
  gptTokenizer,
  huggingFace,
  lenmlFiles,
  type Oracle,
  tiktoken,
} from "../support/token_oracles.ts";

const sources = sourceTexts("src", [".ts", ".tsx", ".css", ".html"], 60_000);

const letters = Array.from({ length: 3000 }, function (this: () => number) {
  return "abcdeXYZé日"[Math.floor(this() * 10)];
}, seededRandom(2)).join("");

/** Pieces that are merged by the heap, and white space and symbols at the ends of texts. */
const longPieces = [
  "a".repeat(2000),
  " ".repeat(2000) + "x",
  "\n".repeat(777) + " y",
  "=".repeat(1501) + "\n" + "-".repeat(640),
  "/\n".repeat(900) + "x",
  letters,
  `before  \n\n  ${letters} 's after\n \n`,
  letters + "  " + letters + " \n ",
  "word ".repeat(20_000),
  "日本語、".repeat(12_000) + " end",
];

const OPENAI = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"] as const;

describe.each(OPENAI)("%s", (name) => {
  test("agrees with tiktoken and gpt-tokenizer, and decodes to the text", async () => {
    const tokenizer = await loadTokenizer(name);
    const [first, second] = [tiktoken(name), await gptTokenizer(name)];
    const texts = [
      ...sources,
      ...longPieces.slice(0, 8),
      ...SPECIAL_TEXTS,
      ...randomStrings(1, 4000),
    ];
    for (const text of texts) {
      const tokens = tokenizer.encode(text);
      same(tokens, first(text), text);
      if (!text.includes("\ufeff")) same(tokens, second(text), text);
      expect(tokenizer.decode(tokens)).toBe(text.toWellFormed());
    }
  });

  test("agrees with tiktoken where a text is cut into blocks", async () => {
    const tokenizer = await loadTokenizer(name);
    const oracle = tiktoken(name);
    const random = seededRandom(3);
    const mixed = Array.from({ length: 4000 }, () => randomText(random)).join("");
    for (const text of [...longPieces.slice(8), mixed]) {
      same(tokenizer.encode(text), oracle(text), text);
      same(tokenizer.encode(new TextEncoder().encode(text)), oracle(text), text);
    }
  });
});

describe.each(["qwen3", "llama3"])("%s", (name) => {
  test("agrees with @huggingface/tokenizers, special tokens included", async () => {
    const { tokenizer: file, config } = await lenmlFiles(name);
    const tokenizer = await loadTokenizer(name);
    const oracle = huggingFace(file, config);
    const texts = [...sources.slice(0, 20), ...SPECIAL_TEXTS, ...randomStrings(4, 1500)];
    for (const text of texts) {
      const tokens = tokenizer.encodeWithSpecial(text);
      same(tokens, oracle(text), text);
      const normal = name === "qwen3" ? text.toWellFormed().normalize("NFC") : text.toWellFormed();
      expect(tokenizer.decode(tokens)).toBe(normal);
    }
  });
});

/** Tells where they differ rather than printing both. */
function same(ours: Uint32Array, theirs: ReturnType<Oracle>, text: string) {
  let at = 0;
  while (at < theirs.length && ours[at] === theirs[at]) at++;
  if (at === theirs.length && at === ours.length) return;
  const show = (ids: ArrayLike<number>) => Array.from(ids).slice(at, at + 8);
  expect.fail(
    `at token ${at} of ${JSON.stringify(text.slice(0, 200))}: ${show(ours)} is not ${show(theirs)}`,
  );
}
