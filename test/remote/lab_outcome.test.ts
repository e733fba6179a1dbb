/** What a worker of a fleet says has come of a piece of an ablation. */
import { expect, test } from "vitest";
import type { LabWork } from "../../src/lab/mod.ts";
import { parseLabOutcome } from "../../src/remote/works/lab.ts";

const sha256 = "0".repeat(64);
const work = (name: LabWork["name"]) => ({ name }) as LabWork;
const KEY = "0123456789ab";

test("files below their stage are taken", () => {
  const files = { [`stages/${KEY}/checkpoints/step-10/model.safetensors`]: sha256 };
  expect(parseLabOutcome(work("cell"), { result: [1], files })).toEqual({ result: [1], files });
});

test.each([
  "../outside",
  "stages/../../outside",
  `stages/${KEY}/../../../outside`,
  `stages/${KEY}/..`,
  `/stages/${KEY}/model`,
  `stages/${KEY}/a\\..\\b`,
  "world.json",
  "spec.json",
  "",
])("no file is written to %j", (path) => {
  expect(() => parseLabOutcome(work("cell"), { result: null, files: { [path]: sha256 } }))
    .toThrowError(expect.objectContaining({ code: "bad-result" }));
});

test("a hash that is none, and a stage that is none, are refused", () => {
  const files = { [`stages/${KEY}/stage.json`]: "abc" };
  expect(() => parseLabOutcome(work("cell"), { result: null, files })).toThrow(/abc/);
  const model = { key: KEY, checkpoint: "../elsewhere" };
  expect(() => parseLabOutcome(work("stage"), { result: model, files: {} }))
    .toThrowError(expect.objectContaining({ code: "bad-result" }));
  expect(() => parseLabOutcome(work("cell"), null)).toThrow(/bad-result|cell/);
});
