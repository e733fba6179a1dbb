import { expect, test } from "vitest";
import { loadTokenizer, TokenizerError, VOCABULARIES } from "../../src/tokenizer/mod.ts";
import { randomStrings } from "../support/mixed_text.ts";
import { tiktoken } from "../support/token_oracles.ts";

test("special tokens are ordinary text unless they are asked for", async () => {
  const tokenizer = await loadTokenizer("o200k_base");
  const text = "a <|endoftext|> b <|im_start|>";
  expect(tokenizer.encode(text)).toEqual(tiktoken("o200k_base")(text));
  expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  const special = tokenizer.encodeWithSpecial(text);
  expect([...special]).toContain(tokenizer.endOfText);
  expect(tokenizer.decode(special)).toBe(text);
});

test("each vocabulary tells its size, its end of text and its special tokens", async () => {
  const told = await Promise.all(VOCABULARIES.map(async (name) => {
    const { vocabularySize, endOfText, specialTokens } = await loadTokenizer(name);
    return [name, vocabularySize, endOfText, specialTokens.size];
  }));
  expect(told).toEqual([
    ["o200k_base", 200_019, 199_999, 2],
    ["cl100k_base", 100_277, 100_257, 5],
    ["p50k_base", 50_281, 50_256, 1],
    ["r50k_base", 50_257, 50_256, 1],
    ["qwen3", 151_669, 151_643, 26],
    ["llama3", 128_256, 128_001, 256],
  ]);
});

test("nothing gives nothing, and a lone surrogate the replacement character", async () => {
  const tokenizer = await loadTokenizer("o200k_base");
  expect(tokenizer.encode("")).toEqual(new Uint32Array());
  expect(tokenizer.encode(new Uint8Array())).toEqual(new Uint32Array());
  expect(tokenizer.encode("a\ud800b")).toEqual(tokenizer.encode("a\ufffdb"));
  expect(tokenizer.encode("\udc00")).toEqual(tokenizer.encode("\ufffd"));
});

test("bytes that are not UTF-8 are read as TextDecoder reads them", async () => {
  const tokenizer = await loadTokenizer("cl100k_base");
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (
    const bytes of [
      [0x80],
      [0xc0, 0xaf],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x80, 0x80, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff, 0x61, 0xfe],
      [0xef, 0xbb, 0xbf, 0x61],
      [0x61, 0xe2, 0x28, 0xa1],
      [...new TextEncoder().encode("Ünïcødé 日本 😀")],
    ]
  ) {
    const tokens = tokenizer.encode(Uint8Array.from(bytes));
    const text = decoder.decode(Uint8Array.from(bytes));
    expect(tokens).toEqual(tokenizer.encode(text));
    expect(tokenizer.decode(tokens)).toBe(text);
  }
});

test("a million letters without a space are merged within the test's minute", async () => {
  const tokenizer = await loadTokenizer("o200k_base");
  expect(tokenizer.encode("a".repeat(1_000_000))).toHaveLength(125_000);
});

test("a stream gives whole characters, and what was cut off at its end", async () => {
  const tokenizer = await loadTokenizer("r50k_base");
  const text = "日本語 😀 ok";
  const tokens = tokenizer.encode(text);
  const stream = tokenizer.decodeStream();
  const parts = [...tokens].map((token) => stream.push([token]));
  expect(parts.join("") + stream.end()).toBe(text);
  expect(parts.join("")).not.toContain("\ufffd");
  stream.push(tokenizer.encode("😀").subarray(0, 1));
  expect(stream.end()).toBe("\ufffd");
  expect(stream.push(tokenizer.encode("again"))).toBe("again");
});

test("offsets say where each token begins, in bytes and in the text", async () => {
  const tokenizer = await loadTokenizer("o200k_base");
  for (const text of ["", "a", "hello 😀 wörld", "\ufeffx", ...randomStrings(9, 300)]) {
    const whole = text.toWellFormed();
    const bytes = new TextEncoder().encode(whole);
    const tokens = tokenizer.encode(whole);
    const [inBytes, inText] = [tokenizer.byteOffsets(tokens), tokenizer.textOffsets(tokens)];
    expect(inBytes.at(-1)).toBe(bytes.length);
    expect(inText.at(-1)).toBe(whole.length);
    for (const [i, token] of tokens.entries()) {
      expect(tokenizer.decodeBytes([token])).toEqual(bytes.slice(inBytes[i], inBytes[i + 1]));
      // The character in which the token begins: continuing bytes belong to the one before.
      let start = inBytes[i] ?? 0;
      while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
      expect(inText[i]).toBe(
        new TextDecoder("utf-8", { ignoreBOM: true })
          .decode(bytes.slice(0, start)).length,
      );
    }
  }
});

test("unknown names and ids are refused with their value", async () => {
  await expect(loadTokenizer("gpt-9")).rejects.toThrow(/"gpt-9".*o200k_base/);
  await expect(loadTokenizer("__proto__")).rejects.toThrow(TokenizerError);
  const tokenizer = await loadTokenizer("r50k_base");
  expect(() => tokenizer.decode([50_257])).toThrow(TokenizerError);
  expect(() => tokenizer.decode([-1])).toThrow(/no token -1/);
  expect(() => tokenizer.decode([0.5])).toThrow(/no token 0.5/);
  expect(() => tokenizer.tokenText(NaN)).toThrow(/no token NaN/);
});
