/** What a worker is asked to do of an ablation is checked before anything of it is read. */
import * as v from "valibot";
import { expect, test } from "vitest";
import { LAB } from "../../src/remote/works/lab.ts";

const HASH = "0".repeat(64);
const model = {
  key: "0123456789ab",
  name: "base",
  seed: 1,
  parent: null,
  checkpoint: "stages/0123456789ab/checkpoints/step-4",
  along: [],
  tokens: 100,
  lossTokens: 90,
  lossNats: 5.5,
  own: {},
};
const order = {
  name: "cell",
  spec: {},
  request: { model },
  files: { "world.json": HASH, [`${model.checkpoint}/model.safetensors`]: HASH },
};

test("an order as a fleet sends it is taken", () => {
  expect(v.is(LAB.schema, order)).toBe(true);
  const stage = { name: "mid ctx 1", seed: 1, parent: model, along: [2] };
  expect(v.is(LAB.schema, { ...order, name: "stage", request: stage })).toBe(true);
});

test.each([
  ["a file above its folder", { files: { "../world.json": HASH } }],
  ["a file at the root of the disk", { files: { "/etc/passwd": HASH } }],
  ["a file under a name that is none", { files: { "stages/../../x": HASH } }],
  ["a blob without a hash", { files: { "world.json": "world" } }],
  ["a checkpoint elsewhere", { request: { model: { ...model, checkpoint: "stages/../x" } } }],
  ["a key that is a path", { request: { model: { ...model, key: "../../etc" } } }],
  ["a loss that is none", { request: { model: { ...model, lossNats: null } } }],
  ["another piece's request", { name: "stage" }],
  ["a piece that there is not", { name: "constructor" }],
  ["more than is known", { command: "rm" }],
])("%s is refused", (_, change) => {
  expect(v.is(LAB.schema, { ...order, ...change })).toBe(false);
});
