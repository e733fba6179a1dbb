/** Learning rates, the order of rows, and specs. */
import { describe, expect, test } from "vitest";
import { learningRateAt, parseTrainSpec } from "../../src/train/mod.ts";
import { rowOrder } from "../../src/train/row_order.ts";

describe("learningRateAt", () => {
  const rate = { peak: 1, min: 0.1, warmupShare: 0.1, schedule: "cosine" } as const;

  test("rises to the peak, then falls along a cosine to the minimum at the last step", () => {
    const at = (step: number) => learningRateAt(rate, step, 100);
    expect([1, 5, 10].map(at)).toEqual([0.1, 0.5, 1]);
    expect(at(55)).toBeCloseTo(0.55, 12);
    expect(at(100)).toBeCloseTo(0.1, 12);
    const steps = Array.from({ length: 91 }, (_, i) => at(10 + i));
    expect(steps).toEqual(steps.toSorted((a, b) => b - a));
  });

  test("stays level, and needs no warm-up", () => {
    const level = { ...rate, schedule: "constant", warmupShare: 0 } as const;
    expect([1, 50, 100].map((step) => learningRateAt(level, step, 100))).toEqual([1, 1, 1]);
    expect(learningRateAt({ ...rate, warmupShare: 0 }, 1, 1)).toBeCloseTo(0.1, 12);
  });

  test("is all warm-up where the share is one", () => {
    expect(learningRateAt({ ...rate, warmupShare: 1 }, 4, 4)).toBe(1);
  });
});

describe("rowOrder", () => {
  test("sees each row once an epoch, one shard after the other, each epoch in another order", () => {
    const shards = [5, 1, 7];
    const order = rowOrder(shards, 3);
    const epochs = [0, 1].map((epoch) =>
      Array.from({ length: 13 }, (_, i) => order(epoch * 13 + i))
    );
    for (const epoch of epochs) {
      expect(epoch.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, i) => i));
      const shardsSeen = epoch.map((row) => row < 5 ? 0 : row < 6 ? 1 : 2);
      const changes = shardsSeen.filter((shard, i) => shard !== shardsSeen[i - 1]).length;
      expect(changes).toBe(3);
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  test("depends on the seed alone, wherever one begins", () => {
    const there = rowOrder([100], 1);
    const later = rowOrder([100], 1);
    const places = Array.from({ length: 250 }, (_, i) => i);
    const whole = places.map(there);
    expect(later(249)).toBe(whole[249]);
    expect(later(30)).toBe(whole[30]);
    expect(places.map(rowOrder([100], 2))).not.toEqual(whole);
  });
});

describe("parseTrainSpec", () => {
  const stage = {
    name: "base",
    data: "packed",
    steps: 10,
    batch: 2,
    learningRate: { peak: 1e-3 },
  };
  const spec = { model: "checkpoint", stages: [stage] };

  test("fills in what is left out", () => {
    expect(parseTrainSpec(spec)).toMatchObject({
      seed: 1,
      readEvery: 10,
      stages: [{
        accumulate: 1,
        mask: "all",
        learningRate: { peak: 1e-3, min: 0, warmupShare: 0.05, schedule: "cosine" },
      }],
    });
  });

  test.each([
    [{ ...spec, stages: [] }, /stages/],
    [{ ...spec, stages: [{ ...stage, batch: 0 }] }, /stages\.0\.batch is 0/],
    [{ ...spec, stages: [{ ...stage, epochs: 2 }] }, /exactly one of steps, tokens and epochs/],
    [{ ...spec, stages: [{ ...stage, steps: undefined }] }, /exactly one of/],
    [{ ...spec, stages: [{ ...stage, mask: "some" }] }, /stages\.0\.mask is "some".*"answers"/],
    [{ ...spec, stages: [{ ...stage, learningRate: { peak: -1 } }] }, /learningRate\.peak is -1/],
    [
      { ...spec, stages: [{ ...stage, learningRate: { peak: 1, min: 2 } }] },
      /min is above peak/,
    ],
    [{ ...spec, learningrate: 1 }, /learningrate/],
    [{ ...spec, model: 7 }, /model is 7/],
    ["spec", /the spec is "spec"/],
  ])("refuses %j", (value, message) => {
    expect(() => parseTrainSpec(value)).toThrow(
      expect.objectContaining({ name: "TrainError", code: "spec" }),
    );
    expect(() => parseTrainSpec(value)).toThrow(message);
  });
});
