/**
 * `bottega bench …`: how fast is this machine. One file a subcommand, `bench_NAME.ts`.
 *
 * @module
 */
import type { Command } from "commander";
import { addBenchGenerate } from "./bench_generate.ts";
import { addBenchAttention } from "./bench_attention.ts";
import { addBenchMatmul } from "./bench_matmul.ts";
import { addBenchTrain } from "./bench_train.ts";
import { addBenchHistory } from "./bench_history.ts";
import { addBenchTokens } from "./bench_tokens.ts";

/** Adds the command and its subcommands to `program`. */
export function addBench(program: Command): void {
  const bench = program.command("bench").description("measure how fast this machine is");
  for (
    const add of [
      addBenchTrain,
      addBenchMatmul,
      addBenchAttention,
      addBenchGenerate,
      addBenchTokens,
      addBenchHistory,
    ]
  ) add(bench);
}
