/** The training loop: what it learns, tells, keeps and refuses. */
import { describe, expect, test } from "vitest";
import {
  memoryRunFiles,
  parseTrainSpec,
  readEvents,
  type RunFiles,
  train,
  type TrainHost,
  type TrainingEvent,
  type TrainSpecInput,
} from "../../src/train/mod.ts";
import { openGpu } from "../../src/gpu/mod.ts";
import { openModelFolder } from "../../src/model/mod.ts";
import { seededRandom } from "../support/random.ts";
import { describeGpu } from "../support/gpu.ts";
import { countingRows, packedDataset, TINY_MODEL } from "./packed.ts";

const T = 16;
const data: Record<string, Awaited<ReturnType<typeof packedDataset>>> = {
  counting: await packedDataset(countingRows(12, T), T),
  heldOut: await packedDataset(countingRows(3, T), T),
  answers: await packedDataset([[{ tokens: [1, 2, 3, 4], answerFrom: 2 }]], T),
  empty: await packedDataset([], T),
  long: await packedDataset(countingRows(1, 128), 128),
  wide: await packedDataset(countingRows(1, T), T, { vocabularySize: 99 }),
};

const stage = {
  name: "base",
  data: "counting",
  steps: 12,
  batch: 2,
  learningRate: { peak: 1e-2 },
};

const spec: TrainSpecInput = { model: TINY_MODEL, stages: [stage], readEvery: 1 };

/** Events without what depends on the clock. */
function timeless(events: readonly TrainingEvent[]) {
  return events.map((event) => {
    if (event.type === "start") return { ...event, peakGigaflops: 0 };
    if (event.type !== "step") return event;
    return { ...event, tokensPerSecond: 0, utilization: 0, leftMs: 0 };
  });
}

function ofType<K extends TrainingEvent["type"]>(events: readonly TrainingEvent[], type: K) {
  return events.filter((event): event is Extract<TrainingEvent, { type: K }> =>
    event.type === type
  );
}

/** Runs a spec on `gpu`, with what it told. */
function runner(gpu: TrainHost["gpu"]) {
  return async (input: Partial<TrainSpecInput> = {}, options: Partial<TrainHost> = {}) => {
    const events: TrainingEvent[] = [];
    const files = options.files ?? memoryRunFiles();
    const host: TrainHost = {
      gpu,
      openData: (name) => Promise.resolve(data[name]!),
      ...options,
      files,
      onEvent: (event) => {
        events.push(event);
        options.onEvent?.(event);
      },
    };
    const result = await train(parseTrainSpec({ ...spec, ...input }), host);
    return { result, events, files };
  };
}

describe("train without a GPU", () => {
  const run = runner(null);

  test("a model learns by heart what it reads often enough", async () => {
    const random = seededRandom(3);
    const tokens = Array.from({ length: T }, () => Math.floor(random() * 32));
    const page = await packedDataset([[{ tokens }], [{ tokens: tokens.toReversed() }]], T);
    const { result } = await run({
      stages: [{ ...stage, steps: 60, batch: 2, learningRate: { peak: 3e-2 } }],
      adamW: { weightDecay: 0 },
    }, { openData: () => Promise.resolve(page) });
    expect(result.lossNats).toBeLessThan(0.3);
  });

  test("learns as on one, and resumes bit by bit", async () => {
    const input = { checkpointEvery: 4, evaluate: { data: "heldOut", every: 6 } };
    const straight = await run(input);
    expect(straight.events[0]).toMatchObject({ adapter: expect.stringContaining("processor") });
    expect(straight.result.lossNats!).toBeLessThan(3);
    const files = memoryRunFiles();
    const controller = new AbortController();
    const onEvent = (event: TrainingEvent) => {
      if (event.type === "checkpoint") controller.abort(new Error("enough"));
    };
    await expect(run(input, { files, signal: controller.signal, onEvent })).rejects.toThrow();
    await run(input, { files, resume: true });
    expect(await bytesAt(files, "checkpoints/step-12/model.safetensors"))
      .toEqual(await bytesAt(straight.files, "checkpoints/step-12/model.safetensors"));
  });
});

describeGpu("train", (gpu) => {
  const run = runner(gpu);

  const modelAt = (files: RunFiles, folder: string) =>
    openModelFolder(async (name) => await files.read(`${folder}/${name}`) ?? undefined);

  test("learns, tells each step, and leaves a model", async () => {
    const { result, events, files } = await run({
      evaluate: { data: "heldOut", every: 5 },
      checkpointEvery: 6,
      readEvery: 4,
    });
    const steps = ofType(events, "step");
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(steps[0]!.lossNats).toBeCloseTo(Math.log(32), 1);
    expect(result.lossNats).toBe(steps.at(-1)!.lossNats);
    expect(result.lossNats!).toBeLessThan(steps[0]!.lossNats - 0.5);
    expect(steps.at(-1)).toMatchObject({ stage: "base", tokens: 12 * 2 * T, leftMs: 0 });
    expect(steps.every(({ utilization: u, tokensPerSecond: t }) => u > 0 && u < 1 && t > 0))
      .toBe(true);
    const measured = ofType(events, "evaluation");
    expect(measured.map(({ step }) => step)).toEqual([0, 5, 10, 12]);
    expect(measured.every(({ lossTokens }) => lossTokens === 3 * (T - 2))).toBe(true);
    expect(measured.at(-1)!.lossNats).toBeLessThan(measured[0]!.lossNats - 0.5);
    expect(result.heldOutNats).toBe(measured.at(-1)!.lossNats);
    expect(ofType(events, "checkpoint").map(({ step }) => step)).toEqual([6, 12]);
    expect(events.at(0)).toMatchObject({ type: "start", steps: 12 });
    expect(events.at(-1)).toEqual({ type: "end", step: 12, reason: "done" });
    expect(await readEvents(files)).toEqual(events);
    const folder = await modelAt(files, result.checkpoint!);
    expect(folder.config).toMatchObject({ channels: 16, tiedEmbeddings: true });
  });

  test("gives the mean over all tokens of a step, however many micro-batches it has", async () => {
    const mixed = await packedDataset([...countingRows(2, T), [{ tokens: [1, 2, 3] }], [
      { tokens: [4, 5, 6, 7, 8] },
    ]], T);
    const options = { openData: () => Promise.resolve(mixed) };
    const losses = async (batch: number, accumulate: number) => {
      const { events } = await run(
        { stages: [{ ...stage, steps: 3, batch, accumulate }] },
        options,
      );
      return ofType(events, "step").map(({ lossNats, tokens }) => ({ lossNats, tokens }));
    };
    const whole = await losses(4, 1);
    const apart = await losses(2, 2);
    for (const [i, { lossNats, tokens }] of whole.entries()) {
      expect(apart[i]!.lossNats).toBeCloseTo(lossNats, 5);
      expect(apart[i]!.tokens).toBe(tokens);
    }
  });

  test("counts answers alone where a stage says so", async () => {
    const options = { openData: () => Promise.resolve(data["answers"]!) };
    const steps = { ...stage, steps: 60, batch: 1, learningRate: { peak: 3e-2 } };
    const { files, result } = await run({ stages: [{ ...steps, mask: "answers" }] }, options);
    expect(result.lossNats).toBeLessThan(0.05);
    // What the mask leaves out was not learnt.
    const { events } = await run({
      model: result.checkpoint!,
      stages: [{ ...steps, steps: 1 }],
    }, { ...options, openModel: (name) => modelAt(files, name) });
    expect(ofType(events, "step")[0]!.lossNats).toBeGreaterThan(0.5);
  });

  test("runs stages as runs of their own would, one from the checkpoint of the other", async () => {
    const second = { ...stage, name: "second", steps: 4, learningRate: { peak: 3e-3 } };
    const both = await run({ stages: [{ ...stage, steps: 4 }, second] });
    expect(ofType(both.events, "stage").map(({ stage, step }) => [stage, step]))
      .toEqual([["base", 0], ["second", 4]]);
    expect(ofType(both.events, "checkpoint").map(({ step }) => step)).toEqual([4, 8]);
    const alone = await run({
      model: "checkpoints/step-4",
      stages: [second],
      // A stage's order of rows comes from the seed and its place.
      seed: 2,
    }, { openModel: (name) => modelAt(both.files, name) });
    const losses = (events: TrainingEvent[]) =>
      ofType(events, "step").map(({ lossNats }) => lossNats);
    expect(losses(alone.events)).toEqual(losses(both.events).slice(4));
  });

  test("stops within a step, and goes on bit by bit as if never stopped", async () => {
    const input: Partial<TrainSpecInput> = {
      stages: [{ ...stage, steps: 5, accumulate: 2 }, { ...stage, name: "second", steps: 5 }],
      evaluate: { data: "heldOut", every: 4 },
      readEvery: 2,
    };
    const straight = await run(input);
    for (const stopAt of [1, 5, 8]) {
      const files = memoryRunFiles();
      const controller = new AbortController();
      const options = {
        files,
        signal: controller.signal,
        onEvent: (event: TrainingEvent) => {
          if ("step" in event && event.step >= stopAt) controller.abort(new Error("enough"));
        },
      };
      await expect(run(input, options)).rejects.toThrow("enough");
      const stopped = await readEvents(files);
      expect(stopped.at(-1)).toMatchObject({ type: "end", reason: "aborted" });
      expect(stopped.at(-1)!.step).toBeLessThanOrEqual(stopAt + 2);
      const resumed = await run(input, { files, resume: true });
      const all = timeless(await readEvents(files));
      const comparable = (events: readonly TrainingEvent[]) =>
        timeless(events).filter(({ type }) => type === "step" || type === "evaluation");
      expect(comparable(all as TrainingEvent[])).toEqual(comparable(straight.events));
      expect(await bytesAt(resumed.files, "checkpoints/step-10/model.safetensors"))
        .toEqual(await bytesAt(straight.files, "checkpoints/step-10/model.safetensors"));
    }
  });

  test("resumes a finished run by doing nothing, and an empty folder by beginning", async () => {
    const files = memoryRunFiles();
    const first = await run({}, { files, resume: true });
    const again = await run({}, { files, resume: true });
    expect(again.result).toEqual(first.result);
    expect(ofType(again.events, "step")).toEqual([]);
  });

  test("keeps the last checkpoints", async () => {
    const { files } = await run({ checkpointEvery: 3, keepCheckpoints: 2 });
    expect((await files.list("checkpoints")).toSorted()).toEqual(["step-12", "step-9"]);
  });

  test("keeps those that were asked for by their step, however often the run was stopped", async () => {
    const input = { checkpointAt: [3, 6], keepCheckpoints: 1 };
    const files = memoryRunFiles();
    for (const at of [4, 5, 8, 9, 10]) {
      const controller = new AbortController();
      const onEvent = (event: TrainingEvent) => {
        if (event.type === "step" && event.step === at) controller.abort(new Error("enough"));
      };
      const options = { files, resume: true, signal: controller.signal, onEvent };
      await expect(run(input, options)).rejects.toThrow("enough");
    }
    await run(input, { files, resume: true });
    expect((await files.list("checkpoints")).toSorted()).toEqual(["step-12", "step-3", "step-6"]);
  });

  test("saves by the clock for one that may be killed, with the same losses", async () => {
    const straight = await run();
    const saving = await run({}, { checkpointEveryMs: 0 });
    const saved = ofType(saving.events, "checkpoint").map(({ step }) => step);
    expect(saved).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    const others = saving.events.filter(({ type, step }) => type !== "checkpoint" || step === 12);
    expect(timeless(others)).toEqual(timeless(straight.events));
  });

  test("ends a run that diverges, and keeps what was good", async () => {
    const files = memoryRunFiles();
    const stages = [
      { ...stage, steps: 4 },
      { ...stage, name: "wild", steps: 60, learningRate: { peak: 1e4, warmupShare: 0 } },
    ];
    const error = await run({ stages, checkpointEvery: 1 }, { files }).catch((error) => error);
    expect(error).toMatchObject({ name: "TrainError", code: "diverged" });
    expect(error.message).toMatch(/learning rate \d+.*lower learningRate.*step-4\./);
    expect((await files.list("checkpoints")).toSorted()).toEqual(["step-3", "step-4"]);
    const good = ofType(await readEvents(files), "step");
    expect(good.every(({ lossNats }) => Number.isFinite(lossNats))).toBe(true);
  });

  test("ends when the device is lost, with a checkpoint that resumes", async () => {
    using mortal = await openGpu();
    const files = memoryRunFiles();
    const options = {
      gpu: mortal,
      files,
      onEvent: (event: TrainingEvent) => {
        if (event.type === "step" && event.step === 7) mortal.device.destroy();
      },
    };
    const straight = await run({ checkpointEvery: 5 });
    await expect(run({ checkpointEvery: 5 }, options)).rejects.toMatchObject({
      name: "TrainError",
      code: "lost",
      message: expect.stringContaining("checkpoints/step-5: resume it"),
    });
    await run({ checkpointEvery: 5 }, { files, resume: true });
    const losses = (events: readonly TrainingEvent[]) =>
      ofType(events, "step").map(({ step, lossNats }) => [step, lossNats]);
    expect(losses(await readEvents(files))).toEqual(losses(straight.events));
  });

  test.each<[string, Partial<TrainSpecInput>, string, RegExp]>([
    ["no rows", { stages: [{ ...stage, data: "empty" }] }, "data", /stage "base" have no rows/],
    ["long rows", { stages: [{ ...stage, data: "long" }] }, "data", /128 tokens.*made for 64/],
    ["unknown tokens", { stages: [{ ...stage, data: "wide" }] }, "data", /up to 98.*is 32/],
    ["another vocabulary", { tokenizer: "qwen3" }, "data", /tokens of test.*says qwen3/],
    ["held-out data", { evaluate: { data: "wide", every: 1 } }, "data", /of evaluate/],
    ["no model", { model: { ...TINY_MODEL, hidden_size: "big" } }, "model", /hidden_size.*big/],
    ["nowhere to look", { model: "folder" }, "model", /no folders here.*"folder"/],
  ])("refuses %s, and writes nothing", async (_, input, code, message) => {
    const files = memoryRunFiles();
    const refused = run(input, { files });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ name: "TrainError", code });
    expect(await files.read("spec.json")).toBeNull();
  });

  test("refuses a batch that does not fit, and tells what would", async () => {
    const files = memoryRunFiles();
    const input = { stages: [{ ...stage, batch: 1000 }] };
    const refused = run(input, { files, memoryBytes: 2 ** 22 });
    const error = await refused.catch((error) => error);
    expect(error).toMatchObject({ name: "TrainError", code: "memory" });
    const [, batch = "", accumulate] = /A batch of (\d+) fits: with accumulate (\d+)/.exec(
      error.message,
    )!;
    expect(Number(accumulate)).toBe(Math.ceil(1000 / Number(batch)));
    await run({ stages: [{ ...stage, batch: Number(batch), steps: 1 }] }, { memoryBytes: 2 ** 22 });
    await expect(
      run({ stages: [{ ...stage, batch: Number(batch) + 1 }] }, { memoryBytes: 2 ** 22 }),
    )
      .rejects.toThrow(`A batch of ${batch} fits`);
    await expect(run({ stages: [{ ...stage, batch: 2 ** 20 }] })).rejects.toThrow(/this GPU binds/);
    await expect(run(input, { memoryBytes: 1e5 })).rejects.toThrow(/pack .* context|smaller model/);
  });

  describe("run files", () => {
    test("hold one run, of one spec", async () => {
      const { files } = await run({ checkpointEvery: 6 });
      await expect(run({}, { files })).rejects.toMatchObject({ code: "run" });
      await expect(run({ seed: 9 }, { files, resume: true }))
        .rejects.toThrow(/another spec: it has .*, and this one "seed": 9/);
    });

    test.each(["config.json", "model.safetensors", "optimizer.safetensors", "state.json"])(
      "are not resumed from a checkpoint whose %s was cut short",
      async (name) => {
        const { files } = await run({ checkpointEvery: 6 });
        const path = `checkpoints/step-12/${name}`;
        const bytes = await bytesAt(files, path);
        await files.write(path, [bytes.slice(0, -20)]);
        await expect(run({ checkpointEvery: 6 }, { files, resume: true })).rejects.toMatchObject({
          code: "run",
          message: expect.stringMatching(
            new RegExp(`checkpoints/step-12 cannot be used, ${name}: .*Delete`),
          ),
        });
      },
    );
  });
});

async function bytesAt(files: RunFiles, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await files.read(path);
  if (!file) throw new Error(`there is no ${path}`);
  return await file.read(0, file.sizeBytes);
}
