/** Generation over a cache: the same as computing everything anew, for any prompts and any batch. */
import { expect, test } from "vitest";
import { openModelPath } from "../../src/model/headless.ts";
import {
  createGenerator,
  type DecoderConfig,
  decoderLogits,
  generateText,
  initialWeights,
  loadWeights,
  type TextCodec,
} from "../../src/model/mod.ts";
import { compile, createParameters, evaluateCpu } from "../../src/tensor/mod.ts";
import { sampleTokensCpu } from "../../src/tensor/ops/sample_tokens.ts";
import { countGpuCalls } from "../../src/gpu/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { seededRandom } from "../support/random.ts";
import { fixture, FIXTURES, golden } from "./fixtures.ts";
import { TINY } from "./tiny.ts";

function promptOf(length: number, { vocabularySize }: DecoderConfig): number[] {
  const random = seededRandom(length);
  return Array.from({ length }, () => Math.floor(random() * vocabularySize));
}

/** Large enough that tokens differ from each other. */
function weightsFor(config: DecoderConfig): Record<string, Float32Array<ArrayBuffer>> {
  return Object.fromEntries(
    Object.entries(initialWeights(config, 4)).map(([name, values]) => [
      name,
      name.includes("norm") ? values : values.map((value) => 12 * value),
    ]),
  );
}

describeGpu("a generator", (gpu) => {
  test.each(FIXTURES)("goes on as transformers does with %s", async (name) => {
    const { greedy } = golden(name);
    using folder = await openModelPath(fixture(name));
    using generator = await createGenerator(gpu, folder.config, await loadWeights(folder));
    const prompts = [greedy.slice(0, 6)];
    const [first] = await generator.generate({ prompts, maxTokens: greedy.length - 6 });
    expect(first).toEqual({ tokens: greedy.slice(6), reason: "length" });
  });

  test.each(Object.entries(TINY))(
    "of %s draws what is drawn without a cache, from prompts of any lengths",
    async (_, config) => {
      const weights = weightsFor(config);
      using generator = await createGenerator(gpu, config, weights, { batch: 4, context: 48 });
      const prompts = [1, 2, 17, 40].map((length) => promptOf(length, config));
      for (const temperature of [0, 1.5]) {
        const options = { temperature, topK: 12, topP: 0.9, seed: 11 };
        const generated = await generator.generate({ prompts, maxTokens: 6, ...options });
        for (const [b, prompt] of prompts.entries()) {
          const tokens = [...prompt];
          for (let step = 0; step < 6; step++) {
            const graph = decoderLogits(config, { batch: 1, time: tokens.length });
            const [logits] = evaluateCpu([graph], { ...weights, tokens });
            // Row b of the batch, whose other rows do not matter.
            const rows = new Float64Array((b + 1) * config.vocabularySize);
            rows.set(logits!.subarray(-config.vocabularySize), b * config.vocabularySize);
            const positions = Array(b + 1).fill(tokens.length - 1);
            tokens.push(sampleTokensCpu(rows, options, positions)[b]!);
          }
          expect(generated[b]!.tokens, `prompt ${b} at ${temperature}`)
            .toEqual(tokens.slice(prompt.length));
        }
      }
    },
  );

  test("takes long prompts in piece by piece, and more prompts than it holds", async () => {
    const config = { ...TINY.llama, context: 400 };
    const weights = weightsFor(config);
    using parameters = createParameters(gpu, [decoderLogits(config, { batch: 1, time: 1 })]);
    parameters.write(weights);
    using generator = await createGenerator(gpu, config, parameters, { batch: 2 });
    const prompts = [65, 64, 3, 150, 129].map((length) => promptOf(length, config));
    const generated = await generator.generate({ prompts, maxTokens: 4 });
    const V = config.vocabularySize;
    const graph = decoderLogits(config, { batch: 1, time: 150 });
    using program = await compile(gpu, [graph], { parameters });
    for (const [i, prompt] of prompts.entries()) {
      const tokens = [...prompt, ...Array<number>(150 - prompt.length).fill(0)];
      const [logits] = await program.run({ tokens });
      const last = logits!.subarray((prompt.length - 1) * V, prompt.length * V);
      expect(generated[i]!.tokens[0]).toBe(last.indexOf(Math.max(...last)));
      expect(generated[i]!.tokens).toHaveLength(4);
    }
  });

  test("makes nothing for a token, and takes a submit for several", async () => {
    using generator = await createGenerator(gpu, TINY.llama, weightsFor(TINY.llama));
    const prompts = [promptOf(8, TINY.llama)];
    await generator.generate({ prompts, maxTokens: 1 });
    const { result, calls } = await countGpuCalls(() =>
      generator.generate({ prompts, maxTokens: 40 })
    );
    expect(result[0]!.tokens).toHaveLength(40);
    expect(calls).toMatchObject({ buffers: 0, frees: 0, bindGroups: 0, pipelines: 0 });
    // One for the prompt, the others for four or eight tokens.
    expect(calls.submits).toBeLessThanOrEqual(1 + 10);
    expect(calls.maps).toBe(calls.submits - 1);
    expect(calls.passes).toBe(calls.submits);
  });

  test("ends at stop tokens, at `stop`, at the most tokens and at the context", async () => {
    using generator = await createGenerator(gpu, TINY.llama, weightsFor(TINY.llama), {
      context: 20,
    });
    const prompts = [promptOf(3, TINY.llama)];
    const [all] = await generator.generate({ prompts, maxTokens: 100 });
    expect(all).toMatchObject({ reason: "context" });
    expect(all!.tokens).toHaveLength(17);
    const fifth = all!.tokens[4]!;
    const [stopped] = await generator.generate({ prompts, maxTokens: 100, stopTokens: [fifth] });
    const before = all!.tokens.slice(0, all!.tokens.indexOf(fifth));
    expect(stopped).toEqual({ tokens: before, reason: "stop" });
    const stop = (_: number, tokens: readonly number[]) => tokens.length === 3;
    const [third] = await generator.generate({ prompts, maxTokens: 100, stop });
    expect(third).toEqual({ tokens: all!.tokens.slice(0, 3), reason: "stop" });
    const [none] = await generator.generate({ prompts, maxTokens: 0 });
    expect(none).toEqual({ tokens: [], reason: "length" });
  });

  test("tells tokens as they come, and stops between them", async () => {
    using generator = await createGenerator(gpu, TINY.llama, weightsFor(TINY.llama));
    const prompts = [promptOf(3, TINY.llama)];
    const controller = new AbortController();
    const told: number[] = [];
    const aborted = generator.generate({
      prompts,
      maxTokens: 60,
      signal: controller.signal,
      onToken: (_, token) => {
        told.push(token);
        if (told.length === 9) controller.abort(new Error("enough"));
      },
    });
    // A second call waits for the first one, and is none the worse for it.
    const next = generator.generate({ prompts, maxTokens: 12 });
    await expect(aborted).rejects.toThrow("enough");
    expect(told.length).toBeLessThan(20);
    expect((await next)[0]!.tokens.slice(0, 9)).toEqual(told.slice(0, 9));
  });

  test("has other draws for another seed, and the same ones for the same", async () => {
    using generator = await createGenerator(gpu, TINY.gpt2, weightsFor(TINY.gpt2), { batch: 2 });
    const prompt = promptOf(5, TINY.gpt2);
    const draw = (seed: number) =>
      generator.generate({ prompts: [prompt, prompt], maxTokens: 12, temperature: 2, seed });
    const [a, b] = await draw(1);
    expect(a).not.toEqual(b);
    expect(await draw(1)).toEqual([a, b]);
    expect(await draw(2)).not.toEqual([a, b]);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ prompts: [[1], []] }, /Prompt 1 is empty/],
    [{ prompts: [[1, 20]] }, /token 20, and the model's vocabulary has 20/],
    [{ prompts: [Array(65).fill(1)] }, /65 tokens, and the context is 64/],
    [{ maxTokens: -1 }, /maxTokens is -1/],
    [{ temperature: NaN }, /temperature is NaN/],
    [{ topP: 0 }, /topP is 0/],
    [{ topK: 1.5 }, /topK is 1\.5/],
    [{ seed: 2 ** 32 }, /seed is 4294967296/],
  ])("refuses %j", async (change, message) => {
    using generator = await createGenerator(gpu, TINY.llama, weightsFor(TINY.llama));
    expect(() => generator.generate({ prompts: [[1]], maxTokens: 1, ...change })).toThrow(message);
  });

  test("refuses a context longer than the model's, or than memory", async () => {
    const made = (config: DecoderConfig, context: number, batch = 1) =>
      createGenerator(gpu, config, {}, { context, batch });
    await expect(made(TINY.llama, 65)).rejects.toThrow(/65 tokens is more than the 64/);
    await expect(made(TINY.llama, 64, 0)).rejects.toThrow(/batch is 0/);
    const large = { ...TINY.llama, context: 2 ** 28 };
    await expect(made(large, 2 ** 28)).rejects.toThrow(/layers, and this GPU takes .* fits/);
  });
});

describeGpu("a generator without a GPU", (gpu) => {
  test.each(Object.entries(TINY))("of %s draws what one with a GPU draws", async (_, config) => {
    const weights = weightsFor(config);
    const options = { batch: 2, context: 40 };
    using onGpu = await createGenerator(gpu, config, weights, options);
    const graph = decoderLogits(config, { batch: 1, time: 1 });
    using parameters = createParameters(null, [graph]);
    parameters.write(weights);
    using without = await createGenerator(null, config, parameters, options);
    const prompts = [1, 9, 30].map((length) => promptOf(length, config));
    for (const temperature of [0, 0.9]) {
      const asked = { prompts, maxTokens: 12, temperature, topK: 9, topP: 0.95, seed: 5 };
      expect(await without.generate(asked)).toEqual(await onGpu.generate(asked));
    }
    const zeros = Object.fromEntries(
      Object.entries(weights).map(([name, values]) => [name, values.map(() => 0)]),
    );
    parameters.write(zeros);
    const [untaught] = await without.generate({ prompts: [[3]], maxTokens: 2 });
    expect(untaught!.tokens).toEqual([0, 0]);
  });

  test("stops between tokens, and refuses what the other one refuses", async () => {
    using generator = await createGenerator(null, TINY.llama, weightsFor(TINY.llama));
    const controller = new AbortController();
    const aborted = generator.generate({
      prompts: [[1]],
      maxTokens: 60,
      signal: controller.signal,
      onToken: () => controller.abort(new Error("enough")),
    });
    await expect(aborted).rejects.toThrow("enough");
    expect(() => generator.generate({ prompts: [[20]], maxTokens: 1 })).toThrow(/token 20/);
    await expect(createGenerator(null, TINY.llama, {}, { context: 65 })).rejects.toThrow(/65/);
    await expect(createGenerator(null, TINY.llama, {})).rejects.toThrow(/there are none/);
  });
});

describeGpu("a generator without all weights", (gpu) => {
  test("is refused, with the name of one that is missing", async () => {
    const { "model.norm.weight": _, ...weights } = weightsFor(TINY.llama);
    await expect(createGenerator(gpu, TINY.llama, weights))
      .rejects.toMatchObject({
        code: "weights",
        message: expect.stringContaining("model.norm.weight"),
      });
  });
});

describeGpu("generateText", (gpu) => {
  /** A token is a byte, so that characters are spread over tokens. */
  const bytes: TextCodec = {
    encode: (text) => new TextEncoder().encode(text),
    decode: (tokens) => new TextDecoder().decode(Uint8Array.from(tokens)),
  };

  /** A generator that goes on with a given text. */
  const scripted = (text: string): Awaited<ReturnType<typeof createGenerator>> => ({
    batch: 1,
    context: 1000,
    dispatches: 0,
    generate({ stop }) {
      const tokens: number[] = [];
      for (const token of new TextEncoder().encode(text)) {
        tokens.push(token);
        if (stop?.(0, tokens)) return Promise.resolve([{ tokens, reason: "stop" }]);
      }
      return Promise.resolve([{ tokens, reason: "length" }]);
    },
    [Symbol.dispose]() {},
  });

  test.each([
    ["añ→😀b", [], "añ→😀b", "length"],
    ["go on STOP here", ["STOP"], "go on ", "stop"],
    ["go on STO", ["STOP"], "go on STO", "length"],
    ["one\n\nObservation: x", ["\nObservation", "zzz"], "one\n", "stop"],
    ["aaab", ["aab"], "a", "stop"],
    ["😀😀", ["😀😀"], "", "stop"],
  ])(
    "of %j with stops %j tells %j once, in certain pieces",
    async (text, stop, expected, reason) => {
      const told: string[] = [];
      const [result] = await generateText(scripted(text), bytes, {
        prompts: ["x"],
        maxTokens: 100,
        stop,
        onText: (_, piece) => told.push(piece),
      });
      expect(result).toMatchObject({ text: expected, reason });
      expect(told.join("")).toBe(expected);
      expect(told.every((piece) => !piece.includes("\ufffd"))).toBe(true);
      if (expected.length > 4) expect(told.length).toBeGreaterThan(2);
    },
  );

  test("goes through a real generator", async () => {
    const config = { ...TINY.llama, vocabularySize: 256 };
    using generator = await createGenerator(gpu, config, weightsFor(config), { batch: 2 });
    const told = ["", ""];
    const results = await generateText(generator, bytes, {
      prompts: ["ab", "xyz"],
      maxTokens: 10,
      onText: (i, piece) => told[i] += piece,
    });
    expect(results.map(({ text }) => text)).toEqual(told);
    results.forEach(({ text, tokens }) => expect(text).toBe(bytes.decode(tokens)));
  });
});
