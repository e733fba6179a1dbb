/** attention and rope, alone and over packed documents, on the CPU and on the GPU. */
import { describe, expect, test } from "vitest";
import {
  attention,
  evaluateCpu,
  gradients,
  input,
  parameter,
  rope,
  sum,
  type Tensor,
} from "../../../src/tensor/mod.ts";
import { planMemory } from "../../../src/tensor/memory_plan.ts";
import { nodesOf } from "../../../src/tensor/tensor.ts";
import { describeGpu } from "../../support/gpu.ts";
import { checkGradient, checkKernels, randomFor, randomValues, weightedSum } from "../check_op.ts";

/** Where each document begins, given their lengths. */
function startsOf(...lengths: number[]): Uint32Array {
  let start = 0;
  return Uint32Array.from(lengths.flatMap((length) => {
    start += length;
    return Array(length).fill(start - length);
  }));
}

interface Sizes {
  B: number;
  T: number;
  H: number;
  KV: number;
  D: number;
}

function attend({ B, T, H, KV, D }: Sizes, starts?: Tensor) {
  const qkv = parameter("qkv", [B, T, (H + 2 * KV) * D]);
  return { qkv, y: attention(qkv, { heads: H, kvHeads: KV, starts }) };
}

describe("attention", () => {
  test("is the mean of the values so far where all keys are equal", () => {
    const { y } = attend({ B: 1, T: 3, H: 1, KV: 1, D: 4 });
    const row = (value: number) => [1, 2, 3, 4, 5, 5, 5, 5, ...Array(4).fill(value)];
    const [result] = evaluateCpu([y], { qkv: [3, 9, 6].flatMap(row) });
    expect(Array.from(result!, Math.fround)).toEqual([3, 3, 3, 3, 6, 6, 6, 6, 6, 6, 6, 6]);
  });

  test("has the gradient of its reference, with groups of heads and documents", () => {
    const starts = input("starts", [2, 5], "u32");
    const { qkv, y } = attend({ B: 2, T: 5, H: 4, KV: 2, D: 4 }, starts);
    const values = { ...randomFor([qkv]), starts: [0, 0, 2, 2, 2, 0, 1, 1, 3, 4] };
    checkGradient(weightedSum(y), [qkv], { ...values, starts: Uint32Array.from(values.starts) });
  });

  test("sees nothing of other documents", () => {
    const starts = input("starts", [1, 7], "u32");
    const packed = attend({ B: 1, T: 7, H: 2, KV: 1, D: 4 }, starts);
    const qkv = randomValues(7 * 16);
    const [together] = evaluateCpu([packed.y], { qkv, starts: startsOf(3, 4) });
    const alone = [[0, 3], [3, 7]].flatMap(([from = 0, to = 0]) => {
      const { y } = attend({ B: 1, T: to - from, H: 2, KV: 1, D: 4 });
      return [...evaluateCpu([y], { qkv: qkv.subarray(from * 16, to * 16) })[0]!];
    });
    expect([...together!]).toEqual(alone);
  });

  test("refuses heads that do not fit, naming itself and the shapes", () => {
    const qkv = parameter("qkv", [2, 5, 24]);
    expect(() => attention(qkv, { heads: 3, kvHeads: 2 }))
      .toThrow(/attention: .*qkv \(2, 5, 24\), heads \(3, 2\)/);
    expect(() => attention(qkv, { heads: 2, kvHeads: 1, starts: input("starts", [5], "u32") }))
      .toThrow(/starts \(5\)/);
  });

  test("takes memory in proportion to T, with its gradient", () => {
    const bytes = [1024, 2048, 8192].map((T) => {
      const { qkv, y } = attend({ B: 1, T, H: 4, KV: 2, D: 32 });
      const all = gradients(sum(y), [qkv]);
      return planMemory(nodesOf(all), new Set(all)).peakBytes / T;
    });
    expect(bytes[1]! / bytes[0]!).toBeCloseTo(1, 3);
    expect(bytes[2]! / bytes[0]!).toBeCloseTo(1, 3);
  });
});

describe("rope", () => {
  const rotated = (T: number, starts?: Tensor) => {
    const x = parameter("x", [1, T, 12]);
    return { x, y: rope(x, { headSize: 4, heads: 2, theta: 100, starts }) };
  };

  test("turns each pair of the first heads by its position and leaves the rest", () => {
    const { y } = rotated(2);
    const row = [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4];
    const [result] = evaluateCpu([y], { x: [...row, ...row] });
    const turn = (a: number, b: number, angle: number) =>
      [
        a * Math.cos(angle) - b * Math.sin(angle),
        b * Math.cos(angle) + a * Math.sin(angle),
      ] as const;
    const [[a, c], [b, d]] = [turn(1, 3, 1), turn(2, 4, 0.1)];
    const expected = [...row, a, b, c, d, a, b, c, d, 1, 2, 3, 4];
    result!.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  });

  test("has the gradient of its reference, with documents", () => {
    const starts = input("starts", [1, 5], "u32");
    const { x, y } = rotated(5, starts);
    checkGradient(weightedSum(y), [x], { ...randomFor([x]), starts: startsOf(2, 3) });
  });
});

describeGpu("attention", (gpu) => {
  // Sums over T, exp of scores up to D, passed on to T rows.
  const terms = ({ T, D }: Sizes) => 2 * T + 8 * D + 64;

  test.each([
    { B: 1, T: 1, H: 1, KV: 1, D: 4 },
    { B: 2, T: 63, H: 4, KV: 2, D: 16 },
    { B: 1, T: 65, H: 3, KV: 1, D: 64 },
    { B: 3, T: 130, H: 2, KV: 2, D: 12 },
  ])("equals its reference for $B, $T, $H, $KV, $D, and so does its gradient", async (sizes) => {
    const { qkv, y } = attend(sizes);
    const both = [y, ...gradients(weightedSum(y), [qkv])];
    await checkKernels(gpu, both, randomFor([qkv]), terms(sizes));
  });

  test("equals its reference over packed documents, and so does its gradient", async () => {
    const sizes = { B: 2, T: 200, H: 4, KV: 2, D: 8 };
    const starts = input("starts", [2, 200], "u32");
    const { qkv, y } = attend(sizes, starts);
    const turned = rope(qkv, { headSize: 8, heads: 6, starts });
    const z = attention(turned, { heads: 4, kvHeads: 2, starts });
    const values = {
      ...randomFor([qkv]),
      starts: Uint32Array.of(...startsOf(1, 70, 64, 3, 62), ...startsOf(200)),
    };
    const tensors = [y, turned, z, ...gradients(weightedSum(z), [qkv])];
    await checkKernels(gpu, tensors, values, terms(sizes));
  });

  test("equals its reference with the kernels of adapters with other subgroups", async () => {
    const sizes = { B: 1, T: 101, H: 2, KV: 1, D: 8 };
    const starts = input("starts", [1, 101], "u32");
    const { qkv, y } = attend(sizes, starts);
    const values = { ...randomFor([qkv]), starts: startsOf(50, 51) };
    const both = [y, ...gradients(weightedSum(y), [qkv])];
    await checkKernels({ ...gpu, subgroupSize: 0 }, both, values, terms(sizes));
  });

  test("takes scores far apart", async () => {
    const sizes = { B: 1, T: 40, H: 1, KV: 1, D: 4 };
    const { y } = attend(sizes);
    const values = { qkv: randomValues(40 * 12).map((value) => 30 * value) };
    // Scores of up to 1800: their rounding is 1800 · 2⁻²⁴ each, which exp passes on.
    await checkKernels(gpu, [y], values, 4 * 1800);
  });
});
