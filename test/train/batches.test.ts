/** What a step is told, from packed rows. */
import { expect, test } from "vitest";
import { IGNORED } from "../../src/tensor/mod.ts";
import { readBatch } from "../../src/train/batches.ts";
import { packedDataset } from "./packed.ts";

const rows = [
  [{ tokens: [5, 6, 7], answerFrom: 2 }, { tokens: [8, 9], answerFrom: 1 }],
  [{ tokens: [1, 2, 3, 4, 5, 6] }],
  [{ tokens: [0, 0], answerFrom: 2 }],
];
const I = IGNORED;

test("the target of a token is the next one of its document", async () => {
  const dataset = await packedDataset(rows, 6, { shardRows: 2 });
  const { inputs, tokens, lossTokens } = await readBatch(dataset, [1, 0], "all");
  expect([...inputs.tokens]).toEqual([1, 2, 3, 4, 5, 6, 5, 6, 7, 8, 9, 0]);
  expect([...inputs.targets]).toEqual([2, 3, 4, 5, 6, I, 6, 7, I, 9, I, I]);
  expect([...inputs.starts]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 5]);
  expect({ tokens, lossTokens }).toEqual({ tokens: 11, lossTokens: 8 });
});

test("answers count alone where the mask says so", async () => {
  const dataset = await packedDataset(rows, 6);
  const { inputs, tokens, lossTokens } = await readBatch(dataset, [0], "answers");
  expect([...inputs.targets]).toEqual([I, 7, I, 9, I, I]);
  expect({ tokens, lossTokens }).toEqual({ tokens: 5, lossTokens: 2 });
});
