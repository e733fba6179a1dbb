/**
 * `bottega bench matmul`: how fast matrices are multiplied.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { openGpu } from "../gpu/mod.ts";
import { measureMatmul } from "../tensor/mod.ts";
import { jsonOption, wholeNumber } from "./options.ts";
import { print, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly size: number;
  readonly device: "webgpu" | "cpu";
  readonly rounds: number;
}

/** Adds the command to `bench`. */
export function addBenchMatmul(bench: Command): void {
  bench.command("matmul")
    .description("measure the product of two square f32 matrices")
    .option("--size <n>", "rows and columns", wholeNumber(1, 16384), 512)
    .option("--rounds <n>", "the median of so many counts", wholeNumber(1, 1000), 5)
    .addOption(
      new Option("--device <device>", "where to compute").choices(["webgpu", "cpu"])
        .default("webgpu"),
    )
    .addOption(jsonOption())
    .action(benchMatmul);
}

async function benchMatmul({ json, size, device, rounds }: Options) {
  using gpu = device === "webgpu" ? await openGpu() : null;
  const speed = await measureMatmul(gpu, [size, size, size], { rounds });
  const adapter = gpu?.description ?? "processor, by onnxruntime-web";
  if (json) printJson({ adapter, size, ...speed });
  else {
    const { gigaflops, medianMs, kernel } = speed;
    print(`${gigaflops.toFixed(1)} GFLOP/s: ${medianMs.toFixed(2)} ms for ${size}³ on ${adapter}`);
    print(`by ${kernel}, median of ${rounds}`);
  }
}
