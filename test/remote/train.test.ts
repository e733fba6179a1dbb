/** Training in a worker: events as they happen, stopped within a step. */
import { afterAll, expect, test } from "vitest";
import { connect } from "../../src/remote/mod.ts";
import { byteTokenizer, type TrainingEvent, type TrainSpecInput } from "../../src/train/mod.ts";
import { countingRows, packedFiles, TINY_MODEL } from "../train/packed.ts";

const workbench = connect();
afterAll(() => workbench.close());

const { manifest, shards } = await packedFiles(countingRows(8, 16), 16, { vocabularySize: 257 });
const options = { data: { counting: { manifest, shards: Object.fromEntries(shards) } } };
const stage = { name: "base", data: "counting", batch: 2, learningRate: { peak: 1e-2 } };
const model = { ...TINY_MODEL, vocab_size: 257 };
const spec: TrainSpecInput = { model, stages: [{ ...stage, steps: 6 }], readEvery: 2 };

test.each(["auto", "cpu"] as const)(
  "tells every event, and gives the model: %s",
  async (device) => {
    const events: TrainingEvent[] = [];
    const sample = { every: 3, prompts: ["a", "bc"], maxTokens: 4 };
    const trained = await workbench.train({ ...spec, sample }, {
      ...options,
      tokenizer: byteTokenizer(),
      device,
      onEvent: (event) => events.push(event),
    });
    expect(events.filter(({ type }) => type === "step").map(({ step }) => step))
      .toEqual([1, 2, 3, 4, 5, 6]);
    expect(events.at(-1)).toEqual({ type: "end", step: 6, reason: "done" });
    expect(trained.step).toBe(6);
    expect(Object.keys(trained.files).toSorted())
      .toEqual(["config.json", "model.safetensors", "state.json"]);
    const written = events.filter((event) => event.type === "sample");
    expect(written.map(({ step, prompt }) => [step, prompt])).toEqual([
      [3, "a"],
      [3, "bc"],
      [6, "a"],
      [6, "bc"],
    ]);
  },
);

test("goes on from a model that an earlier run gave", async () => {
  const first = await workbench.train(spec, { ...options, device: "cpu" });
  const next = { ...spec, model: "first" };
  const models = { first: first.files };
  const second = await workbench.train(next, { ...options, models, device: "cpu" });
  expect(second.lossNats).toBeLessThan(first.lossNats ?? 0);
  await expect(workbench.train(next, { ...options, device: "cpu" })).rejects.toMatchObject({
    code: "model",
    message: 'The spec names the model "first"; given were none.',
  });
});

test("stops within a step, and trains the next run", async () => {
  const controller = new AbortController();
  const events: TrainingEvent[] = [];
  const long = { ...spec, stages: [{ ...stage, steps: 1_000_000 }] };
  const running = workbench.train(long, {
    ...options,
    signal: controller.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.step === 4) controller.abort(new Error("enough"));
    },
  });
  await expect(running).rejects.toThrow("enough");
  const next = await workbench.train(spec, options);
  expect(next.step).toBe(6);
});

test("rejects with the code of what is wrong", async () => {
  await expect(workbench.train({ ...spec, seed: -1 }, options)).rejects.toMatchObject({
    name: "TrainError",
    code: "spec",
    message: expect.stringContaining("seed is -1"),
  });
  await expect(workbench.train(spec, { data: {} })).rejects.toMatchObject({
    code: "data",
    message: expect.stringContaining('names the data "counting"'),
  });
});
