/** sampleTokens: the kernel against its reference, and both against the probabilities. */
import { describe, expect, test } from "vitest";
import {
  compile,
  createStates,
  evaluateCpu,
  input,
  packSampling,
  sampleTokens,
  type Sampling,
  state,
} from "../../../src/tensor/mod.ts";
import { sampleTokensCpu } from "../../../src/tensor/ops/sample_tokens.ts";
import { describeGpu } from "../../support/gpu.ts";
import { randomValues } from "../check_op.ts";

const R = 4;

function graph(B: number, V: number, capacity: number) {
  return sampleTokens(input("logits", [B, V]), {
    sampling: state("sampling", [4], "u32"),
    positions: state("positions", [B], "u32"),
    tokens: state("tokens", [B], "u32"),
    recent: state("recent", [B, R], "u32"),
    capacity,
  });
}

const plain: Sampling = { temperature: 1, topK: 0, topP: 1, seed: 7 };

describe("the reference of sampleTokens", () => {
  test("draws tokens as often as their probabilities say, within k and p", () => {
    const logits = Float64Array.of(2, 1, 0, -1, -40);
    const draws = 4000;
    for (
      const [sampling, allowed] of [
        [plain, [0, 1, 2, 3]],
        [{ ...plain, temperature: 0.5 }, [0, 1, 2, 3]],
        [{ ...plain, topK: 2 }, [0, 1]],
        [{ ...plain, topP: 0.8 }, [0, 1]],
        [{ ...plain, topK: 3, topP: 0.95 }, [0, 1, 2]],
        [{ ...plain, topK: 1 }, [0]],
        [{ ...plain, topP: 0 }, [0]],
        [{ ...plain, temperature: 0 }, [0]],
      ] as const
    ) {
      const counts = Array<number>(5).fill(0);
      for (let position = 0; position < draws; position++) {
        counts[sampleTokensCpu(logits, sampling, [position])[0]!]!++;
      }
      const masses = [...logits].map((logit, v) =>
        (allowed as readonly number[]).includes(v)
          ? Math.exp(logit / (sampling.temperature || 1))
          : 0
      );
      const total = masses.reduce((sum, mass) => sum + mass);
      // Four standard deviations.
      masses.forEach((mass, v) => {
        const p = mass / total;
        const off = Math.abs(counts[v]! / draws - p);
        expect(off, JSON.stringify({ sampling, counts })).toBeLessThanOrEqual(
          4 * Math.sqrt(p * (1 - p) / draws),
        );
      });
    }
  });
});

describeGpu("sampleTokens", (gpu) => {
  test.each([1, 63, 65, 1000, 5003])("draws what its reference draws of %d logits", async (V) => {
    const B = 3;
    const chosen = graph(B, V, 100);
    using states = createStates(gpu, [chosen]);
    using program = await compile(gpu, [chosen], { states });
    let differing = 0;
    const all = [
      { ...plain, temperature: 0 },
      plain,
      { ...plain, temperature: 0.7, topK: 5 },
      { ...plain, topP: 0.6, seed: 2 ** 32 - 1 },
      { ...plain, topK: 40, topP: 0.9, seed: 3 },
    ];
    for (const [i, sampling] of all.entries()) {
      const logits = randomValues(B * V, V + i).map((value) => 5 * value);
      const positions = Uint32Array.of(i, 50, 99);
      states.write("sampling", packSampling(sampling));
      states.write("positions", positions);
      const [bytes, moved, tokens, recent] = await program.submit(
        { logits },
        ["sampling", "positions", "tokens", "recent"].map((name) => states.get(name)!.buffer),
      );
      expect(new Uint32Array(bytes!)).toEqual(packSampling(sampling));
      const expected = sampleTokensCpu(Float64Array.from(logits), sampling, positions);
      const actual = new Uint32Array(tokens!);
      differing += actual.reduce((sum, token, b) => sum + Number(token !== expected[b]), 0);
      expect(new Uint32Array(moved!)).toEqual(positions.map((position) => position + 1));
      actual.forEach((token, b) =>
        expect(new Uint32Array(recent!)[b * R + positions[b]! % R]).toBe(token)
      );
    }
    // f32 against f64: two candidates may be as good as equal, once in a long while.
    expect(differing).toBeLessThanOrEqual(1);
  });

  test("takes the first of equal logits, and leaves sequences that have ended alone", async () => {
    const chosen = graph(2, 300, 10);
    using states = createStates(gpu, [chosen]);
    using program = await compile(gpu, [chosen], { states });
    states.write("sampling", packSampling({ ...plain, temperature: 0 }));
    states.write("positions", Uint32Array.of(3, 10));
    states.write("tokens", Uint32Array.of(7, 8));
    const logits = new Float32Array(600).fill(-Infinity);
    logits[130] = logits[131] = logits[299] = 2;
    const [positions, tokens] = await program.submit(
      { logits },
      ["positions", "tokens"].map((name) => states.get(name)!.buffer),
    );
    expect([...new Uint32Array(tokens!)]).toEqual([130, 8]);
    expect([...new Uint32Array(positions!)]).toEqual([4, 10]);
  });

  test("has one draw for a seed, a sequence and a position", () => {
    const chosen = graph(2, 50, 100);
    const at = (position: number, seed: number) =>
      evaluateCpu([chosen], {
        logits: [...randomValues(50, 1), ...randomValues(50, 1)],
        sampling: packSampling({ ...plain, temperature: 3, seed }),
        positions: [position, position],
        tokens: [0, 0],
        recent: Array(2 * R).fill(0),
      })[0]!;
    expect(at(1, 1)).toEqual(at(1, 1));
    const draws = Array.from({ length: 20 }, (_, i) => at(i, 1));
    expect(new Set(draws.map(([first]) => first)).size).toBeGreaterThan(5);
    expect(draws.some(([first, second]) => first !== second)).toBe(true);
    expect(draws).not.toEqual(draws.map((_, i) => at(i, 2)));
  });
});
