/**
 * `bottega tokenizer train|encode|decode|info`: text to tokens and back, and new vocabularies.
 *
 * @module
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Job } from "../gpu/mod.ts";
import { openDocuments } from "../corpus/mod.ts";
import { type SplitName, trainTokenizer } from "../tokenizer/mod.ts";
import { readFile } from "./input_file.ts";
import { withJob } from "./job.ts";
import { openTokenizer, TOKENIZER, tokenizerName } from "./open_tokenizer.ts";
import { historyOption, jsonOption, limitOption, SOURCE, wholeNumber } from "./options.ts";
import { CommandError, note, print, printJson, printTable } from "./output.ts";
import type { SourceOptions } from "./sources.ts";

interface TokenizerOptions {
  readonly json?: boolean;
  readonly tokenizer: string;
  readonly special?: boolean;
}

interface TrainOptions extends SourceOptions {
  readonly json?: boolean;
  readonly size: number;
  readonly out: string;
  readonly special: readonly string[];
  readonly split: SplitName;
  readonly workers?: number;
  readonly text?: boolean;
}

/** Adds the command and its subcommands to `program`. */
export function addTokenizer(program: Command): void {
  const tokenizer = program.command("tokenizer")
    .description("turn text into tokens and back; train a vocabulary");
  const tokenizerOption = () =>
    new Option("--tokenizer <name>", TOKENIZER).argParser(tokenizerName).default("o200k_base");
  tokenizer.command("train")
    .description("train a byte-level BPE vocabulary, written as tokenizer.json")
    .argument("<corpus...>", `corpus file of samples, or trajectories: ${SOURCE}`)
    .requiredOption("--size <n>", "tokens of the vocabulary", wholeNumber(257, 65_535))
    .requiredOption("--out <folder>", "where tokenizer.json and tokenizer_config.json go")
    .option("--special <token...>", "special tokens", ["<|endoftext|>"])
    .addOption(
      new Option("--split <name>", "how text is cut into pieces, named after who cuts so")
        .choices(["qwen2", "llama3", "o200k", "gpt2"]).default("qwen2"),
    )
    .option("--workers <n>", "workers that count pieces", wholeNumber(1, 64))
    .option("--text", "read the files as plain text")
    .addOption(historyOption())
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(train);
  tokenizer.command("encode")
    .description("print the token ids of a file")
    .argument("<file>", "text in UTF-8; other bytes count as U+FFFD")
    .addOption(tokenizerOption())
    .option("--special", "find special tokens in the text, instead of taking them for text")
    .addOption(jsonOption())
    .action(encode);
  tokenizer.command("decode")
    .description("print the text of token ids")
    .argument("<file>", "ids as JSON, a list or {ids}, or as numbers with spaces between them")
    .addOption(tokenizerOption())
    .addOption(jsonOption())
    .action(decode);
  tokenizer.command("info")
    .description("print what a tokenizer is")
    .addOption(tokenizerOption())
    .addOption(jsonOption())
    .action(info);
}

async function train(sources: string[], options: TrainOptions) {
  const { json, size, out, special, split, workers, text, ...reading } = options;
  const trained = await withJob((job) =>
    trainTokenizer(text ? plainTexts(sources) : corpusTexts(sources, { ...reading, ...job }), {
      vocabularySize: size,
      specialTokens: special,
      split,
      ...(workers !== undefined && { workers }),
      ...job,
    })
  );
  await Deno.mkdir(out, { recursive: true });
  await Deno.writeTextFile(join(out, "tokenizer.json"), JSON.stringify(trained.tokenizer, null, 1));
  await Deno.writeTextFile(
    join(out, "tokenizer_config.json"),
    JSON.stringify(trained.config, null, 2),
  );
  const { vocabularySize } = trained;
  if (vocabularySize < size) {
    note(`the corpus gives ${vocabularySize} tokens only: no further pair occurs twice`);
  }
  if (json) printJson({ folder: out, vocabularySize, specialTokens: special, split });
  else print(`${vocabularySize} tokens, in ${join(out, "tokenizer.json")}`);
}

async function* plainTexts(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield await readFile(path);
}

/** Segment by segment: what stands at their borders must not become a token. */
async function* corpusTexts(
  sources: readonly string[],
  options: SourceOptions & Job,
): AsyncGenerator<string> {
  for (const source of sources) {
    const corpus = await openDocuments(source, options);
    for await (const { segments } of corpus.documents({ signal: options.signal })) {
      for (const { text } of segments) yield text;
    }
    for (const { path, row, reason } of corpus.errors) {
      note(`${path}${row === undefined ? "" : `, row ${row}`}: ${reason}`);
    }
    await corpus.close();
  }
}

async function encode(path: string, { json, tokenizer: name, special }: TokenizerOptions) {
  const bytes = await readFile(path);
  const tokenizer = await openTokenizer(name);
  const ids = special
    ? tokenizer.encodeWithSpecial(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes))
    : tokenizer.encode(bytes);
  // On one line: millions of ids are usual.
  print(json ? JSON.stringify({ ids: Array.from(ids) }) : ids.join(" "));
}

async function decode(path: string, { json, tokenizer: name }: TokenizerOptions) {
  const ids = readIds(new TextDecoder().decode(await readFile(path)), path);
  const tokenizer = await openTokenizer(name);
  const text = tokenizer.decode(ids);
  if (json) printJson({ text });
  else print(text);
}

function readIds(text: string, path: string): number[] {
  let ids: unknown;
  try {
    const value: unknown = /^\s*[[{]/.test(text) ? JSON.parse(text) : null;
    ids = typeof value === "object" && value !== null && "ids" in value ? value.ids : value;
  } catch (error) {
    throw new CommandError(`"${path}" is not JSON: ${String(error)}`);
  }
  const list = Array.isArray(ids) ? ids : text.trim() === "" ? [] : text.trim().split(/\s+/);
  return list.map((id: unknown, i) => {
    const number = typeof id === "string" && /^\d+$/.test(id) ? Number(id) : id;
    if (typeof number === "number") return number;
    throw new CommandError(`"${path}" has no id at place ${i + 1}: ${JSON.stringify(id)}`);
  });
}

async function info({ json, tokenizer: name }: TokenizerOptions) {
  const { vocabularySize, endOfText, specialTokens, config } = await openTokenizer(name);
  const hasChatTemplate = config?.["chat_template"] !== undefined;
  const special = Object.fromEntries(specialTokens);
  if (json) {
    printJson({ name, vocabularySize, endOfText, specialTokens: special, hasChatTemplate });
    return;
  }
  print(`${name}: ${vocabularySize.toLocaleString("en")} tokens, byte-level BPE`);
  print(`chat template: ${hasChatTemplate ? "yes" : "none"}`);
  print("");
  printTable(["special token", "id"], [...specialTokens].map(([token, id]) => [token, id]));
  if (endOfText !== undefined) note(`documents end with ${endOfText}`);
}
