/** Training without a GPU: the losses of f64, the same steps as on a GPU, resuming. */
import { describe, expect, test } from "vitest";
import {
  compile,
  compileTraining,
  createParameters,
  type TrainingOptions,
} from "../../src/tensor/mod.ts";
import { type BenchSizes, drawBench } from "../../src/cli/bench_model.ts";
import { exactLosses } from "../bench/exact_losses.ts";
import { describeGpu } from "../support/gpu.ts";
import { decoder, S } from "./decoder.ts";

const tiny: BenchSizes = { C: 16, L: 2, H: 4, KV: 2, F: 24, V: 20, T: 12, B: 2 };

function model(sizes: BenchSizes, packed = false) {
  const loss = decoder(sizes, { packed });
  const { weights, batch } = drawBench(sizes);
  const parameters = createParameters(null, [loss]);
  parameters.write(weights);
  const compiled = (options: Partial<TrainingOptions> = {}) =>
    compileTraining(null, loss, { parameters, ...options });
  return { loss, weights, batch, parameters, compiled };
}

describe("compileTraining without a GPU", () => {
  test("goes down with the losses of f64, as its peers do", async () => {
    const { batch, compiled } = model(S);
    const exact = exactLosses("S");
    using training = await compiled({ adamW: { clipNorm: 0 }, readEvery: exact.length });
    const reports = [];
    // None is waited for: steps queue as they do on a GPU.
    for (const steps of exact.map(() => training.step(batch, 1e-3))) reports.push(...await steps);
    expect(reports.map(({ step }) => step)).toEqual(exact.map((_, i) => i + 1));
    for (const [i, { lossNats }] of reports.entries()) {
      expect(Math.abs(lossNats - exact[i]!), `step ${i + 1}`).toBeLessThan(5e-5);
    }
  });

  test("goes on after a stop as if there had been none", async () => {
    const { batch, weights, parameters, loss } = model(tiny);
    const straight = await compileTraining(null, loss, { parameters });
    for (let i = 0; i < 2; i++) await straight.step(batch, 1e-2);
    const [saved, state] = [await parameters.read(), await straight.readState()];
    const expected = [await straight.step(batch, 1e-2), await straight.step(batch, 1e-2)];

    const again = createParameters(null, [loss]);
    again.write(weights);
    using resumed = await compileTraining(null, loss, { parameters: again });
    await resumed.accumulate(batch);
    again.write(saved);
    resumed.writeState(state);
    expect([await resumed.step(batch, 1e-2), await resumed.step(batch, 1e-2)]).toEqual(expected);
    straight[Symbol.dispose]();
  });

  test("a loss that is not a number changes no parameter", async () => {
    const { batch, weights, parameters, compiled } = model(tiny);
    parameters.write({ "model.norm.weight": new Float32Array(16).fill(NaN) });
    using training = await compiled();
    const [report] = await training.step(batch, 1e-2);
    expect(report!.lossNats).toBeNaN();
    expect((await parameters.read()).embedding).toEqual(weights.embedding);
  });

  test("lets the thread hear others while it trains", async () => {
    const { batch, compiled } = model(tiny);
    using training = await compiled();
    let heard = false;
    setTimeout(() => heard = true);
    const endMs = performance.now() + 5000;
    while (!heard && performance.now() < endMs) await training.step(batch, 1e-3);
    expect(heard).toBe(true);
  });

  test("leaves the global Worker as it is, whatever onnxruntime-web puts in its place", async () => {
    const { compiled } = model(tiny);
    using _ = await compiled();
    const worker = new Worker("data:text/javascript,postMessage(1)", { type: "module" });
    const { promise, resolve } = Promise.withResolvers<MessageEvent>();
    worker.addEventListener("message", resolve);
    expect((await promise).data).toBe(1);
    worker.terminate();
  });

  test("refuses inputs that are missing or out of range, and parameters of a GPU's", async () => {
    const { batch, loss, compiled } = model(tiny);
    using training = await compiled();
    expect(() => training.step({ tokens: batch.tokens }, 1e-2)).toThrow('input "targets"');
    const tokens = batch.tokens.with(3, 20);
    expect(() => training.step({ ...batch, tokens }, 1e-2)).toThrow('"tokens" has 20 at index 3');
    const none = { names: [], size: 0, write() {}, read: () => Promise.resolve({}) };
    const parameters = { ...none, storage: "f32" as const, [Symbol.dispose]() {} };
    await expect(compileTraining(null, loss, { parameters })).rejects.toThrow("are on a GPU");
  });
});

describeGpu("compileTraining without a GPU", (gpu) => {
  test("takes the steps that a GPU takes: packed rows, micro-batches, clipping, decay", async () => {
    const { batch, loss, weights, parameters, compiled } = model(tiny, true);
    const starts = Uint32Array.from({ length: 24 }, (_, i) => i % 12 < 5 ? 0 : 5);
    const inputs = { ...batch, starts };
    const other = { ...inputs, tokens: batch.tokens.toReversed() };
    using onGpu = createParameters(gpu, [loss]);
    onGpu.write(weights);
    using there = await compileTraining(gpu, loss, { parameters: onGpu });
    using here = await compiled();
    for (let i = 0; i < 3; i++) {
      await there.accumulate(other);
      await here.accumulate(other);
      const [expected] = await there.step(inputs, 1e-2);
      const [report] = await here.step(inputs, 1e-2);
      expect(Math.abs(report!.lossNats - expected!.lossNats)).toBeLessThan(1e-5);
      expect(report!.gradientNorm / expected!.gradientNorm).toBeCloseTo(1, 4);
    }
    const [actual, expected] = [await parameters.read(), await onGpu.read()];
    for (const [name, values] of Object.entries(expected)) {
      values.forEach((value, i) =>
        // AdamW's first steps are as large as the learning rate, whatever the gradient's size.
        expect(Math.abs(actual[name]![i]! - value), `${name}[${i}]`).toBeLessThan(2e-3)
      );
    }
    using program = await compile(null, [loss], { parameters });
    using programThere = await compile(gpu, [loss], { parameters: onGpu });
    const [[mine], [theirs]] = [await program.run(inputs), await programThere.run(inputs)];
    expect(Math.abs(mine![0]! - theirs![0]!)).toBeLessThan(1e-3);
  });
});
