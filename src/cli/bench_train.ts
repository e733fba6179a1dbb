/**
 * `bottega bench train`: how fast a training step is, on weights and data that other programs can draw
 * too, so that losses compare.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { countGpuCalls, type Gpu, type GpuCalls, openGpu } from "../gpu/mod.ts";
import { decoderLoss } from "../model/mod.ts";
import { compileTraining, createParameters } from "../tensor/mod.ts";
import { type BenchSizes, drawBench } from "./bench_model.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { print, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly config: BenchSizes;
  readonly device: "webgpu" | "cpu";
  readonly steps: number;
}

/** What is printed; calls are those of one step after the first. */
export interface TrainBench extends Partial<GpuCalls> {
  readonly adapter: string;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly tokensPerSecond: number;
  readonly losses: readonly number[];
}

/** Adds the command to `bench`. */
export function addBenchTrain(bench: Command): void {
  bench.command("train")
    .description("measure a training step: forward, backward and AdamW")
    .option(
      "--config <sizes>",
      "channels, layers, heads, key and value heads, feed-forward, vocabulary, time, batch",
      parseSizes,
      parseSizes("C128,L4,H4,KV2,F384,V1024,T128,B4"),
    )
    .addOption(
      new Option("--device <device>", "where to train").choices(["webgpu", "cpu"])
        .default("webgpu"),
    )
    .option("--steps <n>", "how many, at least 4: the first two are not timed", wholeNumber(4), 12)
    .addOption(jsonOption())
    .action(benchTrain);
}

async function benchTrain({ json, config, device, steps }: Options) {
  using gpu = device === "webgpu" ? await openGpu() : null;
  const report = await measureSteps(gpu, config, steps);
  if (json) printJson(report);
  else {
    const { adapter, medianMs, p95Ms, tokensPerSecond, losses } = report;
    print(`${medianMs.toFixed(1)} ms a step (95 % under ${p95Ms.toFixed(1)} ms) on ${adapter}`);
    print(`${Math.round(tokensPerSecond)} tokens/s; loss ${losses[0]} to ${losses.at(-1)}`);
  }
}

async function measureSteps(
  gpu: Gpu | null,
  sizes: BenchSizes,
  steps: number,
): Promise<TrainBench> {
  const { config, weights, batch } = drawBench(sizes);
  const { B, T } = sizes;
  const loss = decoderLoss(config, { batch: B, time: T, packed: false, decay: "all" });
  using parameters = createParameters(gpu, [loss]);
  parameters.write(weights);
  using training = await compileTraining(gpu, loss, { parameters, adamW: { clipNorm: 0 } });
  const losses: number[] = [];
  const times: number[] = [];
  let calls: GpuCalls | undefined;
  for (let step = 1; step <= steps; step++) {
    const begin = performance.now();
    const work = () => training.step(batch, LEARNING_RATE);
    // Counted in a step that is not timed.
    const [report] = gpu && step === 2
      ? await countGpuCalls(work).then(({ result, calls: counted }) => (calls = counted, result))
      : await work();
    if (step > 2) times.push(performance.now() - begin);
    losses.push(report?.lossNats ?? NaN);
  }
  times.sort((a, b) => a - b);
  const medianMs = times[Math.floor(times.length / 2)] ?? NaN;
  return {
    adapter: gpu?.description ?? "processor, by onnxruntime-web",
    medianMs,
    p95Ms: times[Math.floor(0.95 * times.length)] ?? NaN,
    tokensPerSecond: B * T / medianMs * 1000,
    losses,
    ...calls,
  };
}

const LEARNING_RATE = 1e-3;

/** Sizes as `C128,L4,H4,KV2,F384,V1024,T128,B4`. */
export function parseSizes(text: string): BenchSizes {
  const sizes = Object.fromEntries(
    text.split(",").map((part) => {
      const [, name = "", size] = /^([A-Z]+)(\d+)$/.exec(part.trim()) ?? [];
      return [name, Number(size)];
    }),
  );
  const given = Object.keys(sizes).sort().join();
  if (given === "B,C,F,H,KV,L,T,V") return sizes as unknown as BenchSizes;
  throw new InvalidArgumentError(
    `Not sizes like C128,L4,H4,KV2,F384,V1024,T128,B4: ${JSON.stringify(text)}.`,
  );
}
