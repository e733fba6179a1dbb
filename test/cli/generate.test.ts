/** bottega generate and bottega export: from a run's folder to text, and to other programs' files. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openModelPath, saveFolder } from "../../src/model/headless.ts";
import {
  type DecoderConfig,
  initialWeights,
  loadWeights,
  writeModelFolder,
} from "../../src/model/mod.ts";
import { BYTE_CHARACTERS } from "../../src/tokenizer/byte_alphabet.ts";
import { bottega, bottegaJson } from "../support/bottega.ts";
import { describeGpu } from "../support/gpu.ts";
import { temporaryFolder } from "../support/make_repository.ts";

const config: DecoderConfig = {
  architecture: "Qwen2ForCausalLM",
  vocabularySize: 272,
  channels: 32,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headSize: 8,
  feedForward: 48,
  context: 96,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: false,
  attentionBias: true,
};

/** A vocabulary of the 256 bytes and an end of text. */
const tokenizer = {
  version: "1.0",
  added_tokens: [{
    id: 256,
    content: "<|endoftext|>",
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }],
  normalizer: null,
  pre_tokenizer: {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  },
  post_processor: null,
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE",
    dropout: null,
    unk_token: null,
    vocab: Object.fromEntries(BYTE_CHARACTERS.map((character, byte) => [character, byte])),
    merges: [],
  },
};

interface Generated {
  adapter: string;
  weights: string;
  tokensPerSecond: number;
  texts: { prompt: string; text: string; tokens: number[]; reason: string }[];
}

let scratch: string;
let run: string;
beforeAll(async () => {
  scratch = await temporaryFolder("generate-");
  run = `${scratch}/run`;
  await mkdir(`${run}/checkpoints`, { recursive: true });
  for (const step of [9, 10]) {
    const weights = Object.fromEntries(
      Object.entries(initialWeights(config, step)).map(([name, values]) => [
        name,
        name.includes("norm") ? values : values.map((value) => 10 * value),
      ]),
    );
    const texts = { "tokenizer.json": JSON.stringify(tokenizer) };
    const files = writeModelFolder(config, weights, { texts });
    await saveFolder(`${run}/checkpoints/step-${step}`, files);
  }
});
afterAll(() => rm(scratch, { recursive: true }));

describeGpu("bottega generate", () => {
  const some = ["--max-tokens", "24", "--temperature", "0.8", "--top-k", "20", "--seed", "3"];

  test("goes on from a run's last checkpoint, the same each time, streamed or as JSON", async () => {
    const { texts, adapter, weights } = await bottegaJson(
      "generate",
      run,
      "--prompt",
      "def add(",
      "a\\nb",
      ...some,
    ) as Generated;
    expect(adapter).toBeTruthy();
    expect(weights).toBe("f32");
    expect(texts.map(({ prompt }) => prompt)).toEqual(["def add(", "a\nb"]);
    expect(texts[0]).toMatchObject({ reason: "length", tokens: { length: 24 } });
    const alone = await bottega(
      "generate",
      `${run}/checkpoints/step-10`,
      "--prompt",
      "def add(",
      ...some,
    );
    expect(alone.stderr).toMatch(/24 tokens, .* a second on .*; ended at --max-tokens/);
    expect(alone.stdout).toBe(`${texts[0]!.text}\n`);
  });

  test("stores weights as the checkpoint does, or as is asked for", async () => {
    using model = await openModelPath(`${run}/checkpoints/step-10`);
    const texts = { "tokenizer.json": JSON.stringify(tokenizer) };
    const files = writeModelFolder(config, await loadWeights(model), { texts, dtype: "F16" });
    const halves = `${scratch}/halves`;
    await saveFolder(halves, files);
    const written = async (checkpoint: string, ...weights: string[]) => {
      const prompt = ["--prompt", "def add(", ...some, ...weights];
      const told = await bottegaJson("generate", checkpoint, ...prompt) as Generated;
      return [told.weights, told.texts[0]!.tokens];
    };
    const [, tokens] = await written(halves, "--weights", "f32");
    expect(await written(halves)).toEqual(["f16", tokens]);
    const [weights, rounded] = await written(run, "--weights", "f16");
    expect(weights).toBe("f16");
    expect(rounded).toEqual(tokens);
  });

  test("tells what is wrong in one line", async () => {
    const failed = async (...args: string[]) => {
      const { code, stderr, stdout } = await bottega("generate", ...args);
      expect(stdout).toBe("");
      return `${code} ${stderr.trim()}`;
    };
    expect(await failed(`${scratch}/none`, "--prompt", "x")).toMatch(/^1 bottega: There is no /);
    expect(await failed(run, "--prompt", "x", "--top-p", "2")).toMatch(/^2 .*from .* to 1: "2"/);
    expect(await failed(run, "--prompt", "x", "--weights", "f8")).toMatch(
      /^2 .*f8.*Allowed choices are f32, f16/,
    );
    await writeFile(`${scratch}/config.json`, JSON.stringify({ architectures: ["BertModel"] }));
    expect(await failed(scratch, "--prompt", "x")).toMatch(/^1 .*architectures is "BertModel"/);
    const long = "x".repeat(200);
    expect(await failed(run, "--prompt", long)).toMatch(/^1 [^]*200 tokens.*context is 96/);
  });
});

test("bottega export writes what transformers reads", async () => {
  const out = `${scratch}/exported`;
  const told = await bottegaJson(
    "export",
    run,
    "--to",
    "safetensors",
    "--dtype",
    "bf16",
    "--out",
    out,
  );
  const names = [
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ];
  expect((await readdir(out)).sort()).toEqual(names);
  expect(told).toMatchObject({ out, architecture: "Qwen2ForCausalLM" });
  const json = async (name: string) => JSON.parse(await readFile(`${out}/${name}`, "utf8"));
  expect(await json("config.json")).toMatchObject({ torch_dtype: "bfloat16", eos_token_id: 256 });
  expect(await json("tokenizer.json")).toEqual(tokenizer);
  using exported = await openModelPath(out);
  using original = await openModelPath(`${run}/checkpoints/step-10`);
  expect(exported.config).toEqual(config);
  const [weights, before] = await Promise.all(
    [exported, original].map((model) => loadWeights(model)),
  );
  for (const [name, values] of Object.entries(before!)) {
    values.forEach((value, i) =>
      expect(weights![name]![i]! / (value || 1)).toBeCloseTo(value ? 1 : 0, 2)
    );
  }
});

test("bottega export writes what onnxruntime reads, and replaces nothing", async () => {
  const out = `${scratch}/onnx`;
  const { files } = await bottegaJson("export", run, "--to", "onnx", "--out", out) as {
    files: string[];
  };
  const generation = await readFile(`${out}/generation_config.json`, "utf8");
  expect(JSON.parse(generation)).toMatchObject({ eos_token_id: 256 });
  expect(files).toEqual(expect.arrayContaining(["onnx/model.onnx", "onnx/model_no_cache.onnx"]));
  const graph = await readFile(`${out}/onnx/model.onnx`);
  expect(new TextDecoder().decode(graph)).toContain("past_key_values.1.value");
  const again = await bottega("export", run, "--to", "onnx", "--out", out);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toMatch(/there already/);
});
