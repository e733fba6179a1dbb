/** Choices of kernels that are kept. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tuningFile } from "../../src/tensor/headless.ts";
import { openTuning } from "../../src/tensor/mod.ts";

const folder = await mkdtemp(join(tmpdir(), "bottega-tuning-"));
afterAll(() => rm(folder, { recursive: true }));

test("are there in the next process", async () => {
  const path = join(folder, "cache", "tuning.json");
  const first = await openTuning(tuningFile(path));
  expect(first.get("a")).toBeUndefined();
  first.set("a", "tiles");
  first.set("b", "registers");
  await first.saved();
  first.set("a", "registers");
  await first.saved();
  const second = await openTuning(tuningFile(path));
  expect([second.get("a"), second.get("b")]).toEqual(["registers", "registers"]);
  expect(await readdir(join(folder, "cache"))).toEqual(["tuning.json"]);
});

test.each(["", "{", "7", "null", '{"a": 1}', "[]"])(
  "are made anew where %j is kept",
  async (text) => {
    const read = () => Promise.resolve(text);
    const tuning = await openTuning({ read, write: () => Promise.resolve() });
    expect(tuning.get("a")).toBeUndefined();
  },
);

test("tell when they cannot be kept, and go on", async () => {
  const write = () => Promise.reject(new Error("disk full"));
  const tuning = await openTuning({ read: () => Promise.resolve(null), write });
  tuning.set("a", "tiles");
  await expect(tuning.saved()).rejects.toThrow("disk full");
  expect(tuning.get("a")).toBe("tiles");
  await tuning.saved();
});
