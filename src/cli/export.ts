/**
 * `bottega export CHECKPOINT --to onnx|safetensors`: a model for other programs.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { saveFolder } from "../model/headless.ts";
import { type FloatFormat, loadWeights, writeModelFolder, writeOnnxFolder } from "../model/mod.ts";
import {
  CHECKPOINT,
  checkpointTokenizer,
  type OpenCheckpoint,
  openCheckpoint,
  tokenizerOption,
  type TokenizerTexts,
  tokenizerTexts,
} from "./checkpoint.ts";
import { withJob } from "./job.ts";
import { jsonOption } from "./options.ts";
import { note, print, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly to: "onnx" | "safetensors";
  readonly out?: string;
  readonly dtype: "f32" | "f16" | "bf16";
  readonly tokenizer?: string;
}

/** Adds the command to `program`. */
export function addExport(program: Command): void {
  program.command("export")
    .description("write a model for transformers, or for onnxruntime and transformers.js")
    .argument("<checkpoint>", CHECKPOINT)
    .addOption(new Option("--to <format>").choices(["onnx", "safetensors"]).makeOptionMandatory())
    .option("--out <dir>", "a new folder; by default the checkpoint's name with the format's")
    .addOption(
      new Option("--dtype <dtype>", "how safetensors keeps the weights")
        .choices(["f32", "f16", "bf16"]).default("f32"),
    )
    .addOption(tokenizerOption())
    .addOption(jsonOption())
    .action(exportModel);
}

async function exportModel(path: string, { json, to, dtype, ...options }: Options) {
  using checkpoint = await openCheckpoint(path);
  const { config } = checkpoint.model;
  const texts = await tokenizerTexts(checkpoint, options.tokenizer);
  const endTokens = await endTokensOf(checkpoint, texts, options.tokenizer);
  const out = options.out ?? `${checkpoint.path.replace(/\/+$/, "")}-${to}`;
  const names = await withJob(async (job) => {
    const weights = await loadWeights(checkpoint.model, job);
    const described = { endTokens, texts };
    const files = to === "onnx"
      ? writeOnnxFolder(config, weights, described)
      : writeModelFolder(config, weights, {
        ...described,
        dtype: dtype.toUpperCase() as FloatFormat,
      });
    await saveFolder(out, files, job);
    return files.map(({ name }) => name);
  });
  if (!("tokenizer.json" in texts)) {
    note("no tokenizer.json: the checkpoint has none; --tokenizer names one");
  }
  if (json) printJson({ out, files: names, architecture: config.architecture });
  else print(`${out}: ${names.join(", ")}`);
}

/** What the checkpoint says, or else the tokeniser's end of text. */
async function endTokensOf(
  checkpoint: OpenCheckpoint,
  texts: TokenizerTexts,
  named: string | undefined,
): Promise<readonly number[]> {
  const { endTokens } = checkpoint.model;
  if (endTokens.length > 0 || !("tokenizer.json" in texts)) return endTokens;
  const { endOfText } = await checkpointTokenizer(checkpoint, named);
  return endOfText === undefined ? [] : [endOfText];
}
