/** Whole steps of training with fused ops: counts, memory foretold, sums of gradients, the same losses. */
import { expect, test } from "vitest";
import {
  compileTraining,
  createParameters,
  evaluateCpu,
  gelu,
  gradients,
  type GraphMemory,
  input,
  mean,
  mul,
  parameter,
  scale,
  type Tensor,
  trainingMemory,
} from "../../src/tensor/mod.ts";
import { layOut, leavesOf } from "../../src/tensor/flat_layout.ts";
import { countGpuCalls } from "../../src/gpu/mod.ts";
import { SIZES } from "../bench/exact_losses.ts";
import { describeGpu } from "../support/gpu.ts";
import { expectWithin, randomFor } from "./check_op.ts";
import { decoder } from "./decoder.ts";
import { drawGpt2, gpt2, type Gpt2Sizes } from "./gpt2.ts";
import { ownAttention } from "./own_attention.ts";

const sizes: Gpt2Sizes = { C: 32, L: 2, H: 4, V: 40, T: 24, B: 2 };

/**
 * How many dispatches a step takes, and how many it took before elementwise ops were fused; the losses
 * that it had then, on llvmpipe, of six steps at 1e-2 with their number as seed.
 */
const models = [
  {
    name: "GPT-2 with dropout",
    loss: gpt2(sizes),
    before: 92,
    dispatches: 87,
    lossesNats: [3.9768670, 3.3474667, 3.0003951, 2.7427824, 2.4861429, 2.2351279],
  },
  {
    name: "GPT-2 with dropout and an attention of one's own",
    loss: gpt2(sizes, ownAttention),
    before: 134,
    dispatches: 125,
    lossesNats: [4.0736489, 3.3732541, 3.0557330, 2.6356555, 2.4456913, 2.2322352],
  },
  { name: "M", loss: decoder(SIZES["M"]!), before: 115, dispatches: 115, lossesNats: [] },
];

describeGpu("a step of training", (gpu) => {
  test.each(models)(
    "of $name takes $dispatches dispatches, $before without fusion, and the memory foretold",
    async ({ loss, dispatches }) => {
      using parameters = createParameters(gpu, [loss]);
      using training = await compileTraining(gpu, loss, { parameters });
      expect(training.dispatches).toBe(dispatches);
      expect(trainingMemory(loss).sizeBytes).toBe(bytesOf(loss, training.memory));
    },
  );

  test.each(models.filter(({ lossesNats }) => lossesNats.length > 0))(
    "of $name has the gradient of the reference, and the losses that it had",
    async ({ loss, lossesNats }) => {
      const leaves = leavesOf([loss], "parameter");
      const { weights, batch } = drawGpt2(leaves, sizes);
      using parameters = createParameters(gpu, [loss]);
      parameters.write(weights);
      using training = await compileTraining(gpu, loss, { parameters });
      await training.accumulate(batch);
      const actual = await training.readGradients();
      const expected = evaluateCpu(gradients(loss, leaves), { ...weights, ...batch });
      for (const [i, { node }] of leaves.entries()) {
        const name = node.leaf?.name ?? "";
        // Some 20 ops deep, each with some 30 roundings of its largest element.
        expectWithin(actual[name]!, expected[i]!, 600, name);
      }
      training.writeState(await training.readState());
      for (const [step, lossNats] of lossesNats.entries()) {
        const { result: [report], calls } = await countGpuCalls(() =>
          training.step({ ...batch, seed: [step] }, 1e-2)
        );
        expect(Math.abs(report!.lossNats - lossNats), `step ${step}`).toBeLessThan(1e-5);
        expect(calls).toMatchObject({ submits: 1, passes: 1, dispatches: training.dispatches });
      }
    },
  );

  test("adds what a chain of gradients gives to the sum of all micro-batches, exactly", async () => {
    const x = input("x", [33, 5]);
    const weight = parameter("weight", [33, 5]);
    const loss = mean(gelu(mul(scale(weight, 1.5), x)));
    const values = randomFor([x, weight]);
    using parameters = createParameters(gpu, [loss]);
    parameters.write({ weight: values["weight"] as Float32Array });
    using training = await compileTraining(gpu, loss, { parameters });
    // scale and mul; gelu; its sum; the mean; the gradient of the sum; all others; the update.
    expect(training.dispatches).toBe(6 + 2);
    // The product, gelu and the gradient; sum and mean, and the gradient of the sum.
    expect(training.memory.unsharedBytes).toBe(3 * 4 * 33 * 5 + 3 * 4);
    expect(trainingMemory(loss).sizeBytes).toBe(bytesOf(loss, training.memory));
    await training.accumulate({ x: values["x"]! });
    const { weight: once } = await training.readGradients();
    expectWithin(once!, evaluateCpu(gradients(loss, [weight]), values)[0]!, 64, "weight");
    await training.accumulate({ x: values["x"]! });
    const { weight: both } = await training.readGradients();
    expect(both).toEqual(once!.map((value) => 2 * value));
  });
});

/** Parameters, gradients and moments, inputs, and results. */
function bytesOf(loss: Tensor, { activationBytes }: GraphMemory): number {
  const [parameters, inputs] = ["parameter", "input"].map((kind) =>
    layOut(leavesOf([loss], kind)).sizeBytes
  );
  return 4 * parameters! + inputs! + activationBytes;
}
