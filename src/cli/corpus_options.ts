/**
 * The options of `bottega corpus`: filters, forges and language models.
 *
 * @module
 */
import { InvalidArgumentError, Option } from "commander";
import {
  defaultFilters,
  type Filters,
  type HistoryKind,
  type Language,
  LANGUAGES,
  NO_FILTERS,
  openEnhancer,
  type UnitChoice,
} from "../corpus/mod.ts";
import { type CorpusFormat, folderCache, type MakeCorpusOptions } from "../corpus/headless.ts";
import { loadTokenizer } from "../tokenizer/mod.ts";
import { wholeNumber } from "./options.ts";
import { CommandError, note } from "./output.ts";

/** What the command was given. */
export interface CorpusFlags {
  readonly kind: HistoryKind | "environment";
  readonly out?: string;
  readonly resume?: boolean;
  readonly commits?: number;
  readonly units: UnitChoice;
  readonly tokenizer: string;
  readonly name?: string;
  readonly description?: string;
  readonly verify?: boolean;
  readonly walkOnly?: boolean;
  readonly json?: boolean;
  readonly filters: boolean;
  readonly language?: Language | "any";
  readonly sourceFiles?: number;
  readonly maxFiles?: number;
  readonly maxIssueComments?: number;
  readonly maxTokens?: number;
  readonly unmerged?: boolean;
  readonly bots?: boolean;
  readonly duplicates?: boolean;
  readonly nearDuplicates?: number | true;
  readonly benchmarks?: boolean;
  readonly exclude?: readonly string[];
  readonly maxContext?: number;
  readonly countDropped: boolean;
  readonly resolved?: boolean;
  readonly unresolved?: boolean;
  readonly forge?: string | true;
  readonly pullRequests?: number;
  readonly records?: string;
  readonly enhance?: string;
  readonly model: string;
  readonly concurrency: number;
  readonly cache: string;
  readonly format: CorpusFormat;
  readonly shardMb: number;
}

/** Filters first, then where else words come from, then the form of shards. */
export function filterOptions(): Option[] {
  const number = (flags: string, text: string, least = 0) =>
    new Option(flags, text).argParser(wholeNumber(least));
  return [
    new Option("--no-filters", "take everything that can be rendered"),
    new Option(
      "--language <name>",
      "only source of this language and documentation may change; any turns it off " +
        "(default: python, of --kind general any)",
    ).choices([...LANGUAGES, "any"]),
    number("--source-files <n>", "at most n source files of the language (default: 5)", 1),
    number("--max-files <n>", "at most n files (default: 20)", 1),
    number("--max-issue-comments <n>", "at most n comments on the issue (default: 20)"),
    number("--max-tokens <n>", "longest sample (default: 32768, of environment 131072)", 1),
    new Option("--unmerged", "take what was not merged, too"),
    new Option("--bots", "take what bots made, too"),
    new Option("--duplicates", "take what changes the same files in the same way, too"),
    new Option(
      "--near-duplicates [similarity]",
      "with --out: leave out what is nearly the same as a sample before it (default: 0.8)",
    ).argParser(similarity),
    new Option("--benchmarks", "take repositories of SWE-Bench Verified, too"),
    new Option("--exclude <list>", "more repositories to leave out, with commas").argParser(names),
    number("--max-context <n>", "lines around an edit to make it unique (default: 20)"),
    new Option("--no-count-dropped", "do not render what is dropped only to count its tokens"),
    new Option("--resolved", "of rollouts only those that passed"),
    new Option("--unresolved", "of rollouts only those that failed").conflicts("resolved"),
    new Option(
      "--forge [url]",
      "take pull requests from GitHub, or the API at this address; the token is read from " +
        "GITHUB_TOKEN",
    ),
    number("--pull-requests <n>", "with --forge: only the newest n", 1),
    new Option("--records <file>", "take pull requests from JSONL in the shapes of GitHub's API")
      .conflicts("forge"),
    new Option(
      "--enhance <url>",
      "of --kind python: let a model write summaries and messages, through the OpenAI-compatible API at this " +
        "address; the key is read from OPENAI_API_KEY",
    ),
    new Option("--model <name>", "which model").default("Qwen3-235B-A22B-Instruct-2507"),
    number("--concurrency <n>", "requests to the model at a time", 1).default(8),
    new Option("--cache <folder>", "where answers of forge and model are kept").default(".bottega"),
    new Option("--format <form>", "of shards").choices(["jsonl", "parquet"]).default("jsonl"),
    number("--shard-mb <n>", "size of a shard", 1).default(64),
  ];
}

/** What the flags say, in the room's own terms. Keys come from the environment alone. */
export async function corpusOptions(
  sources: readonly string[],
  flags: CorpusFlags,
): Promise<MakeCorpusOptions> {
  const { kind, name, description, forge, records, enhance, model, concurrency } = flags;
  if (sources.length > 1 && (name ?? records) !== undefined) {
    throw new CommandError("--name and --records are of one repository; give one source");
  }
  if (enhance !== undefined && kind !== "python") {
    throw new CommandError("--enhance writes the words of --kind python; leave it out");
  }
  if (flags.nearDuplicates !== undefined && flags.out === undefined) {
    throw new CommandError(
      "--near-duplicates needs --out: it looks at the whole corpus at its end",
    );
  }
  const filters = filtersOf(flags);
  const resolved = flags.resolved ? true : flags.unresolved ? false : undefined;
  return {
    kind,
    filters,
    tokenizer: await loadTokenizer(flags.tokenizer),
    repository: { name, description },
    commits: flags.commits,
    units: flags.units,
    maxContext: flags.maxContext,
    countDropped: flags.countDropped,
    verify: flags.verify,
    resolved,
    concurrency: enhance === undefined ? 1 : concurrency,
    enhance: enhance === undefined ? undefined : await openEnhancer({
      baseUrl: enhance,
      model,
      concurrency,
      apiKey: Deno.env.get("OPENAI_API_KEY"),
      cache: folderCache(`${flags.cache}/enhance`),
      onFallback: (reason) => note(`the original text stays: ${reason}`),
    }),
    pullRequests: records !== undefined ? { file: records } : forge === undefined ? undefined : {
      limit: flags.pullRequests,
      forge: {
        apiUrl: forge === true ? undefined : forge,
        token: Deno.env.get("GITHUB_TOKEN"),
        cache: folderCache(`${flags.cache}/forge`),
        onWait: (waitMs, reason) =>
          note(`waits ${Math.ceil(waitMs / 1000)} s for the forge: ${reason}`),
      },
    },
    out: flags.out === undefined ? undefined : outputOf(flags.out, sources, filters, flags),
  };
}

function outputOf(
  path: string,
  sources: readonly string[],
  filters: Filters,
  flags: CorpusFlags,
): MakeCorpusOptions["out"] {
  const { kind, commits, units, tokenizer, name, description, forge, pullRequests, records } =
    flags;
  const { maxContext, countDropped, resolved, unresolved, enhance, model } = flags;
  return {
    path,
    resume: flags.resume,
    nearDuplicates: flags.nearDuplicates === true ? 0.8 : flags.nearDuplicates,
    shards: /[/\\]$/.test(path)
      ? { format: flags.format, shardBytes: flags.shardMb * 2 ** 20 }
      : undefined,
    run: {
      sources,
      kind,
      filters,
      tokenizer,
      ...given({ commits, units, name, description, forge, pullRequests, records }),
      ...given({ maxContext, countDropped, resolved, unresolved }),
      ...(enhance === undefined ? {} : { enhance, model }),
    },
  };
}

function filtersOf(flags: CorpusFlags): Filters {
  const { kind, language } = flags;
  const base = flags.filters ? defaultFilters(kind) : NO_FILTERS;
  const changed = given({
    maxSourceFiles: flags.sourceFiles,
    maxFiles: flags.maxFiles,
    maxIssueComments: flags.maxIssueComments,
    maxTokens: flags.maxTokens,
    language: language === "any" ? null : language,
    mergedOnly: flags.unmerged ? false : undefined,
    withoutBots: flags.bots ? false : undefined,
    withoutDuplicates: flags.duplicates ? false : undefined,
    benchmarks: flags.benchmarks ? [] : undefined,
  });
  const filters = { ...base, ...changed } as Filters;
  return { ...filters, benchmarks: [...filters.benchmarks, ...(flags.exclude ?? [])] };
}

/** The entries that have a value. */
function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function similarity(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError(`Not above 0 and at most 1: ${JSON.stringify(text)}.`);
}

function names(text: string): string[] {
  const list = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (list.length > 0) return list;
  throw new InvalidArgumentError(`No names, with commas: ${JSON.stringify(text)}.`);
}
