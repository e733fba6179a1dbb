/** Models as they are published: opened, run and written again; what is refused about them. */
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openModelPath, saveFolder } from "../../src/model/headless.ts";
import {
  byteFileOf,
  decoderLogits,
  loadWeights,
  openModelFolder,
  writeModelFolder,
  writeWeights,
} from "../../src/model/mod.ts";
import { compile, createParameters } from "../../src/tensor/mod.ts";
import { describeGpu } from "../support/gpu.ts";
import { fixture, FIXTURES, golden, largestDifference } from "./fixtures.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(`${tmpdir()}/models-`);
});
afterAll(() => rm(scratch, { recursive: true }));

describeGpu("a published folder", (gpu) => {
  test.each(FIXTURES)("of %s has the logits that transformers computes", async (name) => {
    const { tokens, logits } = golden(name);
    using folder = await openModelPath(fixture(name));
    const graph = decoderLogits(folder.config, { batch: 1, time: tokens.length });
    using parameters = createParameters(gpu, [graph]);
    await writeWeights(folder, parameters);
    using program = await compile(gpu, [graph], { parameters });
    const [actual] = await program.run({ tokens });
    expect(largestDifference(actual!, logits)).toBeLessThan(1e-4);
  });
});

describe("a folder that is written", () => {
  test.each(FIXTURES)("of %s reads back as it was, in one file or many", async (name) => {
    using folder = await openModelPath(fixture(name));
    const weights = await loadWeights(folder);
    for (const shardBytes of [1e9, 5000]) {
      const files = writeModelFolder(folder.config, weights, { shardBytes, endTokens: [3] });
      const to = `${scratch}/${name}-${shardBytes}`;
      await saveFolder(to, files);
      using again = await openModelPath(to);
      expect(again.config).toEqual(folder.config);
      expect(again.endTokens).toEqual([3]);
      expect(await loadWeights(again)).toEqual(weights);
      expect((await readdir(to)).includes("model.safetensors")).toBe(shardBytes === 1e9);
    }
  });

  test("is nowhere to be seen where writing is stopped, and never replaces another", async () => {
    using folder = await openModelPath(fixture("gpt2"));
    const files = writeModelFolder(folder.config, await loadWeights(folder));
    const stopped = { signal: AbortSignal.abort(new Error("enough")) };
    await expect(saveFolder(`${scratch}/stopped`, files, stopped)).rejects.toThrow("enough");
    expect((await readdir(scratch)).filter((name) => name.startsWith("stopped"))).toEqual([]);
    await saveFolder(`${scratch}/there`, files);
    await expect(saveFolder(`${scratch}/there`, files)).rejects.toThrow(/there already/);
  });
});

describe("a folder is refused", () => {
  /** A copy of a fixture that `spoil` changes. */
  async function spoiled(name: string, spoil: (path: string) => Promise<unknown>) {
    const path = `${scratch}/${crypto.randomUUID()}`;
    await cp(fixture(name), path, { recursive: true });
    await spoil(path);
    return openModelPath(path);
  }

  const changeJson = (file: string, change: Record<string, unknown>) => async (path: string) => {
    const json = JSON.parse(await readFile(`${path}/${file}`, "utf8"));
    await writeFile(`${path}/${file}`, JSON.stringify({ ...json, ...change }));
  };

  test.each<[string, string, (path: string) => Promise<unknown>, RegExp]>([
    ["without config.json", "gpt2", (path) => rm(`${path}/config.json`), /no config\.json/],
    ["without weights", "gpt2", (path) => rm(`${path}/model.safetensors`), /no model\.safetensors/],
    [
      "with weights cut short",
      "gpt2",
      (path) => truncate(`${path}/model.safetensors`, 15_000),
      /15000 bytes and its header describes 19512.*cut short/,
    ],
    [
      "with a header cut short",
      "gpt2",
      (path) => truncate(`${path}/model.safetensors`, 500),
      /in a file of 500.*cut short/,
    ],
    [
      "with another size in config.json",
      "gpt2",
      changeJson("config.json", { n_embd: 24, n_head: 2 }),
      /"wte\.weight" has shape \(65, 16\).*\(65, 24\)/,
    ],
    [
      "with more layers in config.json",
      "qwen2",
      changeJson("config.json", { num_hidden_layers: 3, layer_types: null }),
      /"model\.layers\.2\.input_layernorm\.weight" is missing/,
    ],
    [
      "with fewer layers in config.json",
      "qwen2",
      changeJson("config.json", { num_hidden_layers: 1, layer_types: null }),
      /Qwen2ForCausalLM.*no place for "model\.layers\.1\..* more/,
    ],
    [
      "with a shard missing",
      "smollm2",
      (path) => rm(`${path}/model-00002-of-00003.safetensors`),
      /names "model-00002-of-00003\.safetensors", which is not there/,
    ],
    [
      "with an index that leads out",
      "smollm2",
      changeJson("model.safetensors.index.json", {
        weight_map: { "lm_head.weight": "../../secret.safetensors" },
      }),
      /names "\.\.\/\.\.\/secret/,
    ],
    [
      "with an index that is wrong",
      "smollm2",
      changeJson("model.safetensors.index.json", {
        weight_map: { "lm_head.weight": "model-00001-of-00003.safetensors" },
      }),
      /places "lm_head\.weight" in .*00001.*lacks it/,
    ],
    [
      "with a config.json that is no JSON",
      "gpt2",
      (path) => writeFile(`${path}/config.json`, "{"),
      /config\.json is not JSON/,
    ],
  ])("%s", async (_, name, spoil, message) => {
    await expect(spoiled(name, spoil)).rejects.toThrow(message);
    await expect(spoiled(name, spoil)).rejects.toMatchObject({ name: "ModelError" });
  });

  test("where there is none", async () => {
    await expect(openModelPath(`${scratch}/nowhere`)).rejects.toThrow(/no ".*nowhere"/);
    await expect(openModelPath(`${fixture("gpt2")}/config.json`)).rejects.toThrow(/no folder/);
  });

  test("whose weights are a pickled program", async () => {
    const config = await readFile(`${fixture("gpt2")}/config.json`);
    const files = new Map([["config.json", config], ["pytorch_model.bin", config]]);
    const open = (name: string) => {
      const bytes = files.get(name);
      return Promise.resolve(bytes && byteFileOf(new Uint8Array(bytes)));
    };
    await expect(openModelFolder(open)).rejects.toThrow(/pytorch_model\.bin.*as safetensors/);
  });
});
