/**
 * `bottega bench generate`: how fast a model reads prompts and writes tokens.
 *
 * @module
 */
import type { Command } from "commander";
import { countGpuCalls, openGpu } from "../gpu/mod.ts";
import { createGenerator } from "../model/mod.ts";
import type { ParameterStorage } from "../tensor/mod.ts";
import { type BenchSizes, drawBench } from "./bench_model.ts";
import { parseSizes } from "./bench_train.ts";
import { jsonOption, weightsOption, wholeNumber } from "./options.ts";
import { print, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly config: BenchSizes;
  readonly prompt: number;
  readonly tokens: number;
  readonly rounds: number;
  readonly weights: ParameterStorage;
}

/** Adds the command to `bench`. */
export function addBenchGenerate(bench: Command): void {
  bench.command("generate")
    .description("measure generation: B sequences of T tokens at most")
    .option(
      "--config <sizes>",
      "channels, layers, heads, key and value heads, feed-forward, vocabulary, context, batch",
      parseSizes,
      parseSizes("C128,L4,H4,KV2,F384,V1024,T512,B1"),
    )
    .option("--prompt <n>", "tokens of each prompt", wholeNumber(2), 128)
    .option("--tokens <n>", "tokens that follow", wholeNumber(8), 64)
    .option("--rounds <n>", "how often it is timed; the first is not counted", wholeNumber(1), 5)
    .addOption(weightsOption().default("f32"))
    .addOption(jsonOption())
    .action(benchGenerate);
}

async function benchGenerate(options: Options) {
  const { json, config: sizes, prompt, tokens, rounds, weights: storage } = options;
  using gpu = await openGpu();
  const { B, T, V } = sizes;
  const { config, weights } = drawBench(sizes);
  const shape = { batch: B, context: T };
  using generator = await createGenerator(gpu, config, weights, { ...shape, storage });
  const prompts = Array.from(
    { length: B },
    (_, b) => Array.from({ length: prompt }, (_, t) => (7 * t + b) % V),
  );
  const timed = async (maxTokens: number) => {
    const begin = performance.now();
    await generator.generate({ prompts, maxTokens });
    return performance.now() - begin;
  };
  const { calls } = await countGpuCalls(() => timed(tokens));
  const reading: number[] = [];
  const writing: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // The shortest continuation: what is left is the prompt.
    const short = await timed(1);
    reading.push(short);
    writing.push((await timed(tokens) - short) / (tokens - 1));
  }
  const tokenMs = median(writing);
  const report = {
    adapter: gpu.description,
    weights: storage,
    medianMs: tokenMs,
    tokensPerSecond: 1000 * B / tokenMs,
    promptTokensPerSecond: 1000 * B * prompt / median(reading),
    dispatches: generator.dispatches,
    submitsPerToken: calls.submits / tokens,
    bindGroups: calls.bindGroups,
    buffers: calls.buffers,
  };
  if (json) {
    printJson(report);
    return;
  }
  const { adapter, tokensPerSecond, promptTokensPerSecond } = report;
  print(`${tokenMs.toFixed(2)} ms a token, ${tokensPerSecond.toFixed(1)} tokens/s on ${adapter}`);
  print(`prompts: ${promptTokensPerSecond.toFixed(1)} tokens/s`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
