/** Decoders as graphs: shapes, gradients of every parameter, packed rows against single documents. */
import { describe, expect, test } from "vitest";
import {
  checkConfig,
  type DecoderConfig,
  decoderLogits,
  decoderLoss,
  decoderTokenLosses,
  initialWeights,
  ModelError,
  parameterShapes,
} from "../../src/model/mod.ts";
import {
  compile,
  compileTraining,
  createParameters,
  evaluateCpu,
  gradients,
  IGNORED,
} from "../../src/tensor/mod.ts";
import { leavesOf } from "../../src/tensor/flat_layout.ts";
import { describeGpu } from "../support/gpu.ts";
import { seededRandom } from "../support/random.ts";
import { expectWithin } from "../tensor/check_op.ts";
import { TINY } from "./tiny.ts";

const B = 2;
const T = 12;

/** Documents of 5 and 7 tokens, and of 12. */
const starts = [0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5, ...Array(12).fill(0)];

function batchFor({ vocabularySize }: DecoderConfig) {
  const random = seededRandom(7);
  const tokens = Array.from({ length: B * T }, () => Math.floor(random() * vocabularySize));
  const last = (n: number) => n % T === T - 1 || n === 4;
  const targets = tokens.map((_, n) => last(n) ? IGNORED : tokens[n + 1]!);
  return { tokens, targets, starts };
}

/** Ten times larger than at the start of training, so that nothing is nearly linear. */
function grownWeights(config: DecoderConfig) {
  const shapes = parameterShapes(config);
  const random = seededRandom(3);
  return Object.fromEntries(
    Object.entries(initialWeights(config, 1)).map(([name, values]) => [
      name,
      shapes.get(name)?.start.match(/normal|residual/)
        ? values.map((value) => 10 * value)
        : values.map((value) => value + 0.2 * (random() - 0.5)),
    ]),
  );
}

describe.each(Object.entries(TINY))("a decoder of %s", (_, config) => {
  test("has the parameters that are listed, and no other", () => {
    const leaves = leavesOf([decoderLoss(config, { batch: B, time: T })], "parameter");
    const shapes = leaves.map(({ node, shape }) => [node.leaf?.name, shape]);
    const listed = [...parameterShapes(config)].map(([name, { shape }]) => [name, shape]);
    expect(shapes.toSorted()).toEqual(listed.toSorted());
  });

  test("sees nothing of what comes later, nor of other documents", () => {
    const weights = grownWeights(config);
    const { tokens } = batchFor(config);
    const logits = decoderLogits(config, { batch: B, time: T, packed: true });
    const at = (tokens: number[]) => evaluateCpu([logits], { ...weights, tokens, starts })[0]!;
    const before = at(tokens);
    const after = at(tokens.with(3, (tokens[3]! + 1) % config.vocabularySize));
    const V = config.vocabularySize;
    const changed = Array.from({ length: B * T }, (_, n) => n)
      .filter((n) => before.subarray(n * V, (n + 1) * V).some((x, v) => x !== after[n * V + v]));
    expect(changed).toEqual([3, 4]);
  });
});

describeGpu("a decoder", (gpu) => {
  test.each(Object.entries(TINY))(
    "of %s has the gradient of the reference for every parameter",
    async (_, config) => {
      const loss = decoderLoss(config, { batch: B, time: T });
      const weights = grownWeights(config);
      const batch = batchFor(config);
      using parameters = createParameters(gpu, [loss]);
      parameters.write(weights);
      using training = await compileTraining(gpu, loss, { parameters });
      await training.accumulate(batch);
      const actual = await training.readGradients();
      const leaves = leavesOf([loss], "parameter");
      const expected = evaluateCpu(gradients(loss, leaves), { ...weights, ...batch });
      expect(leaves).toHaveLength(parameterShapes(config).size);
      for (const [i, { node }] of leaves.entries()) {
        const name = node.leaf?.name ?? "";
        // Some 20 ops deep, each with some 30 roundings of its largest element.
        expectWithin(actual[name]!, expected[i]!, 600, name);
      }
    },
  );

  test.each(Object.entries(TINY))(
    "of %s gives a packed batch the losses of its documents one by one",
    async (_, config) => {
      const weights = grownWeights(config);
      const { tokens, targets } = batchFor(config);
      const together = decoderTokenLosses(config, { batch: B, time: T });
      using parameters = createParameters(gpu, [together]);
      parameters.write(weights);
      using program = await compile(gpu, [together], { parameters });
      const [losses] = await program.run({ tokens, targets, starts });
      for (const [begin, end] of [[0, 5], [5, 12], [12, 24]] as const) {
        const graph = decoderTokenLosses(config, { batch: 1, time: end - begin, packed: false });
        using alone = await compile(gpu, [graph], { parameters });
        const document = [tokens, targets].map((values) => values.slice(begin, end));
        const [one] = await alone.run({ tokens: document[0]!, targets: document[1]! });
        one!.forEach((loss, i) => expect(loss).toBeCloseTo(losses![begin + i]!, 5));
      }
    },
  );
});

describe("checkConfig", () => {
  const { llama, gpt2, qwen2 } = TINY;

  test.each<[Partial<DecoderConfig>, DecoderConfig, RegExp]>([
    [{ layers: 0 }, llama, /layers is 0: .* from 1 to/],
    [{ headSize: 6 }, llama, /headSize is 6: .*multiple of 4/],
    [{ kvHeads: 3 }, llama, /kvHeads is 3: .*divisor of heads, 4/],
    [{ ropeTheta: NaN }, llama, /ropeTheta is null/],
    [{ kvHeads: 1 }, gpt2, /kvHeads is 1: .*heads, 2, for GPT-2/],
    [{ headSize: 4 }, gpt2, /headSize is 4: .*channels \/ heads, 8/],
    [{ attentionBias: false }, qwen2, /attentionBias is false: .*LlamaForCausalLM/],
  ])("refuses %j", (change, config, message) => {
    expect(() => checkConfig({ ...config, ...change })).toThrow(message);
    expect(() => decoderLoss({ ...config, ...change }, { batch: 1, time: 2 })).toThrow(ModelError);
  });

  test("rows longer than the context are refused, with both", () => {
    expect(() => decoderLogits(llama, { batch: 1, time: 65 })).toThrow(/65 tokens .* the 64 /);
  });
});
