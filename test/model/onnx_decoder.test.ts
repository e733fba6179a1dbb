/** Exported decoders in onnxruntime-web: the same logits, the same text, with and without a cache. */
import { InferenceSession, Tensor } from "onnxruntime-web";
import { expect, test } from "vitest";
import { openModelPath } from "../../src/model/headless.ts";
import {
  createGenerator,
  type DecoderConfig,
  initialWeights,
  loadWeights,
  ModelError,
  onnxDecoder,
} from "../../src/model/mod.ts";
import { writeOnnx } from "../../src/tensor/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { fixture, FIXTURES, golden, largestDifference } from "./fixtures.ts";
import { TINY } from "./tiny.ts";

type Feeds = Record<string, Tensor>;

async function open(
  config: DecoderConfig,
  weights: Record<string, Float32Array>,
  cache: boolean,
): Promise<InferenceSession> {
  const file = writeOnnx(onnxDecoder(config, weights, { cache }));
  return await InferenceSession.create(file, { executionProviders: ["wasm"] });
}

const indices = (values: readonly number[], shape = [1, values.length]) =>
  new Tensor("int64", BigInt64Array.from(values, BigInt), shape);

/** A cache of length 0 for `batch` rows. */
function emptyPast({ layers, kvHeads, headSize }: DecoderConfig, batch = 1): Feeds {
  const names = Array.from(
    { length: layers },
    (_, layer) => ["key", "value"].map((part) => `${layer}.${part}`),
  );
  return Object.fromEntries(
    names.flat().map((name) => [
      `past_key_values.${name}`,
      new Tensor("float32", new Float32Array(), [batch, kvHeads, 0, headSize]),
    ]),
  );
}

/** What comes out of a run as what goes into the next one. */
function pastOf(results: InferenceSession.OnnxValueMapType): Feeds {
  return Object.fromEntries(
    Object.entries(results).filter(([name]) => name.startsWith("present"))
      .map(([name, value]) => [name.replace("present", "past_key_values"), value as Tensor]),
  );
}

const data = (results: InferenceSession.OnnxValueMapType) =>
  (results["logits"] as Tensor).data as Float32Array;

function likeliest(logits: Float32Array, V: number): number {
  const last = logits.subarray(-V);
  return last.indexOf(last.reduce((top, value) => Math.max(top, value)));
}

describeGpu("an exported decoder", (gpu) => {
  test.each(FIXTURES)("of %s has the logits that transformers computes", async (name) => {
    const { tokens, logits } = golden(name);
    using folder = await openModelPath(fixture(name));
    const { config } = folder;
    const weights = await loadWeights(folder);
    const plain = await open(config, weights, false);
    const whole = await plain.run({ input_ids: indices(tokens) });
    expect(largestDifference(data(whole), logits)).toBeLessThan(1e-4);

    // In two pieces, beside a row that is padded in front.
    const cached = await open(config, weights, true);
    const V = config.vocabularySize;
    const row = (from: number, to: number) => tokens.slice(from, to);
    const first = await cached.run({
      input_ids: indices([...row(0, 5), 0, 0, ...row(0, 3)], [2, 5]),
      attention_mask: indices([1, 1, 1, 1, 1, 0, 0, 1, 1, 1], [2, 5]),
      position_ids: indices([0, 1, 2, 3, 4, 0, 0, 0, 1, 2], [2, 5]),
      ...emptyPast(config, 2),
    });
    const second = await cached.run({
      input_ids: indices([...row(5, 9), ...row(3, 7)], [2, 4]),
      attention_mask: indices([...Array(9).fill(1), 0, 0, ...Array(7).fill(1)], [2, 9]),
      position_ids: indices([5, 6, 7, 8, 3, 4, 5, 6], [2, 4]),
      ...pastOf(first),
    });
    for (
      const [results, from, actual, to] of [[first, 0, 0, 5], [second, 0, 5, 9], [
        second,
        4,
        3,
        7,
      ]] as const
    ) {
      const part = data(results).subarray(from * V, (from + to - actual) * V);
      expect(largestDifference(part, logits.slice(actual * V, to * V))).toBeLessThan(1e-4);
    }
    await Promise.all([plain.release(), cached.release()]);
  });

  test.each(Object.entries(TINY))(
    "of %s goes on with the same 200 tokens, with and without a cache",
    async (_, tiny) => {
      const config = { ...tiny, context: 256, vocabularySize: 61 };
      const weights = Object.fromEntries(
        Object.entries(initialWeights(config, 9)).map(([name, values]) => [
          name,
          name.includes("norm") ? values : values.map((value) => 15 * value),
        ]),
      );
      using generator = await createGenerator(gpu, config, weights);
      const prompt = [5, 17, 31];
      const [ours] = await generator.generate({ prompts: [prompt], maxTokens: 200 });
      expect(new Set(ours!.tokens).size).toBeGreaterThan(2);

      const plain = await open(config, weights, false);
      const anew = [...prompt];
      while (anew.length < 203) {
        const results = await plain.run({ input_ids: indices(anew) });
        anew.push(likeliest(data(results), config.vocabularySize));
      }
      expect(anew.slice(3)).toEqual(ours!.tokens);

      const cached = await open(config, weights, true);
      const grown = [...prompt];
      let past = emptyPast(config);
      for (let from = 0; grown.length < 203;) {
        const given = grown.slice(from);
        const results = await cached.run({
          input_ids: indices(given),
          attention_mask: indices(grown.map(() => 1)),
          position_ids: indices(given.map((_, i) => from + i)),
          ...past,
        });
        from = grown.length;
        past = pastOf(results);
        grown.push(likeliest(data(results), config.vocabularySize));
      }
      expect(grown.slice(3)).toEqual(ours!.tokens);
      await Promise.all([plain.release(), cached.release()]);
    },
  );

  test("is refused where a weight is missing, or all are too large for a file", () => {
    const { "model.norm.weight": _, ...rest } = initialWeights(TINY.llama, 1);
    expect(() => onnxDecoder(TINY.llama, rest, { cache: false }))
      .toThrow(/"model\.norm\.weight" needs 16 values, and there are none/);
    const large = { ...TINY.llama, channels: 8192, layers: 20, feedForward: 20_000 };
    expect(() => onnxDecoder(large, {}, { cache: false })).toThrow(/ends at 2 GiB/);
    expect(() => onnxDecoder(large, {}, { cache: false })).toThrow(ModelError);
  });
});
