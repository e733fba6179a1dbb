/** Token counts on the GPU against the reference, over every size that a dispatch can trip over. */
import { describe, expect, test } from "vitest";
import { tokenHistogram, tokenHistogramCpu } from "../../src/stats/mod.ts";
import { countGpuCalls } from "../../src/gpu/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { seededRandom } from "../support/random.ts";

const WG = 64;

/** Tokens as text has them: few that occur very often, many that occur once. */
function zipf(N: number, V: number, seed = 1): Uint32Array {
  const random = seededRandom(seed);
  return Uint32Array.from({ length: N }, () => Math.floor(V ** random()) - 1);
}

describe("tokenHistogramCpu", () => {
  test("counts", () => {
    expect([...tokenHistogramCpu(Uint32Array.of(3, 1, 3), 5)]).toEqual([0, 1, 0, 2, 0]);
    expect([...tokenHistogramCpu(new Uint32Array(), 2)]).toEqual([0, 0]);
  });

  test("refuses a token outside the vocabulary, naming it and its place", () => {
    expect(() => tokenHistogramCpu(Uint32Array.of(1, 7, 9), 7)).toThrow(
      expect.objectContaining({
        name: "StatisticsError",
        code: "token-out-of-range",
        message: expect.stringMatching(/Token 7 at index 1 .* 7, as are 2 in all/),
      }),
    );
  });
});

describeGpu("tokenHistogram", (gpu) => {
  const V = 1000;

  test.each([0, 1, WG - 1, WG, WG + 1, 1000 * WG + 13])(
    "equals the reference for N = %i",
    async (N) => {
      const tokens = zipf(N, V);
      expect(await tokenHistogram(gpu, tokens, V)).toEqual(tokenHistogramCpu(tokens, V));
    },
  );

  test("equals the reference for more than 65,535 workgroups", async () => {
    const tokens = zipf(65_536 * WG + 1, V);
    expect(await tokenHistogram(gpu, tokens, V)).toEqual(tokenHistogramCpu(tokens, V));
  });

  test("counts one token a hundred thousand times, the first and the last of the vocabulary", async () => {
    for (const token of [0, V - 1]) {
      const counts = await tokenHistogram(gpu, new Uint32Array(100_000).fill(token), V);
      expect(counts[token]).toBe(100_000);
      expect(counts.reduce((sum, count) => sum + count)).toBe(100_000);
    }
  });

  test("takes a vocabulary of one token", async () => {
    expect([...await tokenHistogram(gpu, new Uint32Array(100), 1)]).toEqual([100]);
  });

  test("refuses a token outside the vocabulary, as the reference does", async () => {
    const tokens = zipf(10_000, V);
    tokens.set([V, 2 ** 32 - 1], 8000);
    const onCpu = () => tokenHistogramCpu(tokens, V);
    const error = await tokenHistogram(gpu, tokens, V).catch((error) => error);
    expect(error).toMatchObject({ name: "StatisticsError", code: "token-out-of-range" });
    expect(onCpu).toThrow(error.message);
  });

  test("counts more tokens than a binding holds, piece by piece", async () => {
    const budget = Math.min(2 ** 27, gpu.device.limits.maxStorageBufferBindingSize);
    const tokens = new Uint32Array(budget / 4 + WG + 1);
    for (let i = 0; i < tokens.length; i++) tokens[i] = i % 997;
    const done: number[] = [];
    const { result, calls } = await countGpuCalls(() =>
      tokenHistogram(gpu, tokens, V, { onProgress: (progress) => done.push(progress.done) })
    );
    expect(result).toEqual(tokenHistogramCpu(tokens, V));
    expect(calls).toMatchObject({ submits: 2, dispatches: 2, maps: 1, buffers: 4, frees: 4 });
    expect(done).toEqual([0, budget, tokens.byteLength]);

    const abort = new AbortController();
    const stopped = countGpuCalls(() =>
      tokenHistogram(gpu, tokens, V, {
        signal: abort.signal,
        onProgress: ({ done }) => done > 0 && abort.abort(new Error("enough")),
      }).catch((error) => error)
    );
    const { result: error, calls: made } = await stopped;
    expect(error).toMatchObject({ message: "enough" });
    expect(made).toMatchObject({ submits: 1, maps: 0 });
  });
});
