/** Training: the gradients of a whole model, the losses of f64, the calls of a step, resuming. */
import { describe, expect, test } from "vitest";
import {
  compileTraining,
  createParameters,
  evaluateCpu,
  gradients,
  IGNORED,
  input,
  mean,
  mul,
  parameter,
  rmsNorm,
  type TrainingOptions,
} from "../../src/tensor/mod.ts";
import { adamWCpu } from "../../src/tensor/adam_w.ts";
import { leavesOf } from "../../src/tensor/flat_layout.ts";
import { gradientNormCpu } from "../../src/tensor/gradient_norm.ts";
import { countGpuCalls } from "../../src/gpu/mod.ts";
import { type BenchSizes, drawBench } from "../../src/cli/bench_model.ts";
import { exactLosses } from "../bench/exact_losses.ts";
import { describeGpu } from "../support/gpu.ts";
import { expectWithin, randomFor, type Values } from "./check_op.ts";
import { decoder, S } from "./decoder.ts";

/** Two layers, small enough for f64. */
const tiny: BenchSizes = { C: 16, L: 2, H: 4, KV: 2, F: 24, V: 20, T: 12, B: 2 };

describeGpu("compileTraining", (gpu) => {
  /** The decoder with the peer's weights, and what compiles it. */
  function model(sizes: BenchSizes, packed = false) {
    const loss = decoder(sizes, { packed });
    const { weights, batch } = drawBench(sizes);
    const parameters = createParameters(gpu, [loss]);
    parameters.write(weights);
    const compiled = (options: Partial<TrainingOptions> = {}) =>
      compileTraining(gpu, loss, { parameters, ...options });
    return { loss, weights, batch, parameters, compiled };
  }

  test("has the gradient of the reference for every parameter of a two-layer model", async () => {
    const { loss, weights, batch, parameters, compiled } = model(tiny);
    using _ = parameters;
    grow(weights);
    parameters.write(weights);
    using training = await compiled();
    await training.accumulate(batch);
    const actual = await training.readGradients();
    const leaves = leavesOf([loss], "parameter");
    const expected = evaluateCpu(gradients(loss, leaves), { ...weights, ...batch });
    expect(leaves).toHaveLength(2 + 2 * 6);
    for (const [i, { node }] of leaves.entries()) {
      const name = node.leaf!.name;
      // Some 20 ops deep, each with some 30 roundings of its largest element.
      expectWithin(actual[name]!, expected[i]!, 600, name);
    }
  });

  test("goes down with the losses of f64, as its peers do, step by step", async () => {
    const { batch, parameters, compiled } = model(S);
    using _ = parameters;
    const exact = exactLosses("S");
    using training = await compiled({ adamW: { clipNorm: 0 }, readEvery: exact.length });
    let reports = await training.step(batch, 1e-3);
    for (let step = 2; step <= exact.length; step++) reports = await training.step(batch, 1e-3);
    expect(reports.map(({ step }) => step)).toEqual(exact.map((_, i) => i + 1));
    for (const [i, { lossNats }] of reports.entries()) {
      expect(Math.abs(lossNats - exact[i]!), `step ${i + 1}`).toBeLessThan(5e-5);
    }
  });

  test("takes one submit, one pass and two writes a step, and makes nothing", async () => {
    const { batch, parameters, compiled } = model(tiny);
    using _ = parameters;
    using training = await compiled({ readEvery: 3 });
    await training.step(batch, 1e-3);
    const { result, calls } = await countGpuCalls(() =>
      countWrites(() => training.step(batch, 1e-3))
    );
    expect(result).toEqual({ result: [], writes: 2 });
    expect(calls).toMatchObject({
      buffers: 0,
      bindGroups: 0,
      pipelines: 0,
      passes: 1,
      dispatches: training.dispatches,
      submits: 1,
      maps: 0,
    });
    const read = await countGpuCalls(() => training.step(batch, 1e-3));
    expect(read.result.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(read.calls).toMatchObject({ buffers: 1, bindGroups: 0, passes: 1, submits: 1, maps: 1 });
  });

  test("takes at most 30 dispatches a layer, forward and backward together, and two to update", async () => {
    const dispatches = [];
    for (const L of [1, 2]) {
      const { parameters, compiled } = model({ ...tiny, L });
      using _ = parameters;
      using training = await compiled();
      dispatches.push(training.dispatches);
    }
    const [one = 0, two = 0] = dispatches;
    expect(two - one).toBeLessThanOrEqual(30);
    // Embedding, last norm, logits and loss with their gradients, and the update.
    expect(one - (two - one)).toBeLessThanOrEqual(15);
  });

  test("shares buffers between results by lifetime", async () => {
    const { parameters, compiled } = model(S);
    using _ = parameters;
    using training = await compiled();
    const { activationBytes, peakBytes, unsharedBytes } = training.memory;
    expect(activationBytes).toBeLessThan(0.6 * unsharedBytes);
    expect(activationBytes).toBeLessThan(1.1 * peakBytes);
  });

  test("accumulates micro-batches to the step of the whole batch", async () => {
    const whole = model({ ...tiny, B: 4 });
    const half = model(tiny);
    using _ = whole.parameters;
    using __ = half.parameters;
    using together = await whole.compiled();
    using apart = await half.compiled();
    const { tokens, targets } = whole.batch;
    const part = (begin: number) => ({
      tokens: tokens.subarray(begin, begin + 24),
      targets: targets.subarray(begin, begin + 24),
    });
    half.parameters.write(whole.weights);
    for (let step = 0; step < 2; step++) {
      const [a] = await together.step(whole.batch, 1e-2);
      await apart.accumulate(part(0));
      const [b] = await apart.step(part(24), 1e-2);
      expect(b!.lossNats).toBeCloseTo(a!.lossNats, 5);
      expect(b!.gradientNorm).toBeCloseTo(a!.gradientNorm, 5);
    }
  });

  test("gives a packed batch the loss of its documents one by one", async () => {
    const { weights, batch, parameters, compiled } = model({ ...tiny, B: 1 }, true);
    using _ = parameters;
    using together = await compiled({ adamW: { clipNorm: 0 } });
    // The last token of a document has no next one.
    const targets = batch.targets.map((target, i) => [4, 11].includes(i) ? IGNORED : target);
    const starts = Uint32Array.of(0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5);
    const [report] = await together.step({ tokens: batch.tokens, targets, starts }, 0);
    let nats = 0;
    for (const [begin, end] of [[0, 5], [5, 12]] as const) {
      const alone = model({ ...tiny, B: 1, T: end - begin });
      using _ = alone.parameters;
      alone.parameters.write(weights);
      using training = await alone.compiled();
      const tokens = batch.tokens.subarray(begin, end);
      const [one] = await training.step({ tokens, targets: targets.subarray(begin, end) }, 0);
      nats += one!.lossNats * (end - begin - 1);
    }
    expect(report!.lossNats).toBeCloseTo(nats / 10, 5);
  });

  test("goes on bit by bit as if never stopped", async () => {
    const straight = model(tiny);
    using _ = straight.parameters;
    using training = await straight.compiled({ readEvery: 2 });
    for (let step = 1; step <= 3; step++) await training.step(straight.batch, 1e-2);
    const weights = await straight.parameters.read();
    const state = await training.readState();
    const expected = [
      ...await training.step(straight.batch, 1e-2),
      ...await training.step(straight.batch, 1e-2),
      ...await training.step(straight.batch, 1e-2),
    ].filter(({ step }) => step > 3);

    const resumed = model(tiny);
    using __ = resumed.parameters;
    using again = await resumed.compiled();
    await again.accumulate(resumed.batch);
    resumed.parameters.write(weights);
    again.writeState(state);
    const actual = [];
    for (let step = 4; step <= 6; step++) actual.push(...await again.step(resumed.batch, 1e-2));
    expect(actual).toEqual(expected);
    expect(await resumed.parameters.read()).toEqual(await straight.parameters.read());
  });

  test("leaves the parameters alone where the gradient is not finite, and tells", async () => {
    const { weights, batch, parameters, compiled } = model(tiny);
    using _ = parameters;
    using training = await compiled();
    weights["model.norm.weight"]![3] = NaN;
    parameters.write(weights);
    const [report] = await training.step(batch, 1e-2);
    expect(report!.gradientNorm).toBeNaN();
    expect(await parameters.read()).toEqual(weights);
    weights["model.norm.weight"]![3] = 1;
    parameters.write(weights);
    const [next] = await training.step(batch, 1e-2);
    expect(next!.lossNats).toBeCloseTo(Math.log(tiny.V), 1);
  });

  test("adds gradients of any op, and of a parameter that is used twice", async () => {
    const x = input("x", [3, 5]);
    const weight = parameter("weight", [5]);
    const scaled = mul(mul(x, weight), weight);
    const loss = mean(mul(scaled, rmsNorm(scaled, weight)));
    const values = randomFor([x, weight]);
    using parameters = createParameters(gpu, [loss]);
    parameters.write({ weight: values["weight"] as Float32Array });
    using training = await compileTraining(gpu, loss, { parameters });
    await training.accumulate({ x: values["x"]! });
    await training.accumulate({ x: values["x"]! });
    const { weight: actual } = await training.readGradients();
    const [once] = evaluateCpu(gradients(loss, [weight]), values);
    expectWithin(actual!, once!.map((value) => 2 * value), 200, "weight");
  });

  test("refuses inputs that do not fit, and changes nothing", async () => {
    const { batch, weights, parameters, compiled } = model(tiny);
    using _ = parameters;
    using training = await compiled();
    const { tokens, targets } = batch;
    const short = { tokens: tokens.subarray(1), targets };
    await expect(training.step(short, 1)).rejects.toThrow(/"tokens".*\(2, 12\).*24 values.*23/);
    await expect(training.step({ tokens }, 1)).rejects.toThrow(/No values.*"targets"/);
    await expect(training.step({ ...batch, labels: tokens }, 1)).rejects.toThrow(/no "labels"/);
    const outside = tokens.with(5, tiny.V);
    await expect(training.step({ tokens: outside, targets }, 1))
      .rejects.toThrow(/"tokens" has 20 at index 5.*below 20\./);
    await expect(training.step({ tokens, targets: outside }, 1)).rejects.toThrow(/or 4294967295/);
    expect(() => parameters.write({ "model.norm.weight": new Float32Array(3) })).toThrow(
      /"model.norm.weight".*\(16\).*3 were/,
    );
    expect(await parameters.read()).toEqual(weights);
    const [report] = await training.step(batch, 1e-3);
    expect(report!.step).toBe(1);
  });
});

describeGpu("adamW", (gpu) => {
  test.each([0, 0.01, 1e9])(
    "equals its reference with gradients clipped to %d",
    async (clipNorm) => {
      const shapes = { table: [37, 5], bias: [130] };
      const leaves = Object.entries(shapes).map(([name, shape]) => parameter(name, shape));
      const weights = Object.entries(shapes).map(([name, shape]) => input(`${name}.weight`, shape));
      const [a, b] = leaves.map((leaf, i) => mean(mul(leaf, weights[i]!)));
      const loss = mul(a!, b!);
      const values: Values = randomFor([...leaves, ...weights]);
      using parameters = createParameters(gpu, [loss]);
      const initial = Object.fromEntries(
        leaves.map(({ node }) => [node.leaf!.name, values[node.leaf!.name] as Float32Array]),
      );
      parameters.write(initial);
      const adamW = { clipNorm, weightDecay: 0.5 };
      using training = await compileTraining(gpu, loss, { parameters, adamW });
      const given = Object.fromEntries(weights.map(({ node }) => [
        node.leaf!.name,
        values[node.leaf!.name]!,
      ]));

      const moments = leaves.map((leaf, i) => ({
        value: Float64Array.from(Object.values(initial)[i]!),
        firstMoment: new Float64Array(leaf.shape.reduce((size, length) => size * length, 1)),
        secondMoment: new Float64Array(leaf.shape.reduce((size, length) => size * length, 1)),
        decays: leaf.shape.length > 1,
      }));
      for (let step = 1; step <= 3; step++) {
        const learningRate = 0.1 / step;
        const [report] = await training.step(given, learningRate);
        const known = { ...values, table: moments[0]!.value, bias: moments[1]!.value };
        const derivatives = evaluateCpu(gradients(loss, leaves), known);
        const norm = gradientNormCpu(derivatives);
        expect(report!.gradientNorm / norm).toBeCloseTo(1, 4);
        for (const [i, parameter] of moments.entries()) {
          const gradient = derivatives[i]!;
          adamWCpu({ ...parameter, gradient }, norm, { learningRate, step }, adamW);
        }
      }
      const actual = await parameters.read();
      // Each of three steps divides one sum by the root of another: some 50 roundings.
      expectWithin(actual["table"]!, moments[0]!.value, 300, "table");
      expectWithin(actual["bias"]!, moments[1]!.value, 300, "bias");
    },
  );
});

describe("gradients", () => {
  test("refuse a loss of many elements, and parameters that it does not depend on", () => {
    const x = parameter("x", [3]);
    expect(() => gradients(x, [x])).toThrow(/shape \(3\).*mean\(\)/);
    expect(() => gradients(mean(x), [parameter("y", [2])])).toThrow(/does not depend on.*"y"/);
  });

  test("agree with finite differences on the whole decoder", () => {
    const loss = decoder(tiny);
    const { weights, batch } = drawBench(tiny);
    grow(weights);
    const leaves = leavesOf([loss], "parameter");
    const values: Values = { ...weights, ...batch };
    const slopes = evaluateCpu(gradients(loss, leaves), values);
    for (const [i, { node: { leaf } }] of leaves.entries()) {
      const value = Float64Array.from(values[leaf!.name]!);
      for (const index of [0, Math.floor(value.length / 2), value.length - 1]) {
        const at = (offset: number) => {
          const moved = value.with(index, value[index]! + offset);
          return evaluateCpu([loss], { ...values, [leaf!.name]: moved })[0]![0]!;
        };
        const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        expect(slopes[i]![index], `${leaf!.name}[${index}]`).toBeCloseTo(slope, 7);
      }
    }
  });
});

/** Makes matrices ten times larger than at the start of training, so that nothing is nearly linear. */
function grow(weights: Record<string, Float32Array>): void {
  for (const [name, value] of Object.entries(weights)) {
    if (!name.includes("norm")) value.forEach((_, i) => value[i]! *= 10);
  }
}

/** How many times the queue is written to while `work` runs. */
async function countWrites<T>(work: () => Promise<T>): Promise<{ result: T; writes: number }> {
  const { writeBuffer } = GPUQueue.prototype;
  let writes = 0;
  GPUQueue.prototype.writeBuffer = function (...args: Parameters<typeof writeBuffer>) {
    writes++;
    return writeBuffer.apply(this, args);
  };
  try {
    return { result: await work(), writes };
  } finally {
    GPUQueue.prototype.writeBuffer = writeBuffer;
  }
}
