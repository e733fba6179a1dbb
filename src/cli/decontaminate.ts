/**
 * `bottega decontaminate CORPUS… --against FILE`: which documents hold a benchmark's items.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type CorpusDocument,
  decontamination,
  LEAKAGE_THRESHOLD,
  openDocuments,
  readBenchmark,
  renderEnvironment,
  type ShownLeak,
} from "../corpus/mod.ts";
import { chooseGpu, type DeviceChoice } from "../gpu/mod.ts";
import type { ReadError } from "../trajectory/mod.ts";
import { withJob } from "./job.ts";
import { openTokenizer, TOKENIZER, tokenizerName } from "./open_tokenizer.ts";
import { jsonOption, SOURCE } from "./options.ts";
import { note, print, printJson } from "./output.ts";

interface Options {
  readonly json?: boolean;
  readonly against: string;
  readonly out?: string;
  readonly threshold: number;
  readonly fields?: readonly string[];
  readonly tokenizer: string;
  readonly device: DeviceChoice;
}

/** Adds the command to `program`. */
export function addDecontaminate(program: Command): void {
  program.command("decontaminate")
    .description("find documents that hold items of a benchmark, and leave them out")
    .argument("<corpus...>", `corpus file of samples, or trajectories: ${SOURCE}`)
    .requiredOption("--against <file>", "the benchmark: JSONL, JSON, Parquet or text")
    .option("--out <file>", "write the other documents, as JSONL")
    .addOption(
      new Option("--threshold <share>", "of an item's 13-grams, from which on a document is out")
        .argParser(share).default(LEAKAGE_THRESHOLD),
    )
    .addOption(
      new Option("--fields <names>", "fields of the benchmark's records to take, with commas")
        .argParser((text) => text.split(",")),
    )
    .addOption(
      new Option("--tokenizer <name>", TOKENIZER).argParser(tokenizerName).default("o200k_base"),
    )
    .addOption(
      new Option("--device <device>", "where to look up").choices(["auto", "gpu", "cpu"])
        .default("auto"),
    )
    .addOption(jsonOption())
    .action(decontaminate);
}

async function decontaminate(sources: string[], options: Options) {
  const { json, against, out, threshold, fields, device } = options;
  const tokenizer = await openTokenizer(options.tokenizer);
  const { gpu, note: reason } = await chooseGpu(device);
  if (reason !== undefined) note(`looked up on the CPU: ${reason}`);
  using _opened = gpu;
  const report = await withJob(async (job) => {
    const benchmark = await readBenchmark(against, { fields, ...job });
    tell(against, benchmark.errors);
    const check = decontamination(benchmark.items, {
      tokenizer,
      gpu,
      threshold,
      signal: job.signal,
    });
    using kept = out === undefined ? null : openLines(out);
    for (const source of sources) {
      const corpus = await openDocuments(source, job);
      for await (const { document, leak } of check.check(corpus.documents(job))) {
        if (leak === null) kept?.write(lineOf(document));
      }
      await corpus.close();
      tell(source, corpus.errors);
    }
    return check.report();
  });
  if (json) return printJson(report);
  const { documents, contaminated, items, leakedItems, shortItems, worst } = report;
  print(
    `${contaminated} of ${documents} documents hold ${100 * threshold} % or more of an item; ` +
      `${leakedItems} of ${items} items are in some document` +
      (shortItems > 0 ? `, ${shortItems} are too short to tell` : ""),
  );
  for (const leak of worst.slice(0, 10)) printLeak(leak);
  if (out !== undefined) note(`${documents - contaminated} documents written to ${out}`);
}

function printLeak({ item, document, shared, ngrams, leakage, inItem, inDocument }: ShownLeak) {
  print("");
  print(
    `${item}: ${shared} of ${ngrams} 13-grams (${(100 * leakage).toFixed(1)} %) in ${document}`,
  );
  for (
    const [where, { before, shared, after }] of [["item", inItem], [
      "document",
      inDocument,
    ]] as const
  ) {
    print(`  ${where.padEnd(8)} …${oneLine(before)}[[${oneLine(shared)}]]${oneLine(after)}…`);
  }
}

/** Text on one line and of readable length, without what moves a cursor. */
function oneLine(text: string): string {
  const plain = text.replace(/\s+/g, " ").replace(/\p{C}/gu, "\ufffd");
  return plain.length > 240 ? `${plain.slice(0, 120)} … ${plain.slice(-120)}` : plain;
}

/** A document as a line of a corpus file. */
function lineOf({ sample, trajectory }: CorpusDocument): string {
  return JSON.stringify(trajectory ? renderEnvironment(trajectory) : sample);
}

/** A file that is written line by line. */
function openLines(path: string): Disposable & { write(line: string): void } {
  const file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  return {
    write(line) {
      const bytes = encoder.encode(`${line}\n`);
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    },
    [Symbol.dispose]: () => file.close(),
  };
}

function tell(source: string, errors: readonly ReadError[]): void {
  for (const { path, row, reason } of errors) {
    note(`${source}: ${path}${row === undefined ? "" : `, row ${row}`}: ${reason}`);
  }
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError(`Not a share above 0, at most 1: ${JSON.stringify(text)}.`);
}
