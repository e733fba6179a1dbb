/** Compiling kernels: what is told of a bad one, and that a good one is compiled once. */
import { expect, test } from "vitest";
import { countGpuCalls, createBuffers, createKernel, createProgram } from "../../src/gpu/mod.ts";
import { describeGpu } from "../support/gpu.ts";

const fill = `
override value: u32;
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(64)
fn fill(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&x)) { x[id.x] = value; }
}`;

describeGpu("createKernel", (gpu) => {
  test("quotes label, line and message of code that does not compile", async () => {
    const code = fill.replace("value; }", "valeu; }");
    const error = await createKernel(gpu, { label: "fill", code }).catch((error) => error);
    expect(error).toMatchObject({ name: "GpuError", code: "shader", line: 6 });
    expect(error.message).toMatch(/"fill".*line 6.*x\[id\.x\] = valeu.*valeu/s);
  });

  test("keeps the file's line numbers in a kernel that requires capabilities", async () => {
    const requires = [...gpu.capabilities];
    const kernel = createKernel(gpu, { label: "fill", code: `\n\nnonsense`, requires });
    await expect(kernel).rejects.toMatchObject({ code: "shader", line: 3 });
  });

  test("refuses a missing entry point, constant or value of a constant", async () => {
    const refused = { name: "GpuError", code: "shader" };
    const constants = { value: 1 };
    await expect(createKernel(gpu, { label: "fil", code: fill, constants }))
      .rejects.toMatchObject(refused);
    await expect(createKernel(gpu, { label: "fill", code: fill, constants: { vale: 1 } }))
      .rejects.toMatchObject(refused);
    await expect(createKernel(gpu, { label: "fill", code: fill })).rejects.toThrow('"fill"');
  });

  test("refuses a workgroup that is too large, quoting size and limit", async () => {
    const limit = gpu.device.limits.maxComputeInvocationsPerWorkgroup;
    const code = fill.replace("64", "wg").replace("override value: u32;", "override wg: u32;")
      .replace("= value", "= wg");
    const constants = { wg: 2 * limit };
    await expect(createKernel(gpu, { label: "fill", code, constants }))
      .rejects.toThrow(new RegExp(`${2 * limit}.*${limit}`));
  });

  test("refuses a capability that the GPU lacks", async () => {
    const lacking = { ...gpu, capabilities: new Set<never>() };
    const source = { label: "fill", code: fill, constants: { value: 1 } };
    await expect(createKernel(lacking, { ...source, requires: ["f16"] }))
      .rejects.toMatchObject({ code: "missing-capability", message: expect.stringMatching(/f16/) });
  });

  test("leaves no error scope open", async () => {
    await createKernel(gpu, { label: "broken", code: "broken" }).catch(() => null);
    await expect(gpu.device.popErrorScope()).rejects.toThrow();
  });

  test("compiles the same source once, other constants anew", async () => {
    const make = (value: number) =>
      createKernel(gpu, { label: "fill", code: fill, constants: { value } });
    const { result: [first, again, other], calls } = await countGpuCalls(() =>
      Promise.all([make(101), make(101), make(102)])
    );
    expect(calls.pipelines).toBe(2);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test("sets override constants", async () => {
    using buffers = createBuffers(gpu);
    const x = buffers.zeroed("x", 12);
    const kernel = await createKernel(gpu, { label: "fill", code: fill, constants: { value: 7 } });
    const program = await createProgram(gpu, "fill", [{ kernel, bindings: [x], workgroups: 1 }]);
    const [bytes] = await program.submit([x]);
    expect([...new Uint32Array(bytes)]).toEqual([7, 7, 7]);
  });

  test("runs f16 and subgroup code where they were found", async () => {
    const code = `
      @group(0) @binding(0) var<storage, read_write> x: array<u32>;
      @compute @workgroup_size(128)
      fn both(@builtin(local_invocation_index) i: u32) { BODY }`;
    const bodies = {
      f16: "x[i] = u32(f16(i) * 2.0h);",
      subgroups: "let most = subgroupMax(i); x[i] = select(0u, 2u * i, most >= i);",
      timestamps: "x[i] = 2u * i;",
    };
    for (const capability of gpu.capabilities) {
      using buffers = createBuffers(gpu);
      const x = buffers.zeroed("x", 4 * 128);
      const kernel = await createKernel(gpu, {
        label: "both",
        code: code.replace("BODY", bodies[capability]),
        requires: [capability],
      });
      const program = await createProgram(gpu, "both", [{ kernel, bindings: [x], workgroups: 1 }]);
      const [bytes] = await program.submit([x]);
      expect([...new Uint32Array(bytes)], capability)
        .toEqual(Array.from({ length: 128 }, (_, i) => 2 * i));
    }
  });
});
