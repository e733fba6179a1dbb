import { describe, expect, test } from "vitest";
import {
  isSample,
  makeSample,
  readSamples,
  type Sample,
  type SampleInput,
} from "../../src/corpus/mod.ts";
import type { ReadError } from "../../src/trajectory/mod.ts";

async function readAll(input: SampleInput): Promise<(Sample | ReadError)[]> {
  return await Array.fromAsync(readSamples(input));
}

const bytes = (text: string) => new TextEncoder().encode(text);

const sample = makeSample(
  {
    id: "a",
    kind: "python",
    repo: "o/r",
    base: "b".repeat(40),
    commits: [{
      oid: "c".repeat(40),
      message: "Change\n",
      edits: [
        { kind: "str_replace", path: "a.py", search: "1", replace: "2" },
        { kind: "insert", path: "a.py", line: 0, text: "x\n" },
        { kind: "create", path: "b.py", text: "" },
        { kind: "rename", path: "b.py", newPath: "c.py" },
        { kind: "delete", path: "c.py" },
      ],
    }],
  },
  [{ role: "context", text: "# One\n" }, { role: "edit", text: "two 😀\n" }],
);

describe("makeSample", () => {
  test("joins neighbours of one role and leaves out what is empty", () => {
    const { segments, text } = makeSample({ id: "a", kind: "code", repo: "", base: null }, [
      { role: "context", text: "a" },
      { role: "file", text: "" },
      { role: "context", text: "b" },
      { role: "edit", text: "c" },
    ]);
    expect(segments).toEqual([{ role: "context", text: "ab" }, { role: "edit", text: "c" }]);
    expect(text).toBe("abc");
  });
});

describe("readSamples", () => {
  test("gives back what was written, from bytes, a blob and a stream of single bytes", async () => {
    const line = `${JSON.stringify(sample)}\n`;
    const text = line + line;
    expect(await readAll(bytes(text))).toEqual([sample, sample]);
    expect(await readAll(new Blob([text]))).toEqual([sample, sample]);
    const single = ReadableStream.from([...bytes(text)].map((byte) => Uint8Array.of(byte)));
    expect(await readAll(single)).toEqual([sample, sample]);
    const zipped = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    expect(await readAll(await new Response(zipped).blob())).toEqual([sample, sample]);
  });

  test("an empty file has no samples", async () => {
    expect(await readAll(bytes(""))).toEqual([]);
    expect(await readAll(ReadableStream.from([]))).toEqual([]);
  });

  test("a text alone is context; other keys are allowed", async () => {
    expect(await readAll(bytes('{"text": "one", "stars": 5}\n{"id": "x", "text": "two"}\n')))
      .toMatchObject([
        { id: "corpus.jsonl#0", kind: "code", segments: [{ role: "context", text: "one" }] },
        { id: "x", base: null, text: "two" },
      ]);
  });

  test("a broken line is told with its number, and the rest is read", async () => {
    const lines = [
      JSON.stringify(sample),
      "{",
      '{"id": "n"}',
      '{"segments": [{"role": "king", "text": ""}]}',
      JSON.stringify({ ...sample, text: "other" }),
      '{"text": 5}',
      '{"commits": [{"oid": "", "message": "", "edits": [{"kind": "insert", "path": "a", "line": -1, "text": ""}]}], "text": ""}',
      JSON.stringify(sample),
    ];
    const text = lines.join("\n");
    const read = await readAll(bytes(text));
    expect((await readAll(new Blob([`{\n${text}`]).stream())).length).toBe(9);
    expect(read.map((one) => isSample(one))).toEqual(
      [true, false, false, false, false, false, false, true],
    );
    const errors = read.flatMap((one) => isSample(one) ? [] : [one]);
    expect(errors.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(errors[2]?.reason).toContain('"king"');
    expect(errors[3]?.reason).toBe("the segments of a do not join to its text");
    expect(errors[5]?.reason).toContain("commits.0.edits.0.line");
  });
});
