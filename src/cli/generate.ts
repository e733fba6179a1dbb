/**
 * `bottega generate CHECKPOINT --prompt TEXT`: lets a model write.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { chooseGpu, type DeviceChoice } from "../gpu/mod.ts";
import { createGenerator, generateText, loadParameters } from "../model/mod.ts";
import type { ParameterStorage } from "../tensor/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import { CHECKPOINT, checkpointTokenizer, openCheckpoint, tokenizerOption } from "./checkpoint.ts";
import { withJob } from "./job.ts";
import { jsonOption, weightsOption, wholeNumber } from "./options.ts";
import { note, print, printJson, printPiece } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly prompt: readonly string[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly tokenizer?: string;
  readonly weights?: ParameterStorage;
  readonly device: DeviceChoice;
}

/** Adds the command to `program`. */
export function addGenerate(program: Command): void {
  program.command("generate")
    .description("let a model go on with a text")
    .argument("<checkpoint>", CHECKPOINT)
    .requiredOption("--prompt <text...>", "what to go on with; several at the same time")
    .option("--max-tokens <n>", "the most tokens that follow", wholeNumber(1), 256)
    .option("--temperature <t>", "0 takes the likeliest token each time", number(0, 100), 0)
    .option("--top-k <k>", "draw from the k likeliest tokens; 0 for all", wholeNumber(0), 0)
    .option("--top-p <p>", "draw from the likeliest that make up p; 1 for all", number(1e-6, 1), 1)
    .option("--seed <n>", "decides every draw", wholeNumber(0, 2 ** 32 - 1), 0)
    .option("--stop <text...>", "texts that end it", [])
    .addOption(tokenizerOption())
    .addOption(weightsOption("; by default as in the checkpoint, where that loses nothing"))
    .addOption(
      new Option("--device <device>", "where to compute").choices(["auto", "gpu", "cpu"])
        .default("auto"),
    )
    .addOption(jsonOption())
    .action(generate);
}

async function generate(path: string, { json, ...options }: Options) {
  using checkpoint = await openCheckpoint(path);
  const { model } = checkpoint;
  const { config } = model;
  const tokenizer = await checkpointTokenizer(checkpoint, options.tokenizer);
  const codec = codecOf(tokenizer);
  const prompts = options.prompt.map(unescape);
  const longest = Math.max(...prompts.map((prompt) => codec.encode(prompt).length));
  const context = Math.min(config.context, longest + options.maxTokens);
  const end = model.endTokens.length > 0 ? model.endTokens : [tokenizer.endOfText ?? -1];

  const { gpu, note: reason } = await chooseGpu(options.device);
  if (reason !== undefined) note(`generated on the processor: ${reason}`);
  using _opened = gpu;
  const adapter = gpu?.description ?? "the processor, by onnxruntime-web";
  const { texts, seconds, weights } = await withJob(async (job) => {
    using parameters = await loadParameters(gpu, model, { storage: options.weights, ...job });
    const batch = prompts.length;
    using generator = await createGenerator(gpu, config, parameters, { batch, context });
    const alone = batch === 1 && !json;
    const begin = performance.now();
    const texts = await generateText(generator, codec, {
      ...options,
      prompts,
      stop: options.stop.map(unescape),
      stopTokens: end,
      signal: job.signal,
      onText: (_, text) => alone && printPiece(text),
    });
    if (alone) print("");
    const seconds = (performance.now() - begin) / 1000;
    return { texts, seconds, weights: parameters.storage };
  });

  const tokens = texts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const tokensPerSecond = tokens / seconds;
  if (json) {
    printJson({
      checkpoint: checkpoint.path,
      adapter,
      weights,
      tokensPerSecond,
      texts: texts.map((each, i) => ({ prompt: prompts[i], ...each })),
    });
    return;
  }
  if (texts.length > 1) {
    for (const [i, { text }] of texts.entries()) {
      note(`-- ${i + 1}: ${JSON.stringify(prompts[i])}`);
      printPiece(`${text}\n`);
    }
  }
  const reasons = [...new Set(texts.map(({ reason }) => ENDS[reason]))].join(", ");
  note(
    `${tokens} tokens, ${tokensPerSecond.toFixed(1)} a second on ${adapter}; ${reasons}`,
  );
}

const ENDS = {
  stop: "ended by itself or a stop text",
  length: "ended at --max-tokens",
  context: "ended at the model's context",
};

/** Models have rows for tokens that their vocabulary does not know. */
export function codecOf(tokenizer: Tokenizer) {
  return {
    encode(text: string): Uint32Array {
      const tokens = tokenizer.encodeWithSpecial(text);
      return tokens.length > 0 ? tokens : Uint32Array.of(tokenizer.endOfText ?? 0);
    },
    decode(tokens: Iterable<number>): string {
      const known = [...tokens].filter((token) => token < tokenizer.vocabularySize);
      return tokenizer.decode(known);
    },
  };
}

/** Line breaks and tabs as shells make hard to type. */
function unescape(text: string): string {
  return text.replace(
    /\\([nt\\])/g,
    (_, letter) => ({ n: "\n", t: "\t" })[letter as string] ?? "\\",
  );
}

function number(least: number, most: number) {
  return (text: string): number => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      `Not a number from ${least} to ${most}: ${JSON.stringify(text)}.`,
    );
  };
}
