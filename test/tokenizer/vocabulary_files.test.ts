/** Vocabularies from elsewhere: kinds that are run, and files that are refused with their place. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { loadTokenizer, TokenizerError, trainTokenizer } from "../../src/tokenizer/mod.ts";
import { readTiktoken } from "../../src/tokenizer/tiktoken_file.ts";
import { randomStrings, sourceTexts } from "../support/mixed_text.ts";
import { huggingFace } from "../support/token_oracles.ts";

type Json = Record<string, unknown>;

const trained = await trainTokenizer(sourceTexts("src/cli", [".ts"], 60_000), {
  vocabularySize: 900,
  specialTokens: ["<|endoftext|>"],
  workers: 1,
});

/** The trained file with some of its keys replaced. */
const file = (changes: Json) => ({ ...trained.tokenizer, ...changes });
const model = (changes: Json) =>
  file({ model: { ...trained.tokenizer["model"] as Json, ...changes } });
const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: true };
const split = (Regex: string) => ({
  type: "Split",
  pattern: { Regex },
  behavior: "Isolated",
  invert: false,
});
const sequence = (...pretokenizers: Json[]) =>
  file({ pre_tokenizer: { type: "Sequence", pretokenizers } });
const plain = { ...byteLevel, use_regex: false };

const DEEPSEEK = [
  String.raw`\p{N}{1,3}`,
  "[一-龥぀-ゟ゠-ヿ]+",
  String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_` + "`" +
  String
    .raw`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
];

describe("agrees with @huggingface/tokenizers", () => {
  test.each(Object.entries({
    "GPT-2's pattern": file({ pre_tokenizer: byteLevel }),
    "a space before the text": file({ pre_tokenizer: { ...byteLevel, add_prefix_space: true } }),
    "digits apart": sequence({ type: "Digits", individual_digits: true }, byteLevel),
    "an unknown pattern": sequence(split(String.raw`[a-z]+|\s+|\d{2}`), plain),
    "three patterns in a row": sequence(...DEEPSEEK.map(split), plain),
    "NFKC": file({ normalizer: { type: "NFKC" } }),
    "merges as text": model({
      merges: ((trained.tokenizer["model"] as Json)["merges"] as string[][]).map((m) =>
        m.join(" ")
      ),
    }),
    "whole pieces": model({ ignore_merges: true }),
    "fewer merges than tokens": model({
      merges: ((trained.tokenizer["model"] as Json)["merges"] as string[][]).slice(0, 300),
    }),
  }))("%s", async (kind, json) => {
    const tokenizer = await loadTokenizer({ tokenizer: json });
    const oracle = huggingFace(json);
    for (const text of randomStrings(21, 400)) {
      // Rust's patterns, unlike JavaScript's, have U+0085 for white space and not U+FEFF.
      if (/[\u0085\ufeff]/.test(text)) continue;
      // Its digits are those of ASCII; Rust's are all numbers.
      if (kind === "digits apart" && /(?![0-9])\p{N}/u.test(text)) continue;
      expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(Array.from(oracle(text)));
    }
  });

  test("added tokens that strip, stand alone, overlap and are normalised", async () => {
    const added = [
      { content: "<a>", lstrip: true },
      { content: "<ab>", rstrip: true },
      { content: "word", single_word: true },
      { content: "wordy" },
      { content: "<", normalized: true },
    ].map((token, i) => ({ id: 2000 + i, special: false, normalized: false, ...token }));
    const json = file({ added_tokens: added });
    const tokenizer = await loadTokenizer({ tokenizer: json });
    const show = (text: string) =>
      [...tokenizer.encodeWithSpecial(text)]
        .map((id) => id >= 2000 ? `|${tokenizer.tokenText(id)}|` : tokenizer.tokenText(id))
        .join("");
    expect(show("x  <a>  y")).toBe("x|<a>|  y");
    expect(show("x<ab>  y")).toBe("x|<ab>|y");
    expect(show("wordy word sword")).toBe("|wordy| |word| sword");
    expect(show("a<b")).toBe("a|<|b");
  });
});

describe("refuses", () => {
  const source = async (name: string) =>
    new Uint8Array(await readFile(`node_modules/gpt-tokenizer/data/${name}.tiktoken`));

  test("a vocabulary file that was cut short, with the line", async () => {
    const whole = await source("r50k_base");
    const read = (bytes: Uint8Array) => () => readTiktoken(bytes, "r50k_base", 50_256);
    expect(read(whole)().offsets).toHaveLength(50_257);
    const end = new TextDecoder().decode(whole).split("\n").slice(0, 1000).join("\n").length;
    expect(read(whole.subarray(0, end))).toThrow(
      /line 1001: the file ends after 1000 tokens of 50256/,
    );
    expect(read(whole.subarray(0, end + 3))).toThrow(/line 1001: no token in base64/);
    expect(read(whole.subarray(0, end - 1))).toThrow(
      /line 1000: id 99 cannot follow 998|ends after/,
    );
    expect(read(new TextEncoder().encode("IQ== 0\nIg== x\n"))).toThrow(/line 2: no id.*Ig== x/);
    expect(read(new TextEncoder().encode("IQ== 0\n?? 1\n"))).toThrow(/line 2: no token in base64/);
    expect(read(new TextEncoder().encode("IQ== 5\nIg== 5\n"))).toThrow(
      /line 2: id 5 cannot follow 5/,
    );
    expect(read(new Uint8Array())).toThrow(/line 1: the file ends after 0 tokens/);
  });

  test.each(Object.entries({
    "merges that refer to missing tokens": [
      model({ merges: [["a", "b"], ["zq", "qz"]] }),
      /model.merges\[0\] \(\["a","b"\]\) refers to the token "ab"|merges\[1\].*"zq"/,
    ],
    "a merge of three": [model({ merges: ["a b c"] }), /model.merges\[0\] is "a b c"/],
    "an id that is none": [model({ vocab: { a: -1 } }), /gives "a" the id -1/],
    "an id twice": [model({ vocab: { a: 1, b: 1 }, merges: [] }), /two tokens have the id 1/],
    "an empty vocabulary": [model({ vocab: {} }), /holds no token/],
    "a byte without a token": [model({ vocab: { a: 0 }, merges: [] }), /no token for byte 00/],
    "added tokens on another's id": [
      file({ added_tokens: [{ id: 5, content: "<x>" }] }),
      /added token "<x>" has the id 5 of another/,
    ],
    "a tokenizer that is not BPE": [model({ type: "Unigram" }), /model.type is "Unigram"/],
    "byte fallback of SentencePiece": [model({ byte_fallback: true }), /byte_fallback is true/],
    "an unknown normaliser": [file({ normalizer: { type: "Lowercase" } }), /normalizer.*Lowercase/],
    "words by white space": [file({ pre_tokenizer: { type: "Whitespace" } }), /"Whitespace"/],
    "no bytes at all": [sequence(split("x+")), /pre_tokenizer/],
    "a pattern that JavaScript lacks": [sequence(split("a++|b"), plain), /pattern.*"a\+\+\|b"/],
    "a pattern that means several things": [sequence(split(String.raw`\w+`), plain), /\\w is not/],
    "a list": [[], /the file is \[\]/],
  }))("%s", async (_, [json, message]) => {
    const loading = loadTokenizer({ tokenizer: json, name: "mine" });
    await expect(loading).rejects.toThrow(TokenizerError);
    await expect(loading).rejects.toThrow(message as RegExp);
    await expect(loading).rejects.toThrow(/^mine/);
  });
});
