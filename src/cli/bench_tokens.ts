/**
 * `bottega bench tokens FILE`: how fast text becomes tokens, on one thread.
 *
 * @module
 */
import type { Command } from "commander";
import { readFile } from "./input_file.ts";
import { openTokenizer, TOKENIZER, tokenizerName } from "./open_tokenizer.ts";
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
    .option("--tokenizer <name>", TOKENIZER, tokenizerName, "o200k_base")
    .addOption(jsonOption())
    .action(benchTokens);
}

/** Runs of which the median is told, after one that warms up. */
const RUNS = 5;

async function benchTokens(path: string, { json, tokenizer: name }: Options) {
  const bytes = await readFile(path);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // Nothing of the vocabulary was read yet, and none of the tokeniser's code has run.
  const coldMs = performance.now();
  const tokenizer = await openTokenizer(name);
  tokenizer.encode("hello");
  const coldStartMs = performance.now() - coldMs;

  let tokens = tokenizer.encode(text).length;
  const times = Array.from({ length: RUNS }, () => {
    const startMs = performance.now();
    tokens = tokenizer.encode(text).length;
    return performance.now() - startMs;
  });
  const medianMs = times.toSorted((a, b) => a - b)[RUNS >> 1] ?? NaN;
  const megabytesPerSecond = bytes.length / 1000 / medianMs;
  if (json) {
    const report = { tokenizer: tokenizer.name, bytes: bytes.length, tokens };
    printJson({ ...report, megabytesPerSecond, coldStartMs });
    return;
  }
  print(`${megabytesPerSecond.toFixed(1)} MB/s, median of ${RUNS}; ${tokens} tokens`);
  print(`${coldStartMs.toFixed(0)} ms from nothing to the first token`);
}
