/** A look inside a decoder: each number against its definition in f64. */
import { expect, test } from "vitest";
import {
  createInspector,
  type DecoderConfig,
  decoderGraph,
  decoderLoss,
  initialWeights,
} from "../../src/model/mod.ts";
import { attention, evaluateCpu, gradients, IGNORED, input } from "../../src/tensor/mod.ts";
import { leavesOf } from "../../src/tensor/flat_layout.ts";
import { describeGpu } from "../support/gpu.ts";
import { TINY } from "./tiny.ts";

const T = 12;
const tokens = [3, 1, 4, 1, 5, 9, 2, 6, 5];
const N = tokens.length;

function weightsFor(config: DecoderConfig) {
  return Object.fromEntries(
    Object.entries(initialWeights(config, 2)).map(([name, values]) => [
      name,
      name.includes("norm") ? values : values.map((value) => 10 * value),
    ]),
  );
}

describeGpu("an inspector", (gpu) => {
  test.each([["gpt2", gpu], ["qwen2", gpu], ["llama", null]] as const)(
    "of %s finds losses, predictions, attention and norms",
    async (name, device) => {
      const config = TINY[name];
      const weights = weightsFor(config);
      using inspector = await createInspector(device, config, weights, { time: T });
      const inspection = await inspector.inspect(tokens);

      const shape = { batch: 1, time: N };
      const loss = decoderLoss(config, { ...shape, packed: false });
      const leaves = leavesOf([loss], "parameter");
      const graph = decoderGraph(config, shape);
      const targets = [...tokens.slice(1), IGNORED];
      const values = { ...weights, tokens, targets };
      const [mean, ...slopes] = evaluateCpu([loss, ...gradients(loss, leaves)], values);
      const [logits, ...inside] = evaluateCpu(
        [graph.logits, ...graph.residuals, ...graph.heads],
        values,
      );

      const V = config.vocabularySize;
      const probabilities = (n: number) => {
        const masses = [...logits!.subarray(n * V, (n + 1) * V)].map(Math.exp);
        const total = masses.reduce((sum, mass) => sum + mass);
        return masses.map((mass) => mass / total);
      };
      expect(inspection.lossNats[0]).toBeNaN();
      const losses = [...inspection.lossNats.subarray(1)];
      losses.forEach((nats, n) =>
        expect(nats).toBeCloseTo(-Math.log(probabilities(n)[tokens[n + 1]!]!), 4)
      );
      expect(losses.reduce((sum, nats) => sum + nats) / (N - 1)).toBeCloseTo(mean![0]!, 4);

      const predicted = inspection.predictions(4, 3);
      const likeliest = probabilities(4).map((probability, token) => ({ token, probability }))
        .sort((a, b) => b.probability - a.probability);
      expect(predicted.map(({ token }) => token))
        .toEqual(likeliest.slice(0, 3).map(({ token }) => token));
      expect(predicted[0]!.probability).toBeCloseTo(likeliest[0]!.probability, 4);

      for (const [layer, norms] of inspection.residualNorms.entries()) {
        norms.forEach((norm, n) =>
          expect(norm).toBeCloseTo(
            Math.hypot(...inside[layer]!.subarray(n * config.channels, (n + 1) * config.channels)),
            3,
          )
        );
      }
      for (const [i, { node }] of leaves.entries()) {
        const norm = Math.hypot(...slopes[i]!);
        expect(inspection.gradientNorms[node.leaf!.name]! / norm, node.leaf!.name).toBeCloseTo(
          1,
          3,
        );
      }
      expect(inspection.residualGradientNorms).toHaveLength(config.layers + 1);
      // The gradient of the mean over eight losses, carried back from the last layer.
      expect(inspection.residualGradientNorms.at(-1)![N - 1]).toBeCloseTo(0, 6);

      checkAttention(config, inside.slice(config.layers + 1), inspection.attention);
    },
  );

  test("refuses texts that it has no room for", async () => {
    using inspector = await createInspector(null, TINY.llama, weightsFor(TINY.llama), { time: T });
    await expect(inspector.inspect([1])).rejects.toThrow(/1 tokens are not from 2 to 12/);
    await expect(inspector.inspect(Array(13).fill(1))).rejects.toThrow(/13 tokens/);
    await expect(inspector.inspect([1, 20])).rejects.toThrow(/20 at index 1/);
  });
});

/** Attention with weights written down gives what attention gives. */
function checkAttention(
  { heads, kvHeads, headSize: D }: DecoderConfig,
  qkvs: readonly Float64Array[],
  weightsOf: (layer: number, head: number) => Float32Array,
): void {
  const columns = (heads + 2 * kvHeads) * D;
  for (const [layer, qkv] of qkvs.entries()) {
    const graph = attention(input("qkv", [1, N, columns]), { heads, kvHeads });
    const [expected] = evaluateCpu([graph], { qkv });
    for (let head = 0; head < heads; head++) {
      const weights = weightsOf(layer, head);
      const value = (heads + kvHeads + Math.floor(head / (heads / kvHeads))) * D;
      for (let n = 0; n < N; n++) {
        for (let d = 0; d < D; d++) {
          let sum = 0;
          for (let j = 0; j < N; j++) sum += weights[n * N + j]! * qkv[j * columns + value + d]!;
          expect(sum).toBeCloseTo(expected![(n * heads + head) * D + d]!, 4);
        }
      }
    }
  }
}
