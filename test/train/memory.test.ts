/** How much memory training takes. */
import { expect, test } from "vitest";
import { countParameters, parseConfig } from "../../src/model/mod.ts";
import { trainingMemory } from "../../src/tensor/mod.ts";
import { checkMemory } from "../../src/train/memory.ts";
import { trainingFlopsPerToken } from "../../src/train/model_cost.ts";
import { microBatchLoss } from "../../src/train/plan.ts";
import { TINY_MODEL } from "./packed.ts";

const config = parseConfig({ ...TINY_MODEL, max_position_embeddings: 8192 });
const graph = ({ batch, time }: { batch: number; time: number }) =>
  microBatchLoss(config, { batch, time }, 1);
const unknown = { bindingBytes: undefined, bufferBytes: undefined, memoryBytes: undefined };

test("grows in a straight line with the length of rows", () => {
  const fixed = 4 * 4 * countParameters(config);
  const perToken = [1024, 2048, 8192].map((time) =>
    (trainingMemory(graph({ batch: 1, time })).sizeBytes - fixed) / time
  );
  expect(perToken[1]! / perToken[0]!).toBeCloseTo(1, 1);
  expect(perToken[2]! / perToken[1]!).toBeCloseTo(1, 1);
});

test("a batch that does not fit is refused with the largest one that does", () => {
  const { sizeBytes } = trainingMemory(graph({ batch: 5, time: 32 }));
  const limits = { ...unknown, memoryBytes: sizeBytes };
  checkMemory(graph, { batch: 5, time: 32 }, limits);
  expect(() => checkMemory(graph, { batch: 6, time: 32 }, limits))
    .toThrow(/6 rows of 32 tokens.*A batch of 5 fits: with accumulate 2/);
});

test("rows that are too long even alone are refused with the length that fits", () => {
  const { largestBytes } = trainingMemory(graph({ batch: 1, time: 48 }));
  const limits = { ...unknown, bindingBytes: largestBytes };
  expect(() => checkMemory(graph, { batch: 2, time: 64 }, limits))
    .toThrow(/this GPU binds.*Rows of 48 tokens fit, one at a time/);
  expect(() => checkMemory(graph, { batch: 1, time: 4 }, { ...unknown, memoryBytes: 1000 }))
    .toThrow(/smaller model/);
});

test("the work of a token is six operations a weight, and attention", () => {
  const { channels: C, layers: L, heads: H, kvHeads: KV, headSize: D, feedForward: F } = config;
  const weights = L * (C * (H + 2 * KV) * D + H * D * C + 3 * C * F) + 32 * C;
  expect(trainingFlopsPerToken(config, 10)).toBe(6 * weights + 6 * L * H * D * 10);
});
