/** Parameters as halves: half the memory, the same kernels' results, exact, and never trained. */
import { describe, expect, test } from "vitest";
import {
  add,
  compile,
  compileTraining,
  createParameters,
  embedding,
  evaluateCpu,
  input,
  matmul,
  mean,
  parameter,
  rmsNorm,
  scale,
  type Tensor,
} from "../../src/tensor/mod.ts";
import { fastestKernel } from "../../src/tensor/tuning.ts";
import { describeGpu } from "../support/gpu.ts";
import { expectWithin, randomFor, randomValues } from "./check_op.ts";
import type { Gpu } from "../../src/gpu/mod.ts";

/** Every finite half, as f32: zeros of both signs, subnormals and 65504 among them. */
const HALVES = Float32Array.from(
  new Float16Array(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits).buffer),
).filter(Number.isFinite);

/** Results with weights as halves, which are within `terms` roundings of the f64 reference. */
async function checkInHalves(
  gpu: Gpu | null,
  y: Tensor,
  values: Record<string, Float32Array | Uint32Array>,
  terms: number,
): Promise<Float32Array> {
  using parameters = createParameters(gpu, [y], { storage: "f16" });
  const isInput = (name: string) => !parameters.names.includes(name);
  const given = Object.entries(values);
  parameters.write(
    Object.fromEntries(given.filter(([name]) => !isInput(name))) as Record<string, Float32Array>,
  );
  using program = await compile(gpu, [y], { parameters });
  const [actual] = await program.run(Object.fromEntries(given.filter(([name]) => isInput(name))));
  const [expected] = evaluateCpu([y], { ...values, ...await parameters.read() });
  expectWithin(actual!, expected!, terms, y.node.op);
  return actual!;
}

describeGpu("weights as halves", (gpu) => {
  test.each([
    [1, 7, 5],
    [3, 13, 9],
    [33, 65, 35],
    [1, 1031, 896],
    [4, 1037, 132],
    [130, 68, 36],
    [65, 260, 64],
  ])("are multiplied in f32: (%i, %i, %i), lying either way", async (M, N, K) => {
    for (const transposeB of [true, false]) {
      const a = input("a", [M, K]);
      const b = parameter("b", transposeB ? [N, K] : [K, N]);
      const bias = parameter("bias", [N]);
      const residual = parameter("residual", [M, N]);
      const c = matmul(a, b, { transposeB, bias, residual });
      await checkInHalves(gpu, c, randomFor([a, b, bias, residual]), 2 * (K + 2));
    }
  });

  test("are multiplied in batches of an odd number of them", async () => {
    const a = parameter("a", [3, 2, 5]);
    const b = parameter("b", [3, 5, 7]);
    await checkInHalves(gpu, matmul(a, b), randomFor([a, b]), 14);
  });

  test.each([[1, 1], [5, 3], [7, 65], [997, 8]])(
    "are picked by token from (%i, %i), exactly",
    async (V, C) => {
      const table = parameter("table", [V, C]);
      const tokens = input("tokens", [V + 1], "u32");
      const values = {
        table: randomValues(V * C),
        tokens: Uint32Array.from({ length: V + 1 }, (_, i) => V - i),
      };
      const rows = await checkInHalves(gpu, embedding(table, tokens), values, 0);
      expect(rows.subarray(0, C)).toEqual(new Float32Array(C));
      expect(rows.at(-1)).toBe(Math.f16round(values.table[C - 1]!));
    },
  );

  test("are each half there is, whichever kernel reads them", async () => {
    const N = HALVES.length / 4;
    const table = parameter("table", [N, 4]);
    const one = parameter("one", [4, 4]);
    const tokens = input("tokens", [N], "u32");
    const rows = embedding(table, tokens);
    const columns = matmul(one, table, { transposeB: true });
    using parameters = createParameters(gpu, [rows, columns], { storage: "f16" });
    const identity = Float32Array.from({ length: 16 }, (_, i) => i % 5 === 0 ? 1 : 0);
    parameters.write({ table: HALVES, one: identity });
    using program = await compile(gpu, [rows, columns], { parameters });
    const [read, product] = await program.run({
      tokens: Uint32Array.from({ length: N }, (_, i) => i),
    });
    expect(read).toEqual(HALVES);
    // A sum of zeros has no sign.
    expect(product).toEqual(HALVES.map((_, i) => HALVES[i % N * 4 + Math.floor(i / N)]! + 0));
  });

  test("take half the memory, and what is no matrix takes all of it", async () => {
    const tokens = input("tokens", [2], "u32");
    const table = parameter("table", [1001, 129]);
    const norm = parameter("norm", [129]);
    const both = parameter("both", [129, 129]);
    const x = rmsNorm(embedding(table, tokens), norm);
    const y = matmul(add(x, matmul(x, both)), add(both, both));
    using parameters = createParameters(gpu, [y], { storage: "f16" });
    const stored = [...parameters.layout.entries.values()]
      .map(({ name, storage, sizeBytes }) => [name, storage, sizeBytes]);
    expect(stored).toEqual([
      ["table", "f16", 2 * (1001 * 129 + 1)],
      ["both", "f32", 4 * 129 * 129],
      ["norm", "f32", 4 * 129],
    ]);
    using floats = createParameters(gpu, [y]);
    const saved = floats.buffer.size - parameters.buffer.size;
    expect(Math.abs(saved - 2 * 1001 * 129)).toBeLessThan(256);
    expect([parameters.size, parameters.storage]).toEqual([floats.size, "f16"]);
    const values = randomFor([table, norm, both]) as Record<string, Float32Array>;
    parameters.write(values);
    const { table: rounded, ...others } = await parameters.read();
    expect(rounded).toEqual(values["table"]!.map(Math.f16round));
    expect(others).toEqual({ norm: values["norm"], both: values["both"] });
  });

  test("are refused by programs that read them in another way", async () => {
    const weight = parameter("weight", [3, 3]);
    const product = matmul(input("x", [1, 3]), weight);
    using parameters = createParameters(gpu, [product], { storage: "f16" });
    const refused = (y: Tensor) => expect(compile(gpu, [y], { parameters })).rejects;
    await refused(scale(weight, 2)).toMatchObject({ code: "graph" });
    await refused(scale(weight, 2)).toThrow(/"weight" is read by scale here, .* stored as f16/);
    await refused(matmul(weight, weight)).toThrow(/"weight" is read by matmul here/);
    await refused(weight).toThrow(/"weight" is an output here/);
  });

  test("are timed as they lie", async () => {
    const b = parameter("b", [64, 32]);
    const c = matmul(input("a", [1, 32]), b, { transposeB: true });
    const inHalves = (tensor: Tensor) => tensor === b;
    const [call] = c.node.kernels({ accumulate: false, inHalves });
    if (!call || !("variants" in call)) throw new Error("matmul has no variants");
    expect(call.key).toBe("matmul nt 1x64x32 halves");
    const sizes: number[] = [];
    const createBuffer = gpu.device.createBuffer.bind(gpu.device);
    const device = new Proxy(gpu.device, {
      get(target, key) {
        if (key === "createBuffer") {
          return (descriptor: GPUBufferDescriptor) => {
            sizes.push(descriptor.size);
            return createBuffer(descriptor);
          };
        }
        const value = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    expect(call.variants).toContain(
      await fastestKernel({ ...gpu, device }, call.variants, inHalves),
    );
    expect(sizes).toContain(2 * 64 * 32);
    expect(sizes).not.toContain(4 * 64 * 32);
  });
});

/** What is the same wherever they are. */
function storesHalves(gpu: Gpu | null): void {
  const weight = parameter("weight", [2, 3]);
  const bias = parameter("bias", [3]);
  const y = matmul(input("x", [1, 2]), weight, { bias });
  const open = () => createParameters(gpu, [y], { storage: "f16" });

  test("are rounded to the nearest, ties to even, subnormals too", async () => {
    using parameters = open();
    const given = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25, -(2 ** -24), 65519];
    parameters.write({ weight: Float32Array.from(given), bias: Float32Array.of(70000, NaN, 1e-9) });
    const { weight, bias } = await parameters.read();
    expect([...weight!]).toEqual([1, 1 + 2 ** -9, 0, 2 ** -23, -(2 ** -24), 65504]);
    expect([...bias!]).toEqual([70000, NaN, Math.fround(1e-9)]);
    // bf16 has 8 significant bits: they fit as long as the last one is at least 2⁻²⁴.
    parameters.write({ weight: Float32Array.from(given, () => 255 * 2 ** -24) });
    expect((await parameters.read())["weight"]![0]).toBe(255 * 2 ** -24);
  });

  test.each([[65520, "65520"], [-1e9, "-1000000000"], [NaN, "NaN"], [Infinity, "Infinity"]])(
    "refuse %d, and keep what was there",
    async (value, quoted) => {
      using parameters = open();
      parameters.write({ weight: new Float32Array(6).fill(2) });
      const bad = { bias: Float32Array.of(1, 1, 1), weight: Float32Array.of(0, 0, value, 0, 0, 0) };
      expect(() => parameters.write(bad)).toThrow(expect.objectContaining({ code: "data" }));
      expect(() => parameters.write(bad)).toThrow(`"weight" has ${quoted} at index 2`);
      expect(await parameters.read()).toEqual({
        weight: new Float32Array(6).fill(2),
        bias: new Float32Array(3),
      });
    },
  );

  test("cannot be trained", async () => {
    using parameters = open();
    const training = compileTraining(gpu, mean(y), { parameters });
    await expect(training).rejects.toMatchObject({ name: "TensorError", code: "graph" });
    await expect(training).rejects.toThrow(/f16 can only be read.*storage "f32"/);
  });
}

describe("weights as halves on the processor", () => storesHalves(null));
describeGpu("weights as halves where kernels read them", storesHalves);

test("weights as halves are multiplied on the processor as they are rounded", async () => {
  const a = input("a", [3, 9]);
  const b = parameter("b", [5, 9]);
  await checkInHalves(null, matmul(a, b, { transposeB: true }), randomFor([a, b]), 22);
});
