/** Programs: dispatches in order in one submit, built once, checked before they run. */
import { describe, expect, test } from "vitest";
import { countGpuCalls, createBuffers, createKernel, createProgram } from "../../src/gpu/mod.ts";
import { foldWorkgroups } from "../../src/gpu/program.ts";
import { describeGpu } from "../support/gpu.ts";

describe("foldWorkgroups", () => {
  test("covers every count with less than one row to spare", () => {
    for (const count of [0, 1, 65_534, 65_535, 65_536, 131_071, 10_000_019, 65_535 ** 2]) {
      const [x, y] = foldWorkgroups(count, 65_535);
      expect(x * y).toBeGreaterThanOrEqual(count);
      expect(x * y - count).toBeLessThan(y);
      expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
    }
  });

  test("refuses more than two dimensions hold", () => {
    expect(() => foldWorkgroups(65_535 ** 2 + 1, 65_535))
      .toThrow(
        expect.objectContaining({
          code: "limit",
          message: expect.stringMatching(/4294836226.*65535/),
        }),
      );
  });
});

describeGpu("createProgram", (gpu) => {
  const double = () =>
    createKernel(gpu, {
      label: "double",
      code: `
        @group(0) @binding(0) var<storage, read_write> x: array<u32>;
        @compute @workgroup_size(64) fn double(@builtin(global_invocation_id) id: vec3u) {
          if (id.x < arrayLength(&x)) { x[id.x] *= 2u; }
        }`,
    });
  const add = () =>
    createKernel(gpu, {
      label: "add",
      code: `
        @group(0) @binding(0) var<storage, read> x: array<u32>;
        @group(0) @binding(1) var<storage, read_write> y: array<u32>;
        @compute @workgroup_size(64) fn add(@builtin(global_invocation_id) id: vec3u) {
          if (id.x < arrayLength(&x)) { y[id.x] += x[id.x]; }
        }`,
    });

  test("runs a thousand dispatches in one pass and one submit, again and again", async () => {
    using buffers = createBuffers(gpu);
    const x = buffers.upload("x", Uint32Array.of(1));
    const y = buffers.zeroed("y", 4);
    const [doubleKernel, addKernel] = await Promise.all([double(), add()]);
    const steps = Array.from({ length: 10 }, () => [
      { kernel: addKernel, bindings: [x, y], workgroups: 1 },
      { kernel: doubleKernel, bindings: [x], workgroups: 1 },
    ]).flat();
    const nothing = { kernel: doubleKernel, bindings: [y], workgroups: 0 };
    const program = await createProgram(gpu, "sum", [...steps, ...Array(980).fill(nothing)]);

    const { result, calls } = await countGpuCalls(() => program.submit([y, x]));
    expect(result.map((bytes) => new Uint32Array(bytes)[0])).toEqual([1023, 1024]);
    expect(calls).toEqual({
      buffers: 1,
      frees: 1,
      writes: 0,
      bindGroups: 0,
      pipelines: 0,
      passes: 1,
      dispatches: 1000,
      submits: 1,
      maps: 1,
    });

    const step = await countGpuCalls(() => program.submit([]));
    expect(step.calls).toMatchObject({ buffers: 0, bindGroups: 0, passes: 1, submits: 1, maps: 0 });
    const [again] = await program.submit([y]);
    expect(new Uint32Array(again)[0]).toBe(2 ** 30 - 1);
  });

  test("folds more workgroups than one dimension holds", async () => {
    using buffers = createBuffers(gpu);
    const workgroups = 70_001;
    const seen = buffers.zeroed("seen", 4 * workgroups);
    const kernel = await createKernel(gpu, {
      label: "mark",
      code: `
        @group(0) @binding(0) var<storage, read_write> seen: array<atomic<u32>>;
        @compute @workgroup_size(1) fn mark(
          @builtin(global_invocation_id) id: vec3u,
          @builtin(num_workgroups) workgroups: vec3u,
        ) {
          let i = id.y * workgroups.x + id.x;
          if (i < arrayLength(&seen)) { atomicAdd(&seen[i], 1u); }
        }`,
    });
    const program = await createProgram(gpu, "mark", [{ kernel, bindings: [seen], workgroups }]);
    const [bytes] = await program.submit([seen]);
    expect(new Uint32Array(bytes).every((count) => count === 1)).toBe(true);
  });

  test("refuses a binding over the limit before the device would", async ({ skip }) => {
    const limit = gpu.device.limits.maxStorageBufferBindingSize;
    skip(limit + 4 > gpu.device.limits.maxBufferSize, "no buffer is larger than a binding here");
    using buffers = createBuffers(gpu);
    const large = buffers.zeroed("large", limit + 4);
    const kernel = await double();
    const whole = { kernel, bindings: [large], workgroups: 1 };
    await expect(createProgram(gpu, "too large", [whole])).rejects.toMatchObject({
      code: "limit",
      message: expect.stringMatching(`"large".*"double".*${limit + 4}.*${limit}`),
    });
    const part = { kernel, bindings: [{ buffer: large, size: 256 }], workgroups: 1 };
    await expect(createProgram(gpu, "part", [part])).resolves.toBeDefined();
  });

  test("refuses bindings that do not fit the kernel, naming the program", async () => {
    using buffers = createBuffers(gpu);
    const x = buffers.zeroed("x", 4);
    const build = createProgram(gpu, "short", [
      { kernel: await add(), bindings: [x], workgroups: 1 },
    ]);
    const message = expect.stringMatching(/program "short"/);
    await expect(build).rejects.toMatchObject({ code: "validation", message });
  });

  test("tells the submit of a dispatch that reads and writes one buffer", async () => {
    using buffers = createBuffers(gpu);
    const x = buffers.zeroed("x", 4);
    const program = await createProgram(gpu, "both", [
      { kernel: await add(), bindings: [x, x], workgroups: 1 },
    ]);
    const message = expect.stringMatching(/"both"/);
    await expect(program.submit([x])).rejects.toMatchObject({ code: "validation", message });
  });

  test("tells the submit that used a freed buffer", async () => {
    const buffers = createBuffers(gpu);
    const x = buffers.zeroed("freed", 4);
    const program = await createProgram(gpu, "late", [
      { kernel: await double(), bindings: [x], workgroups: 1 },
    ]);
    buffers[Symbol.dispose]();
    await expect(program.submit([])).rejects.toMatchObject({
      code: "validation",
      message: expect.stringMatching(/late/),
    });
  });
});
