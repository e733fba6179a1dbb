/** A real process is killed in the middle of training, and another one goes on. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type StepEvent, type TrainingEvent } from "../../src/train/mod.ts";
import { bottega, bottegaJson, ROOT } from "../support/bottega.ts";
import { countingRows, packedFiles, TINY_MODEL } from "./packed.ts";

const folder = await mkdtemp(join(tmpdir(), "bottega-train-"));
afterAll(() => rm(folder, { recursive: true }));

const { manifest, shards } = await packedFiles(countingRows(12, 16), 16);
await Deno.mkdir(join(folder, "packed"));
await writeFile(join(folder, "packed/manifest.json"), JSON.stringify(manifest));
for (const [file, bytes] of shards) await writeFile(join(folder, "packed", file), bytes);

const spec = {
  model: TINY_MODEL,
  stages: [{ name: "base", data: "packed", steps: 200, batch: 2, learningRate: { peak: 1e-2 } }],
  checkpointEvery: 7,
  readEvery: 1,
};
const path = join(folder, "spec.json");
await writeFile(path, JSON.stringify(spec));

test("goes on where it was killed, with the very losses of a run that was not", async () => {
  const straight = bottegaJson("train", path, "--out", join(folder, "straight"));
  const out = join(folder, "killed");
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "src/cli/main.ts",
      "train",
      path,
      "--out",
      out,
    ],
    cwd: ROOT,
    stdout: "null",
    stderr: "null",
  }).spawn();
  // Early: a busy machine may be late to kill it.
  while ((await steps(out)).length < 15) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGKILL");
  const { signal } = await child.status;
  expect(signal).toBe("SIGKILL");
  const killed = await steps(out);
  expect(killed.length).toBeLessThan(200);

  const refused = await bottega("train", path, "--out", out);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/holds a run already: resume it/);
  const resumed = await bottegaJson("train", path, "--out", out, "--resume");
  expect(resumed).toMatchObject({ step: 200, checkpoint: "checkpoints/step-200" });
  await straight;
  const expected = await steps(join(folder, "straight"));
  expect(expected).toHaveLength(200);
  expect(await steps(out)).toEqual(expected);
  expect(killed).toEqual(expected.slice(0, killed.length));
}, 300_000);

/** What was written of each step so far, without what depends on the clock. */
async function steps(
  run: string,
): Promise<Pick<StepEvent, "step" | "lossNats" | "gradientNorm">[]> {
  const text = await Deno.readTextFile(join(run, "events.jsonl")).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return text.split("\n").slice(0, -1)
    .map((line): TrainingEvent => JSON.parse(line))
    .filter((event) => event.type === "step")
    .map(({ step, lossNats, gradientNorm }) => ({ step, lossNats, gradientNorm }));
}
