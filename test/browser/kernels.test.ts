/** Kernels in Chromium, whose compiler refuses what Deno's takes, and which need not know f16. */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KernelSource } from "../../src/gpu/mod.ts";
import { decodeGraph, prefillGraph } from "../../src/model/generation_graph.ts";
import { decoderLoss } from "../../src/model/mod.ts";
import { fuse } from "../../src/tensor/fusion.ts";
import { dropout, embedding, input, parameter, type Tensor } from "../../src/tensor/mod.ts";
import { nodesOf } from "../../src/tensor/tensor.ts";
import { accumulatedTerms } from "../../src/tensor/training_graph.ts";
import { TINY } from "../model/tiny.ts";
import { CHROMIUM, openChromium } from "../support/browser.ts";

/** Every kernel and variant that a program of `outputs` may take. */
function kernelsOf(outputs: readonly Tensor[], halves = false): KernelSource[] {
  const inHalves = ({ node }: Tensor) => halves && node.leaf?.kind === "parameter";
  return fuse(nodesOf(outputs), new Set(outputs))
    .flatMap((node) => node.kernels({ accumulate: false, inHalves }))
    .flatMap((call) => "variants" in call ? call.variants : [call])
    .map(({ kernel }) => kernel);
}

/** Those of training and generation, each once. */
function allKernels(): KernelSource[] {
  const shape = { batch: 2, context: 16, chunk: 8, recent: 4 };
  const dropped = dropout(input("x", [8]), input("seed", [1], "u32"), { rate: 0.5, stream: 1 });
  const kernels = Object.values(TINY).flatMap((config) => {
    const loss = decoderLoss(config, { batch: 2, time: 8 });
    const generation = [prefillGraph(config, shape), decodeGraph(config, shape)];
    return [
      ...kernelsOf([...accumulatedTerms(loss).keys()]),
      ...kernelsOf(generation),
      ...kernelsOf(generation, true),
    ];
  });
  const update = ["adam_w", "gradient_norm"].map((label) => ({
    label,
    code: readFileSync(`shaders/tensor/${label}.wgsl`, "utf8"),
  }));
  const all = [...kernels, ...kernelsOf([dropped]), ...update];
  return [...new Map(all.map((kernel) => [kernel.code, kernel])).values()];
}

describe.skipIf(CHROMIUM === null)("Chromium", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openChromium();
    page = await browser.newPage();
    const empty = { contentType: "text/html", body: "" };
    // WebGPU is for origins that can be trusted.
    await page.route("http://localhost/", (route) => route.fulfill(empty));
    await page.goto("http://localhost/");
  });
  afterAll(() => browser.close());

  test("compiles every kernel of training and generation, of weights as halves too", async () => {
    const refused = (kernels: readonly KernelSource[]) =>
      page.evaluate(async (kernels) => {
        const adapter = await navigator.gpu.requestAdapter();
        const subgroups = "subgroups" as GPUFeatureName;
        const requiredFeatures = adapter?.features.has(subgroups) ? [subgroups] : [];
        const device = await adapter?.requestDevice({ requiredFeatures });
        const told: string[] = [];
        for (const { label, code, requires = [] } of kernels) {
          if (requires.length > requiredFeatures.length) continue;
          const enable = requires.map((name) => `enable ${name}; `).join("");
          const module = device?.createShaderModule({ label, code: enable + code });
          const { messages } = await module?.getCompilationInfo() ??
            { messages: [{ type: "error", message: "there is no WebGPU" }] };
          const errors = messages.filter(({ type }) => type === "error");
          told.push(...errors.map(({ message }) => `${label}: ${message}`));
        }
        return told;
      }, kernels);
    const kernels = allKernels();
    expect(kernels.length).toBeGreaterThan(40);
    expect(await refused(kernels)).toEqual([]);
    const large = "fn large() -> f32 { return 3.4028235e38; }";
    expect(await refused([{ label: "large", code: large }])).toHaveLength(1);
  });

  test("reads every half exactly, those below 2⁻¹⁴ too", async () => {
    const table = parameter("table", [1024, 64]);
    const [kernel] = kernelsOf([embedding(table, input("tokens", [1024], "u32"))], true);
    const bits = await page.evaluate(async ({ label, code, constants = {} }) => {
      const device = await (await navigator.gpu.requestAdapter())?.requestDevice();
      if (!device) throw new Error("there is no WebGPU");
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
      const upload = (values: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>) => {
        const buffer = device.createBuffer({ size: values.byteLength, usage });
        device.queue.writeBuffer(buffer, 0, values);
        return buffer;
      };
      const buffers = [
        upload(Uint16Array.from({ length: 65536 }, (_, i) => i)),
        upload(Uint32Array.from({ length: 1024 }, (_, i) => i)),
        upload(new Uint32Array(65536)),
      ];
      const read = device.createBuffer({
        size: 4 * 65536,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      const module = device.createShaderModule({ label, code });
      const pipeline = device.createComputePipeline({
        layout: "auto",
        compute: { module, constants },
      });
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
      const layout = pipeline.getBindGroupLayout(0);
      pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
      pass.dispatchWorkgroups(1024);
      pass.end();
      encoder.copyBufferToBuffer(buffers[2]!, 0, read, 0, read.size);
      device.queue.submit([encoder.finish()]);
      await read.mapAsync(GPUMapMode.READ);
      return [...new Uint32Array(read.getMappedRange())];
    }, kernel!);
    const halves = new Float16Array(Uint16Array.from(bits, (_, i) => i).buffer);
    const expected = new Uint32Array(Float32Array.from(halves).buffer);
    const wrong = bits.filter((value, i) => Number.isFinite(halves[i]) && value !== expected[i]);
    expect(bits).toHaveLength(65536);
    expect(wrong).toEqual([]);
  });
});
