/** The files of a run on disk stay in its folder. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runFolder } from "../../src/train/headless.ts";
import type { RunFiles } from "../../src/train/mod.ts";

let outer: string;
let files: RunFiles;
beforeAll(async () => {
  outer = await Deno.makeTempDir();
  files = runFolder(join(outer, "run"));
  await Deno.writeTextFile(join(outer, "secret"), "not the run's");
});
afterAll(() => Deno.remove(outer, { recursive: true }));

test("what is written is read, listed and removed", async () => {
  await files.write("a/b.json", [new TextEncoder().encode("{}")]);
  await files.writeFolder("a/c", { "d.bin": [new Uint8Array(3)] });
  expect((await files.list("")).toSorted()).toEqual(["a"]);
  expect((await files.list("a")).toSorted()).toEqual(["b.json", "c"]);
  expect(await (await files.read("a/c/d.bin"))?.read(0, 3)).toEqual(new Uint8Array(3));
  await files.removeFolder("a/c");
  expect(await files.read("a/c/d.bin")).toBe(null);
});

test.each(["../secret", "a/../../secret", "..", "/secret", "a//b", "./a", "a\\..\\..\\secret"])(
  "%j leads out, or may",
  async (path) => {
    const bytes = [new TextEncoder().encode("overwritten")];
    const quoted = JSON.stringify(path).slice(1, -1);
    const refused = { code: "run", message: expect.stringContaining(quoted) };
    await expect(files.read(path)).rejects.toMatchObject(refused);
    await expect(files.write(path, bytes)).rejects.toMatchObject(refused);
    await expect(files.append(path, "more")).rejects.toMatchObject(refused);
    await expect(files.writeFolder(path, { x: bytes })).rejects.toMatchObject(refused);
    await expect(files.writeFolder("a", { [path]: bytes })).rejects.toMatchObject(refused);
    await expect(files.list(path)).rejects.toMatchObject(refused);
    expect(await Deno.readTextFile(join(outer, "secret"))).toBe("not the run's");
  },
);
