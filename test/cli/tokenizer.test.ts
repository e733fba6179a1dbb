import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { bottega, bottegaJson } from "../support/bottega.ts";

describe("bottega tokenizer", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
  const file = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  test("encode prints the ids of a file, and decode their text", async () => {
    const text = "héllo 日本 <|endoftext|>\n";
    const path = await file("text.txt", text);
    const encoded = await bottegaJson("tokenizer", "encode", path) as { ids: number[] };
    const tokenizer = await loadTokenizer("o200k_base");
    expect(encoded).toEqual({ ids: [...tokenizer.encode(text)] });
    const ids = await file("ids.json", JSON.stringify(encoded));
    expect(await bottegaJson("tokenizer", "decode", ids)).toEqual({ text });
    const special = await bottega("tokenizer", "encode", path, "--special");
    expect(special.stdout.split(" ")).toContain("199999");
  });

  test("train writes a vocabulary that the other commands take", async () => {
    const corpus = await file(
      "corpus.jsonl",
      '{"id":"a","text":"def add(a, b):\\n    return a + b\\n"}\n{"id":"b"}\n' +
        '{"text":"def subtract(a, b):\\n    return a - b\\n"}\n',
    );
    const out = join(folder, "trained");
    const trained = await bottega("tokenizer", "train", corpus, "--size", "265", "--out", out);
    expect(trained.stderr).toContain("corpus.jsonl, row 1: b has neither segments nor a text");
    expect(trained.stdout).toContain("265 tokens");
    expect(await bottegaJson("tokenizer", "info", "--tokenizer", out)).toMatchObject({
      vocabularySize: 265,
      endOfText: 264,
      specialTokens: { "<|endoftext|>": 264 },
      hasChatTemplate: false,
    });
  });

  test("what is missing, cut short or no vocabulary is told in one line", async () => {
    const cut = await file("cut.json", '{"model": {"type": "BPE", "voc');
    const ended = await Promise.all([
      bottega("tokenizer", "encode", join(folder, "none.txt")),
      bottega("tokenizer", "info", "--tokenizer", cut),
      bottega("tokenizer", "info", "--tokenizer", "gpt-9"),
      bottega("tokenizer", "decode", await file("bad.txt", "1 2 x")),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([1, 1, 2, 1]);
    const told = ended.map(({ stderr }) => stderr);
    expect(told[0]).toMatch(/there is no file ".*none.txt"/);
    expect(told[1]).toMatch(/cut.json" is not whole/);
    expect(told[2]).toMatch(/No vocabulary: "gpt-9"/);
    expect(told[3]).toMatch(/no id at place 3: "x"/);
  });
});

test("bottega bench tokens prints the speed and the cold start", async () => {
  const report = await bottegaJson(
    "bench",
    "tokens",
    "ARCHITECTURE.md",
    "--tokenizer",
    "r50k_base",
  );
  const { megabytesPerSecond, coldStartMs } = report as Record<string, number>;
  expect(megabytesPerSecond).toBeGreaterThan(0);
  expect(coldStartMs).toBeGreaterThan(0);
});
