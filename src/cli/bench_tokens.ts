/**
 * `bottega bench tokens FILE`: how fast text becomes tokens, on one thread.
 *
 * @module
 */
import type { Command } from "commander";
import { readFile } from "./input_file.ts";
import { jsonOption } from "./options.ts";
import { print, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly tokenizer: string;
}

/** Adds the command to `bench`. */
export function addBenchTokens(bench: Command): void {
  bench.command("tokens")
    .description("measure how fast a file becomes tokens, on one thread")
    .argument("<file>", "text in UTF-8")
    .option("--tokenizer <name>", "vocabulary", "o200k_base")
    .addOption(jsonOption())
    .action(benchTokens);
}

async function benchTokens(path: string, { json, tokenizer: name }: Options) {
  const bytes = await readFile(path);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // From here on all that a first use pays for: loading the code, the vocabulary, the first text.
  const startMs = performance.now();
  const { loadTokenizer } = await import("../tokenizer/mod.ts");
  const tokenizer = await loadTokenizer(name);
  tokenizer.encode("hello");
  const coldStartMs = performance.now() - startMs;

  tokenizer.encode(text);
  const times: number[] = [];
  let tokens = 0;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    tokens = tokenizer.encode(text).length;
    times.push(performance.now() - start);
  }
  const medianMs = times.toSorted((a, b) => a - b)[2] ?? NaN;
  const megabytesPerSecond = bytes.length / 1000 / medianMs;
  const report = {
    tokenizer: tokenizer.name,
    bytes: bytes.length,
    tokens,
    megabytesPerSecond,
    coldStartMs,
  };
  if (json) printJson(report);
  else {
    print(`${megabytesPerSecond.toFixed(1)} MB/s, median of five; ${tokens} tokens`);
    print(`${coldStartMs.toFixed(0)} ms from nothing to the first token`);
  }
}
