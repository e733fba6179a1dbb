/** Compiled graphs: run again and again, refused where they cannot be, extended by an op of one's own. */
import { describe, expect, test } from "vitest";
import {
  add,
  apply,
  compile,
  createParameters,
  evaluateCpu,
  gradients,
  input,
  matmul,
  mul,
  parameter,
  scale,
  type Tensor,
} from "../../src/tensor/mod.ts";
import { canRun, chooseKernel, fastestKernel } from "../../src/tensor/tuning.ts";
import { countGpuCalls } from "../../src/gpu/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { checkGradient, checkKernels, randomFor, weightedSum } from "./check_op.ts";

const code = `
  @group(0) @binding(0) var<storage, read> x: array<f32>;
  @group(0) @binding(1) var<storage, read_write> y: array<f32>;
  @compute @workgroup_size(64) fn square(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < arrayLength(&x)) { y[id.x] = x[id.x] * x[id.x]; }
  }`;

/** An op as a researcher writes it: nothing of it is anywhere else. */
function square(x: Tensor): Tensor {
  const [y] = apply({
    op: "square",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    gradient: (dy) => [mul(dy, scale(x, 2))],
    cpu: (x) => [x.map((value) => value * value)],
    kernels: ([y]) => [{ kernel: { label: "square", code }, bindings: [x, y], workgroups: 1 }],
  });
  return y;
}

describe("an op of one's own", () => {
  test("has the gradient of its reference", () => {
    const x = parameter("x", [7]);
    checkGradient(weightedSum(square(x)), [x], randomFor([x]));
  });
});

describe("evaluateCpu", () => {
  test("tells which values are missing or too many", () => {
    const y = square(input("x", [2]));
    expect(() => evaluateCpu([y], { z: [1] })).toThrow(/No values for "x".*: z/);
    expect(() => evaluateCpu([y], { x: [1] })).toThrow(/x has shape \(2\), and 1 values/);
  });
});

describe("leaves", () => {
  test("refuse axes without elements", () => {
    expect(() => parameter("x", [3, 0])).toThrow(/parameter "x" has shape \(3, 0\)/);
  });
});

describeGpu("compile", (gpu) => {
  test("runs an op of one's own, and its gradient", async () => {
    const x = parameter("x", [7]);
    const y = square(x);
    await checkKernels(gpu, [y, ...gradients(weightedSum(y), [x])], randomFor([x]), 4);
  });

  test("runs again with other inputs in one submit, and other parameters", async () => {
    const x = input("x", [2]);
    const weight = parameter("weight", [2]);
    const outputs = [add(x, weight), weight];
    using parameters = createParameters(gpu, outputs);
    using program = await compile(gpu, outputs, { parameters });
    parameters.write({ weight: Float32Array.of(10, 20) });
    expect(await program.run({ x: [1, 2] })).toEqual(
      [[11, 22], [10, 20]].map((values) => Float32Array.from(values)),
    );
    parameters.write({ weight: Float32Array.of(0, 1) });
    const { result, calls } = await countGpuCalls(() => program.run({ x: [5, 6] }));
    expect([...result[0]!]).toEqual([5, 7]);
    expect(calls).toMatchObject({ submits: 1, passes: 1, bindGroups: 0, maps: 1 });
  });

  test("refuses two leaves of one name, and parameters from elsewhere", async () => {
    const twice = add(parameter("x", [2]), parameter("x", [2]));
    expect(() => createParameters(gpu, [twice])).toThrow(/Two leaves have the name "x"/);
    using parameters = createParameters(gpu, [parameter("x", [2])]);
    const other = scale(parameter("x", [3]), 2);
    await expect(compile(gpu, [other], { parameters })).rejects.toThrow(/"x" \(3\) is not among/);
    await expect(compile(gpu, [other])).rejects.toMatchObject({ code: "graph" });
  });

  test("tells what does not fit on the device", async () => {
    const bytes = gpu.device.limits.maxStorageBufferBindingSize;
    const x = input("x", [16]);
    const [y] = apply({
      op: "huge",
      inputs: [x],
      outputs: [{ shape: [bytes / 4 + 64], dtype: "f32" }],
      cpu: (x) => [x],
      kernels: ([y]) => [{ kernel: { label: "square", code }, bindings: [x, y], workgroups: 1 }],
    });
    await expect(compile(gpu, [y])).rejects.toMatchObject({ name: "GpuError", code: "limit" });
  });
});

describeGpu("chooseKernel", (gpu) => {
  const a = input("a", [64, 32]);
  const c = matmul(a, input("b", [32, 64]));
  const [call] = c.node.kernels({ accumulate: false });
  if (!call || !("variants" in call)) throw new Error("matmul has no variants");

  test("remembers by adapter and class of shapes", async () => {
    const tuning = new Map<string, string>();
    // A software adapter needs no timing, and nothing to remember.
    await chooseKernel({ ...gpu, software: true }, call, tuning);
    expect(tuning.size).toBe(0);
    const first = await chooseKernel({ ...gpu, software: false }, call, tuning);
    expect([...tuning.keys()]).toEqual([`${gpu.description}: matmul nn 64x64x32`]);
    expect([...tuning.values()]).toEqual([first.kernel.label]);
    tuning.set([...tuning.keys()][0]!, "matmul_tiles");
    expect((await chooseKernel(gpu, call, tuning)).kernel.label).toBe("matmul_tiles");
  });

  test("passes over a variant for subgroups of another size", async () => {
    const other = await chooseKernel({ ...gpu, subgroupSize: 4 }, call, new Map());
    expect(other.kernel.label).not.toBe("matmul_broadcast");
    if (gpu.software && gpu.subgroupSize === 8) {
      expect((await chooseKernel(gpu, call, new Map())).kernel.label).toBe("matmul_broadcast");
    }
  });

  test("times all variants that the adapter can run and takes one of them", async () => {
    const runnable = call.variants.filter((variant) => canRun(gpu, variant));
    const { result, calls } = await countGpuCalls(() => fastestKernel(gpu, runnable));
    expect(runnable).toContain(result);
    const submits = 4 * runnable.length;
    expect(calls).toMatchObject({ submits, dispatches: 10 * submits, maps: 0 });
  });
});
