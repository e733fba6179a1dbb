/** Decontamination: every planted overlap at the threshold and none below it, shown side by side. */
import { describe, expect, test } from "vitest";
import {
  type CorpusDocument,
  type DecontaminateOptions,
  decontamination,
  type Leak,
  readBenchmark,
} from "../../src/corpus/mod.ts";
import { sharedExcerpts } from "../../src/corpus/shared_excerpts.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import { gpu } from "../support/gpu.ts";
import { seededRandom } from "../support/random.ts";

const o200k = await loadTokenizer("o200k_base");

/** A token a word, so that 13-grams can be counted by hand. */
const words = {
  ...o200k,
  name: "words",
  vocabularySize: 2 ** 32,
  encode: (text: string | Uint8Array) =>
    Uint32Array.from(String(text).split(" ").filter(Boolean), (word) => Number(word.slice(1))),
  decode: (tokens: Iterable<number>) => Array.from(tokens, (token) => `w${token}`).join(" "),
};

const run = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => `w${first + i}`).join(" ");
const doc = (id: string, text: string): CorpusDocument => ({
  id,
  segments: [{ role: "context", text }],
});

async function check(
  items: readonly { id: string; text: string }[],
  documents: readonly CorpusDocument[],
  options: Partial<DecontaminateOptions> = {},
) {
  const checking = decontamination(items, { tokenizer: words, gpu: null, ...options });
  const leaks: (Leak | null)[] = [];
  for await (const { leak } of checking.check(documents)) leaks.push(leak);
  return { leaks, report: checking.report() };
}

describe("decontamination", () => {
  // 112 words are 100 13-grams; k + 12 words in a row are k of them.
  const items = [
    { id: "short", text: run(1, 12) },
    { id: "planted", text: run(1000, 112) },
    { id: "other", text: run(3000, 112) },
  ];
  const planted = (ngrams: number) => `${run(9000, 40)} ${run(1020, ngrams + 12)} ${run(9500, 40)}`;

  test.each([["the CPU", null], ["the GPU", gpu]])(
    "on %s: out at 0.10, in at 0.09",
    async (_, gpu) => {
      const documents = [doc("ten", planted(10)), doc("nine", planted(9)), doc("none", run(1, 50))];
      const { leaks, report } = await check(items, documents, { gpu });
      expect(leaks).toEqual([
        { item: "planted", document: "ten", shared: 10, ngrams: 100, leakage: 0.1 },
        null,
        null,
      ]);
      expect(report).toMatchObject({
        n: 13,
        threshold: 0.1,
        documents: 3,
        contaminated: 1,
        items: 3,
        leakedItems: 1,
        shortItems: 1,
        worst: [{ document: "ten", leakage: 0.1 }, { document: "nine", leakage: 0.09 }],
      });
    },
  );

  test("finds what reaches over segments, and takes the worst of several", async () => {
    const segments = [
      { role: "context", text: `${run(1000, 15)} ` },
      { role: "edit", text: `${run(1015, 15)} ${run(3000, 60)}` },
    ];
    const { leaks, report } = await check(items, [{ id: "a", segments }], { threshold: 0.5 });
    expect(leaks).toEqual([null]);
    expect(report.worst).toMatchObject([
      { item: "other", shared: 48 },
      { item: "planted", shared: 18 },
    ]);
  });

  test("keeps only as many of the worst as wanted, worst first", async () => {
    const random = seededRandom(4);
    const documents = Array.from(
      { length: 60 },
      (_, i) => doc(`${i}`, planted(1 + Math.floor(random() * 80))),
    );
    const { report: all } = await check(items, documents, { worst: 100 });
    const shares = all.worst.map(({ leakage }) => leakage);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    const { report: some } = await check(items, documents, { worst: 7 });
    expect(some.worst).toEqual(all.worst.slice(0, 7));
  });

  test("shows the longest shared stretch with what stands around it", async () => {
    const { report: { worst: [leak] } } = await check(items, [doc("ten", planted(10))]);
    expect(leak?.inDocument).toEqual({
      before: run(9000, 40),
      shared: run(1020, 22),
      after: run(9500, 40),
    });
    expect(leak?.inItem).toEqual({
      before: run(1000, 20),
      shared: run(1020, 22),
      after: run(1042, 40),
    });
  });

  test("an excerpt of nothing shared is empty, a long one is cut", () => {
    const tokens = (text: string) => words.encode(text);
    expect(sharedExcerpts(tokens(run(1, 50)), tokens(run(60, 50)), 13, words).inItem.shared).toBe(
      "",
    );
    const long = sharedExcerpts(tokens(run(1, 900)), tokens(run(1, 900)), 13, words);
    expect(long.inItem.shared.split(" ").length).toBe(401);
    expect(long.inItem.after).toBe("");
  });

  test("refuses a threshold that is none, and a benchmark that says nothing", () => {
    const with_ = (items: { id: string; text: string }[], threshold: number) => () =>
      decontamination(items, { tokenizer: words, gpu: null, threshold });
    const refused = expect.objectContaining({ code: "bad-option" });
    expect(with_(items, 0)).toThrow(refused);
    expect(with_(items, NaN)).toThrow(refused);
    expect(with_([items[0]!], 0.1)).toThrow(refused);
  });
});

describe("readBenchmark", () => {
  const read = (path: string, text: string, fields?: string[]) =>
    readBenchmark({ name: "b", files: [{ path, blob: new Blob([text]) }] }, { fields });

  test("takes a problem with its solution, by the fields that benchmarks have", async () => {
    const lines = [
      { instance_id: "a", problem_statement: "p", patch: "d", test_patch: "t", repo: "r" },
      { task_id: "b", prompt: "def f", canonical_solution: "return", test: "assert" },
      { id: 3, text: "x", other: 7 },
      { id: "none" },
    ];
    const { items, errors } = await read("b.jsonl", lines.map((l) => JSON.stringify(l)).join("\n"));
    expect(items).toEqual([
      { id: "a", text: "p\nd\nt" },
      { id: "b", text: "def f\nreturn" },
      { id: "3", text: "x" },
      { id: "none", text: "none" },
    ]);
    expect(errors).toEqual([]);
  });

  test("takes fields by name, and tells of records that lack them", async () => {
    const { items, errors } = await read("b.json", '[{"q": "x", "a": "y"}, {"a": "z"}]', ["q"]);
    expect(items).toEqual([{ id: "b.json#0", text: "x" }]);
    expect(errors).toMatchObject(
      [{ path: "b.json", row: 1, reason: /no text in q/ }].map((error) => ({
        ...error,
        reason: expect.stringMatching(error.reason),
      })),
    );
  });

  test("a file of text is one item, broken lines are told", async () => {
    expect(await read("b.py", "print(1)\n")).toEqual({
      items: [{ id: "b.py", text: "print(1)\n" }],
      errors: [],
    });
    const { items, errors } = await read("b.jsonl", '{"text": "a"}\n{"text"\n{"text": "c"}\n');
    expect(items.map(({ text }) => text)).toEqual(["a", "c"]);
    expect(errors).toMatchObject([{ row: 1 }]);
  });
});
