/**
 * `bottega pack CORPUS… --context N --out DIR`: packed tokens for training.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type CorpusDocument,
  openDocuments,
  packSamples,
  renderEnvironment,
  type Sample,
} from "../corpus/mod.ts";
import { spoolStore, writePackedFolder } from "../corpus/headless.ts";
import { openTokenizer, TOKENIZER, tokenizerName } from "./open_tokenizer.ts";
import { withJob } from "./job.ts";
import { historyOption, jsonOption, limitOption, SOURCE, wholeNumber } from "./options.ts";
import { CommandError, note, print, printJson, printTable } from "./output.ts";
import type { SourceOptions } from "./sources.ts";

interface Options extends SourceOptions {
  readonly json?: boolean;
  readonly context: number;
  readonly out: string;
  readonly tokenizer: string;
  readonly mask: "all" | "answers";
  readonly seed: number;
  readonly epochs: number;
  readonly fill: number;
  readonly repeats?: readonly number[];
  readonly weights?: readonly number[];
}

/** Adds the command to `program`. */
export function addPack(program: Command): void {
  program.command("pack")
    .description("pack the tokens of corpora into rows of one context length, for training")
    .argument("<corpus...>", `corpus file of samples, or trajectories: ${SOURCE}`)
    .requiredOption("--context <n>", "tokens of a row", wholeNumber(2))
    .requiredOption("--out <folder>", "where manifest.json and the shards go")
    .option("--tokenizer <name>", TOKENIZER, tokenizerName, "o200k_base")
    .addOption(
      new Option("--mask <mask>", "which tokens the loss counts").choices(["all", "answers"])
        .default("all"),
    )
    .option("--seed <n>", "decides the order", wholeNumber(0), 0)
    .option("--epochs <n>", "passes over everything, each packed anew", wholeNumber(1), 1)
    .option("--repeats <list>", "times that each corpus is repeated, such as 1,3", numbers)
    .option("--weights <list>", "shares of the tokens, such as 0.7,0.3", numbers)
    .option(
      "--fill <share>",
      "slots to hold tokens: below it, rows are filled with whole documents once more",
      share,
      0.97,
    )
    .addOption(historyOption())
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(pack);
}

async function pack(sources: string[], options: Options) {
  const { json, context, out, mask, seed, epochs, fill, repeats, weights, ...reading } = options;
  checkCount("--repeats", repeats, sources);
  checkCount("--weights", weights, sources);
  const tokenizer = await openTokenizer(options.tokenizer);
  const manifest = await withJob(async (job) => {
    const opened = await Promise.all(
      sources.map((source) => openDocuments(source, { ...reading, ...job })),
    );
    using store = spoolStore();
    const inputs = opened.map((corpus, i) => ({
      name: sources[i] ?? "",
      documents: asSamples(corpus.documents(job)),
      repeats: repeats?.[i],
      weight: weights?.[i],
    }));
    const written = await writePackedFolder(out, (writeShard) =>
      packSamples(inputs, {
        tokenizer,
        context,
        mask,
        seed,
        epochs,
        fill,
        store,
        writeShard,
        endOfText: tokenizer.endOfText,
        ...job,
      }));
    for (const [i, { errors }] of opened.entries()) {
      for (const { path, row, reason } of errors) {
        note(`${sources[i]}: ${path}${row === undefined ? "" : `, row ${row}`}: ${reason}`);
      }
    }
    await Promise.all(opened.map((corpus) => corpus.close()));
    return written;
  });
  const filled = manifest.tokens / (manifest.rows * context);
  if (json) return printJson({ ...manifest, filled });
  print(
    `${manifest.rows.toLocaleString("en")} rows of ${context} tokens of ${tokenizer.name}, ` +
      `${(100 * filled).toFixed(2)} % filled, in ${manifest.shards.length} shards`,
  );
  print("");
  printTable(
    ["corpus", "documents", "tokens", "repeats", "effective tokens", "with loss"],
    manifest.sources.map(({ name, documents, tokens, repeats, effectiveTokens, lossTokens }) => [
      name,
      documents,
      tokens,
      repeats,
      effectiveTokens,
      lossTokens,
    ]),
  );
  note(`written to ${out}`);
}

/** Trajectories are trained on as samples of the kind `environment`. */
async function* asSamples(documents: AsyncIterable<CorpusDocument>): AsyncGenerator<Sample> {
  for await (const { sample, trajectory } of documents) {
    if (trajectory) yield renderEnvironment(trajectory);
    if (sample) yield sample;
  }
}

function checkCount(name: string, list: readonly number[] | undefined, sources: readonly string[]) {
  if (list === undefined || list.length === sources.length) return;
  throw new CommandError(
    `${name} has ${list.length} numbers for ${sources.length} corpora; give one for each`,
  );
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError(`Not a share from 0 to 1: ${JSON.stringify(text)}.`);
}

function numbers(text: string): number[] {
  const list = text.split(",").map(Number);
  if (list.every((value) => value > 0 && Number.isFinite(value))) return list;
  throw new InvalidArgumentError(`Not numbers above 0, with commas: ${JSON.stringify(text)}.`);
}
