/** Likelihoods of a checkpoint, against the reference on the processor. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openModelLikelihood,
  parseBenchmark,
  parseMultipleChoice,
} from "../../src/evaluate/mod.ts";
import { type DecoderConfig, decoderLogits, initialWeights } from "../../src/model/mod.ts";
import { createParameters, evaluateCpu, type Parameters } from "../../src/tensor/mod.ts";
import { gpu, note } from "../support/gpu.ts";

const config: DecoderConfig = {
  architecture: "LlamaForCausalLM",
  vocabularySize: 256,
  channels: 16,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headSize: 8,
  feedForward: 24,
  context: 48,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: false,
  attentionBias: false,
};
const weights = Object.fromEntries(
  Object.entries(initialWeights(config, 5)).map(([name, values]) => [
    name,
    name.includes("norm") ? values : values.map((value) => 10 * value),
  ]),
);
/** One token a byte. */
const bytes = {
  encode: (text: string | Uint8Array) =>
    Uint32Array.from(typeof text === "string" ? new TextEncoder().encode(text) : text),
  endOfText: 0,
};

/** The sum over the continuation, token by token of a row without padding. */
function reference(context: readonly number[], continuation: string): number {
  const after = [...bytes.encode(continuation)];
  const tokens = [...context, ...after].slice(0, -1);
  const graph = decoderLogits(config, { batch: 1, time: tokens.length });
  const [logits = new Float32Array()] = evaluateCpu([graph], { ...weights, tokens });
  const V = config.vocabularySize;
  return after.reduce((sum, token, i) => {
    const at = context.length + i - 1;
    const row = Array.from(logits.subarray(at * V, (at + 1) * V));
    const top = Math.max(...row);
    const mass = row.reduce((total, logit) => total + Math.exp(logit - top), 0);
    return sum + (row[token] ?? NaN) - top - Math.log(mass);
  }, 0);
}

const devices = [
  { name: "the processor", device: null },
  ...(gpu ? [{ name: gpu.description, device: gpu }] : []),
];
describe.each(devices)(`likelihoods of a model on $name ${note ?? ""}`, ({ device }) => {
  let parameters: Parameters;
  beforeAll(() => {
    parameters = createParameters(device, [decoderLogits(config, { batch: 1, time: 1 })]);
    parameters.write(weights);
  });
  afterAll(() => parameters[Symbol.dispose]());

  test("are those of the reference, whatever stands in the other rows", async () => {
    using model = openModelLikelihood(device, config, parameters, bytes, { batch: 2 });
    const continuations = [" a", " quite another one", " b"];
    const context = "Question: which?\nAnswer:";
    const sums = await model.logLikelihood(context, continuations, {});
    expect(sums).toHaveLength(3);
    for (const [i, continuation] of continuations.entries()) {
      const expected = reference([...bytes.encode(context)], continuation);
      expect(expected).toBeLessThan(-5);
      expect(sums[i]).toBeCloseTo(expected, 3);
    }
    const [alone] = await model.logLikelihood("", ["ab"], {});
    expect(alone).toBeCloseTo(reference([0], "ab"), 3);
  });

  test("of a context that is too long follow its end, which is told", async () => {
    const cut: string[] = [];
    const onCut = (context: string) => cut.push(context);
    using model = openModelLikelihood(device, config, parameters, bytes, { onCut });
    const context = Array.from({ length: 60 }, (_, i) => String.fromCharCode(65 + i)).join("");
    const [sum] = await model.logLikelihood(context, [" end"], {});
    // 48 tokens are taken in, and the last one is only predicted.
    expect(sum).toBeCloseTo(reference([...bytes.encode(context.slice(-45))], " end"), 3);
    expect(cut).toEqual([context]);
    await expect(model.logLikelihood("a", ["x".repeat(49)], {})).rejects.toThrow(
      "49 tokens are more than the model's context of 48",
    );
    const aborted = { signal: AbortSignal.abort(new Error("enough")) };
    await expect(model.logLikelihood("a", [" b"], aborted)).rejects.toThrow("enough");
  });
});

test("files of benchmarks are read line by line, and the wrong line is told", () => {
  const line = '{"question": "?", "choices": ["a", "b"], "answer": "B"}';
  const read = (text: string) => parseBenchmark(text, parseMultipleChoice);
  expect(read(`${line}\n\n${line}\r\n`).map(({ id }) => id)).toEqual(["question-0", "question-1"]);
  expect(() => read(`${line}\n\n{"question`)).toThrow('line 3 is no JSON: "{\\"question"');
  expect(() => read(`${line}\n{"question": "?"}`)).toThrow("line 2: question 1: choices");
  expect(() => read(" \n")).toThrow("no line");
});
