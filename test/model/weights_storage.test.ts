/** Decoders with weights as halves: what they write, what they take, what is refused. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countGpuCalls } from "../../src/gpu/mod.ts";
import { openModelPath, saveFolder } from "../../src/model/headless.ts";
import {
  createGenerator,
  type DecoderConfig,
  decoderLogits,
  type FloatFormat,
  initialWeights,
  loadParameters,
  loadWeights,
  writeModelFolder,
} from "../../src/model/mod.ts";
import { compile, createParameters, type GpuParameters } from "../../src/tensor/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { temporaryFolder } from "../support/make_repository.ts";
import { fixture, golden } from "./fixtures.ts";
import { TINY } from "./tiny.ts";

/** Rows of 15 and 25: each other one begins within a word. */
const ODD: DecoderConfig = { ...TINY.qwen2, channels: 15, feedForward: 25, vocabularySize: 21 };

type Weights = Record<string, Float32Array<ArrayBuffer>>;

/** Large enough that tokens differ from each other; no matrix of halves. */
function weightsFor(config: DecoderConfig): Weights {
  return Object.fromEntries(
    Object.entries(initialWeights(config, 4)).map(([name, values]) => [
      name,
      name.includes("norm") ? values : values.map((value, i) => 12 * value + i / 2 ** 20),
    ]),
  );
}

/** Matrices rounded to halves, in f32; norms and biases as they are. */
function roundedFor(config: DecoderConfig): Weights {
  const isVector = (name: string) => /norm|ln_|bias$/.test(name);
  return Object.fromEntries(
    Object.entries(weightsFor(config)).map(([name, values]) => [
      name,
      isVector(name) ? values : values.map(Math.f16round),
    ]),
  );
}

let scratch: string;
beforeAll(async () => {
  scratch = await temporaryFolder("halves-");
});
afterAll(() => rm(scratch, { recursive: true }));

/** A published folder, its weights stored anew. */
async function saved(dtype: FloatFormat, change: (weights: Weights) => void = () => {}) {
  using folder = await openModelPath(fixture("qwen2"));
  const weights = await loadWeights(folder);
  change(weights);
  const path = `${scratch}/${crypto.randomUUID()}`;
  await saveFolder(path, writeModelFolder(folder.config, weights, { dtype }));
  return await openModelPath(path);
}

describeGpu("a generator with weights as halves", (gpu) => {
  test.each(Object.entries({ ...TINY, odd: ODD }))(
    "of %s draws what one with rounded weights draws, with as many calls",
    async (_, config) => {
      const shape = { batch: 3, context: 48 };
      const weights = weightsFor(config);
      using halves = await createGenerator(gpu, config, weights, { ...shape, storage: "f16" });
      using floats = await createGenerator(gpu, config, roundedFor(config), shape);
      using without = await createGenerator(null, config, weights, { ...shape, storage: "f16" });
      expect(halves.dispatches).toBe(floats.dispatches);
      const prompts = [1, 9, 30].map((length) =>
        Array.from({ length }, (_, i) => (7 * i + length) % config.vocabularySize)
      );
      for (const temperature of [0, 1.5]) {
        const options = { prompts, maxTokens: 12, temperature, topK: 12, topP: 0.9, seed: 11 };
        const one = await countGpuCalls(() => halves.generate(options));
        const other = await countGpuCalls(() => floats.generate(options));
        expect(one.result).toEqual(other.result);
        expect(one.calls).toEqual(other.calls);
        expect(await without.generate(options)).toEqual(one.result);
      }
    },
  );

  test("takes parameters as they are stored, and no others than were asked for", async () => {
    const config = TINY.llama;
    const graph = decoderLogits(config, { batch: 1, time: 1 });
    using parameters = createParameters(gpu, [graph], { storage: "f16" });
    parameters.write(weightsFor(config));
    using given = await createGenerator(gpu, config, parameters);
    using made = await createGenerator(gpu, config, weightsFor(config), { storage: "f16" });
    const options = { prompts: [[1, 2, 3]], maxTokens: 9 };
    expect(await given.generate(options)).toEqual(await made.generate(options));
    await expect(createGenerator(gpu, config, parameters, { storage: "f32" })).rejects
      .toThrow(/stored as f16, and not as f32/);
  });

  test("quotes the weight that no half is", async () => {
    const weights = weightsFor(TINY.llama);
    const name = "model.layers.1.mlp.down_proj.weight";
    weights[name]![7] = -65520;
    for (const where of [gpu, null]) {
      await expect(createGenerator(where, TINY.llama, weights, { storage: "f16" })).rejects
        .toThrow(`"${name}" has -65520 at index 7, and f16 holds finite numbers up to 65504`);
    }
  });
});

describeGpu("a folder's parameters", (gpu) => {
  test("take about half the memory", () => {
    const config: DecoderConfig = {
      ...TINY.qwen2,
      vocabularySize: 512,
      channels: 128,
      heads: 4,
      kvHeads: 2,
      headSize: 32,
      feedForward: 352,
    };
    const graph = decoderLogits(config, { batch: 1, time: 1 });
    const sizeOf = (storage: "f16" | "f32") => {
      using parameters = createParameters(gpu, [graph], { storage });
      return parameters.buffer.size;
    };
    expect(sizeOf("f16") / sizeOf("f32")).toBeGreaterThan(0.5);
    expect(sizeOf("f16") / sizeOf("f32")).toBeLessThan(0.51);
  });

  test("are halves where the file's are, and lose nothing", async () => {
    using f16 = await saved("F16");
    const weights = await loadWeights(f16);
    using parameters = await loadParameters(gpu, f16) as GpuParameters;
    using floats = await loadParameters(gpu, f16, { storage: "f32" }) as GpuParameters;
    expect([f16.storage, parameters.storage, floats.storage]).toEqual(["f16", "f16", "f32"]);
    expect(parameters.buffer.size).toBeLessThan(0.7 * floats.buffer.size);
    expect(await parameters.read()).toEqual(weights);
    const { tokens } = golden("qwen2");
    const graph = decoderLogits(f16.config, { batch: 1, time: tokens.length });
    const logits = [];
    for (const each of [parameters, floats]) {
      using program = await compile(gpu, [graph], { parameters: each });
      logits.push((await program.run({ tokens }))[0]);
    }
    expect(logits[0]).toEqual(logits[1]);
  });

  test.each(["F32", "BF16"] as const)("stay f32 where the file's are %s", async (dtype) => {
    using folder = await saved(dtype);
    using parameters = await loadParameters(gpu, folder);
    expect(parameters.storage).toBe("f32");
    expect(await parameters.read()).toEqual(await loadWeights(folder));
  });

  test("are bf16's but for those below 2⁻¹⁷, which are off by 2⁻²⁵ at most", async () => {
    const name = "model.embed_tokens.weight";
    const row = [1.015625, -255 * 2 ** -24, 2 ** -17, 129 * 2 ** -25, 3e-8, 0];
    using folder = await saved("BF16", (weights) => weights[name]!.set(row));
    const kept = (await loadWeights(folder))[name]!.subarray(0, row.length);
    using parameters = await loadParameters(gpu, folder, { storage: "f16" });
    const halves = (await parameters.read())[name]!.subarray(0, row.length);
    expect(halves.subarray(0, 3)).toEqual(kept.subarray(0, 3));
    expect(halves[3]).not.toBe(kept[3]);
    halves.forEach((half, i) => expect(Math.abs(half - kept[i]!)).toBeLessThanOrEqual(2 ** -25));
  });

  test("are read one at a time: each is written before the next one is read", async () => {
    using folder = await saved("F32");
    const log: string[] = [];
    const { writeBuffer } = GPUQueue.prototype;
    GPUQueue.prototype.writeBuffer = function (this: GPUQueue, ...args) {
      log.push("write");
      return (writeBuffer as (...all: unknown[]) => undefined).apply(this, args);
    };
    async function* readWeights() {
      for await (const weight of folder.readWeights()) {
        log.push("read");
        yield weight;
      }
    }
    try {
      using _parameters = await loadParameters(gpu, { ...folder, readWeights }, { storage: "f16" });
    } finally {
      GPUQueue.prototype.writeBuffer = writeBuffer;
    }
    expect(log.length).toBeGreaterThan(20);
    expect(log).toEqual(log.map((_, i) => i % 2 === 0 ? "read" : "write"));
  });
});

describe("a folder whose weights are too large for halves", () => {
  test("is refused, quoting parameter and value", async () => {
    const name = "model.layers.0.self_attn.o_proj.weight";
    using folder = await saved("BF16", (weights) => weights[name]![3] = 65536);
    await expect(loadParameters(null, folder, { storage: "f16" })).rejects
      .toThrow(`"${name}" has 65536 at index 3`);
    using parameters = await loadParameters(null, folder);
    expect((await parameters.read())[name]![3]).toBe(65536);
  });
});
