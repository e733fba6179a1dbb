/** Corpora on the command line: measured, compared, packed, decontaminated. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPackedFolder } from "../../src/corpus/headless.ts";
import { bottega, bottegaJson } from "../support/bottega.ts";
import { temporaryFolder } from "../support/make_repository.ts";

const run = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => ` w${first + i}`).join("");
const LINES = [
  { id: "a", text: `def add(a, b):\n    return a + b\n${run(0, 300)}` },
  {
    id: "b",
    segments: [{ role: "context", text: run(500, 90) }, { role: "edit", text: "x = 1\n" }],
  },
  { id: "broken" },
  { id: "c", text: run(0, 300) },
];

let folder: string;
let corpus: string;
let other: string;
beforeAll(async () => {
  folder = await temporaryFolder("corpora");
  corpus = `${folder}/corpus.jsonl`;
  other = `${folder}/other.jsonl`;
  await writeFile(corpus, LINES.map((line) => JSON.stringify(line)).join("\n"));
  await writeFile(other, `${JSON.stringify({ id: "x", text: "class A:\n    pass\n" })}\n`);
});
afterAll(() => Deno.remove(folder, { recursive: true }));

describe("bottega stats", () => {
  test("measures a corpus file, tells of a broken line, and compares exactly", async () => {
    const args = ["stats", corpus, "--against", other, "--json", "--device", "cpu"];
    const { code, stdout, stderr } = await bottega(...args, "--fertility", "r50k_base");
    expect(code).toBe(0);
    expect(stderr).toMatch(/corpus\.jsonl, row 2: broken has neither segments nor a text/);
    const there = JSON.parse(stdout);
    expect(there).toMatchObject({
      trajectories: 3,
      byRole: { edit: expect.any(Number), context: expect.any(Number) },
      lengths: { sample: { count: 3 }, roles: { edit: { count: 1 } } },
      fertility: [{ tokenizer: "o200k_base" }, { tokenizer: "r50k_base" }],
      ngrams: [{ n: 2 }, { n: 3 }, { n: 5 }],
      packing: [{ context: 2048, rows: 1 }, {}, {}, {}, {}, {}, {}],
      against: { trajectories: 1 },
    });
    const back = await bottegaJson("stats", other, "--against", corpus, "--device", "cpu");
    expect(there.mismatch.tokens).toBeGreaterThan(0.1);
    expect((back as typeof there).mismatch).toEqual(there.mismatch);
  });

  test("of a corpus with itself each divergence is 0, on the GPU too", async () => {
    const itself = await bottegaJson("stats", corpus, "--against", corpus) as {
      mismatch: Record<string, unknown>;
    };
    expect(itself.mismatch)
      .toEqual({ tokens: 0, ngrams: { 2: 0, 3: 0, 5: 0 }, tools: null, toolPairs: null });
  });
});

describe("bottega pack", () => {
  test("writes shards by their hash, the same for the same seed, with repetitions told", async () => {
    const packed = async (out: string) =>
      await bottegaJson(
        "pack",
        corpus,
        other,
        "--context",
        "256",
        "--repeats",
        "1,3",
        "--fill",
        "0",
        "--out",
        out,
      ) as {
        tokens: number;
        rows: number;
        shards: { file: string }[];
        sources: { effectiveTokens: number; tokens: number }[];
      };
    const first = await packed(`${folder}/one`);
    const second = await packed(`${folder}/two`);
    expect(second).toEqual(first);
    const files = (await readdir(`${folder}/one`)).toSorted();
    expect(files).toEqual([...first.shards.map(({ file }) => file), "manifest.json"].toSorted());
    for (const file of files) {
      expect(await readFile(`${folder}/two/${file}`)).toEqual(
        await readFile(`${folder}/one/${file}`),
      );
    }
    expect(first.sources[1]?.effectiveTokens).toBe(3 * (first.sources[1]?.tokens ?? 0));
    const data = await openPackedFolder(`${folder}/one`);
    const { tokens, flags } = await data.readRows(0, first.rows);
    expect(tokens).toHaveLength(first.rows * 256);
    expect(flags.reduce((sum, flag) => sum + (flag & 1), 0)).toBe(first.tokens);
  });

  test("a folder that is no packed one is told", async () => {
    await expect(openPackedFolder(folder)).rejects.toMatchObject({ code: "bad-dataset" });
  });
});

describe("bottega decontaminate", () => {
  test("leaves out what holds an item, and keeps the rest", async () => {
    const benchmark = `${folder}/bench.jsonl`;
    const item = { task_id: "HumanEval/0", prompt: run(0, 40), canonical_solution: run(40, 40) };
    await writeFile(benchmark, JSON.stringify(item));
    const out = `${folder}/kept.jsonl`;
    const report = await bottegaJson("decontaminate", corpus, "--against", benchmark, "--out", out);
    expect(report).toMatchObject({
      documents: 3,
      contaminated: 2,
      leakedItems: 1,
      worst: [{ item: "HumanEval/0", leakage: expect.any(Number) }, {}],
    });
    const kept = (await readFile(out, "utf8")).trim().split("\n").map((line) => JSON.parse(line));
    expect(kept).toMatchObject([{ id: "b", segments: [{ role: "context" }, { role: "edit" }] }]);
  });
});

describe("wrong usage ends with 2 and the reason", () => {
  test.each([
    [["pack", "x.jsonl", "--out", "y"], /--context/],
    [["pack", "x.jsonl", "--out", "y", "--context", "8", "--repeats", "0"], /"0"/],
    [["pack", "x.jsonl", "--out", "y", "--context", "8", "--fill", "2"], /"2"/],
    [["decontaminate", "x.jsonl", "--against", "y", "--threshold", "2"], /"2"/],
  ])("%j", async (args, reason) => {
    const { code, stdout, stderr } = await bottega(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(reason);
  });
});
