/**
 * `bottega bench attention`: how fast causal attention is, forward and backward.
 *
 * @module
 */
import type { Command } from "commander";
import { type Gpu, openGpu } from "../gpu/mod.ts";
import {
  attention,
  compile,
  createParameters,
  gradients,
  mean,
  mul,
  parameter,
  type Tensor,
} from "../tensor/mod.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { print, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly batch: number;
  readonly time: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly rounds: number;
}

/** Adds the command to `bench`. */
export function addBenchAttention(bench: Command): void {
  bench.command("attention")
    .description("measure causal attention of grouped queries, forward and backward")
    .option("--batch <n>", "rows", wholeNumber(1), 4)
    .option("--time <n>", "tokens a row", wholeNumber(1), 512)
    .option("--heads <n>", "query heads", wholeNumber(1), 4)
    .option("--kv-heads <n>", "key and value heads", wholeNumber(1), 2)
    .option("--head-size <n>", "columns of a head", wholeNumber(4, 128), 32)
    .option("--rounds <n>", "the median of so many counts", wholeNumber(1, 1000), 5)
    .addOption(jsonOption())
    .action(benchAttention);
}

async function benchAttention({ json, rounds, ...sizes }: Options) {
  using gpu = await openGpu();
  const { batch: B, time: T, heads: H, kvHeads: KV, headSize: D } = sizes;
  const qkv = parameter("qkv", [B, T, (H + 2 * KV) * D]);
  const y = attention(qkv, { heads: H, kvHeads: KV });
  // One number comes back, so that what is timed is attention and not reading.
  const forward = mean(y);
  const [slope] = gradients(mean(mul(y, y)), [qkv]);
  const forwardMs = await medianMs(gpu, forward, rounds);
  const bothMs = slope ? await medianMs(gpu, mean(slope), rounds) : NaN;
  // Half of the square of T; two products forward, seven more backward.
  const pairs = B * H * T * (T + 1) / 2;
  const report = {
    adapter: gpu.description,
    ...sizes,
    forwardMs,
    bothMs,
    forwardGigaflops: pairs * 4 * D / forwardMs / 1e6,
    bothGigaflops: pairs * 18 * D / bothMs / 1e6,
  };
  if (json) printJson(report);
  else {
    print(`${forwardMs.toFixed(1)} ms forward, ${bothMs.toFixed(1)} ms with the gradient`);
    print(`${report.bothGigaflops.toFixed(2)} GFLOP/s on ${gpu.description}, median of ${rounds}`);
  }
}

/** Of one time through the graph; several are one submit, since waiting takes 11 ms in Deno. */
async function medianMs(gpu: Gpu, result: Tensor, rounds: number): Promise<number> {
  using parameters = createParameters(gpu, [result]);
  parameters.write({
    qkv: Float32Array.from(
      { length: parameters.size },
      (_, i) => Math.sin(i),
    ),
  });
  using once = await compile(gpu, [result], { parameters });
  await once.run({});
  const begin = performance.now();
  await once.run({});
  const repeat = Math.max(1, Math.min(64, Math.ceil(200 / (performance.now() - begin))));
  using repeated = await compile(gpu, [result], { parameters, repeat });
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    await repeated.run({});
    times.push((performance.now() - begin) / repeat);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN;
}
