/** `bottega bench train`: the same losses with and without a GPU, and the calls of a step. */
import { expect, test } from "vitest";
import { bottega, bottegaJson } from "../support/bottega.ts";
import { gpu } from "../support/gpu.ts";

const small = ["bench", "train", "--config", "C16,L2,H4,KV2,F24,V32,T16,B2", "--steps", "4"];

test("measures a step on the processor", async () => {
  expect(await bottegaJson(...small, "--device", "cpu")).toMatchObject({
    adapter: expect.stringContaining("processor"),
    medianMs: expect.any(Number),
    p95Ms: expect.any(Number),
    tokensPerSecond: expect.any(Number),
    losses: expect.objectContaining({ length: 4 }),
  });
});

test.skipIf(!gpu)(
  "a step on a GPU is one submit of one pass, two writes, and no bind group",
  async () => {
    const onGpu = await bottegaJson(...small) as Record<string, unknown> & { losses: number[] };
    expect(onGpu).toMatchObject({ submits: 1, passes: 1, bindGroups: 0, writes: 2 });
    // Two layers of at most 30, and what a step has once.
    expect(onGpu["dispatches"]).toBeLessThanOrEqual(2 * 30 + 15);
    // Only what the loss is read through.
    expect(onGpu["buffers"]).toBeLessThanOrEqual(1);
    const { losses } = await bottegaJson(...small, "--device", "cpu") as { losses: number[] };
    for (const [i, loss] of losses.entries()) {
      expect(Math.abs(loss - onGpu.losses[i]!), `step ${i + 1}`).toBeLessThan(1e-5);
    }
  },
);

test.each([
  ["--config", "C16,L2,H4,KV2,F24,V32,T16,B2x"],
  ["--steps", "3"],
])("refuses %s %s", async (...wrong) => {
  const { code, stderr } = await bottega("bench", "train", ...wrong);
  expect(code).toBe(2);
  expect(stderr).toContain(wrong[1]);
});
