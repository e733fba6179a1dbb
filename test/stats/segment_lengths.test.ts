/** Lengths of segments and steps, and of text. */
import { describe, expect, test } from "vitest";
import {
  fertility,
  mergeSegmentLengths,
  segmentLengths,
  summarizeLengths,
  textSize,
} from "../../src/stats/mod.ts";
import { describeGpu, gpu } from "../support/gpu.ts";
import { randomCorpus } from "../support/random_corpus.ts";

const roles = ["problem", "thought", "action", "observation"];
const [P, T, A, O] = [0, 1, 2, 3] as const;

/** Segments with 1, 2, 4, 8 … tokens, so that each sum tells what is in it. */
function corpusOf(...trajectories: number[][]) {
  const segmentRoles = trajectories.flat();
  const offsets = segmentRoles.reduce((all, _, i) => [...all, all[i]! + 2 ** i], [0]);
  return {
    tokenizer: "none",
    vocabularySize: 1,
    tokens: new Uint32Array(offsets.at(-1)!),
    segmentOffsets: Uint32Array.from(offsets),
    roles,
    segmentRoles: Uint32Array.from(segmentRoles),
    segmentTrajectories: Uint32Array.from(trajectories.flatMap((t, k) => t.map(() => k))),
    trajectoryCount: trajectories.length,
  };
}

describe("segmentLengths", () => {
  test("sorts segments by role, and adds up steps", async () => {
    const corpus = corpusOf([P, T, A, O, A, A, O, T, O], [O, A], [A, P, O]);
    const { byRole, steps } = await segmentLengths(corpus, null);
    expect(byRole.map((lengths) => [...lengths])).toEqual([
      [1, 2 ** 12],
      [2, 2 ** 7],
      [4, 16, 32, 2 ** 10, 2 ** 11],
      [8, 64, 2 ** 8, 2 ** 9, 2 ** 13],
    ]);
    expect([...steps]).toEqual([2 + 4 + 8, 16 + 32 + 64, 2 ** 7 + 2 ** 8, 2 ** 10, 2 ** 11]);
  });

  test("of nothing is nothing", async () => {
    const { byRole, steps } = await segmentLengths(corpusOf(), null);
    expect([byRole.every(({ length }) => length === 0), steps.length]).toEqual([true, 0]);
  });

  test("shards give what the whole gives", async () => {
    const [a, b] = [[[P, T, A, O], [T]], [[A, O, T, A]]];
    const of = (trajectories: number[][]) => segmentLengths(corpusOf(...trajectories), null);
    const merged = mergeSegmentLengths([await of(a), await of(b)]);
    expect([...merged.byRole[T]!]).toEqual([2, 16, 4]);
    expect([...merged.steps]).toEqual([2 + 4 + 8, 16, 1 + 2, 4 + 8]);
    expect(() => mergeSegmentLengths([])).toThrow(
      expect.objectContaining({ code: "not-mergeable" }),
    );
  });

  test("summarises by nearest rank", async () => {
    const lengths = Uint32Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(await summarizeLengths(lengths, gpu)).toMatchObject(
      { count: 100, tokens: 5050, p10: 10, p50: 50, p90: 90, p99: 99, max: 100 },
    );
    expect(await summarizeLengths(new Uint32Array(), gpu))
      .toMatchObject({ count: 0, tokens: 0, p50: 0, max: 0 });
  });
});

describeGpu("segmentLengths", (gpu) => {
  test("equals the reference", async () => {
    const corpus = randomCorpus(400, 1000);
    expect(await segmentLengths(corpus, gpu)).toEqual(await segmentLengths(corpus, null));
    const { steps } = await segmentLengths(corpus, null);
    expect(await summarizeLengths(steps, gpu)).toEqual(await summarizeLengths(steps, null));
  });
});

describe("textSize", () => {
  test.each([
    "",
    "a",
    "a\n",
    "a\nb",
    "\n\n",
    "äöü €\n",
    "日本",
    "😀x",
    "\ud800",
    "x\udc00y",
    "\udc00\ud800",
  ])(
    "%j",
    (text) => {
      const bytes = new TextEncoder().encode(text).length;
      const lines = text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
      expect(textSize(text)).toEqual({ bytes, lines });
    },
  );

  test("fertility is by byte and by line", () => {
    expect(fertility("a", 6, { bytes: 24, lines: 3 })).toMatchObject({ perByte: 0.25, perLine: 2 });
    expect(fertility("a", 0, textSize(""))).toMatchObject({ perByte: 0, perLine: 0 });
  });
});
