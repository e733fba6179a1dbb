/**
 * `bottega stats CORPUS…`: counts and measures tokens, and compares two corpora.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type CorpusDocument,
  corpusFigures,
  type CorpusMeasure,
  measureCorpus,
  NGRAM_SIZES,
  type OpenDocuments,
  openDocuments,
  SAMPLE_ROLES,
} from "../corpus/mod.ts";
import { chooseGpu, type DeviceChoice, type Gpu, type Job } from "../gpu/mod.ts";
import { mismatch } from "../stats/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import { ROLES } from "../trajectory/mod.ts";
import { withJob } from "./job.ts";
import { openTokenizer, TOKENIZER, tokenizerName } from "./open_tokenizer.ts";
import { historyOption, jsonOption, limitOption, SOURCE } from "./options.ts";
import { CommandError, note, printJson } from "./output.ts";
import type { SourceOptions } from "./sources.ts";
import { printStatistics } from "./stats_report.ts";

interface Options extends SourceOptions {
  readonly json?: boolean;
  readonly tokenizer: string;
  readonly fertility: readonly string[];
  readonly ngrams: readonly number[];
  readonly against?: string;
  readonly device: DeviceChoice;
}

/** Adds the command to `program`. */
export function addStats(program: Command): void {
  program.command("stats")
    .description("count and measure the tokens of corpora, on the GPU; compare them with another")
    .argument("<corpus...>", `corpus file of samples, or trajectories: ${SOURCE}`)
    .option("--against <corpus>", "tell how far the corpora are from this one")
    .addOption(historyOption())
    .addOption(limitOption())
    .addOption(
      new Option("--tokenizer <name>", TOKENIZER).argParser(tokenizerName).default("o200k_base"),
    )
    .addOption(
      new Option("--fertility <names>", "other vocabularies to compare, with commas")
        .argParser((text) => text.split(",").map(tokenizerName)).default([]),
    )
    .addOption(
      new Option("--ngrams <list>", "n of n-grams to count, such as 2,3").argParser(ngramSizes)
        .default(NGRAM_SIZES, NGRAM_SIZES.join()),
    )
    .addOption(
      new Option("--device <device>", "where to measure").choices(["auto", "gpu", "cpu"])
        .default("auto"),
    )
    .addOption(jsonOption())
    .action(stats);
}

async function stats(sources: string[], { json, ...options }: Options) {
  const { against, device, ...reading } = options;
  const tokenizer = await openTokenizer(options.tokenizer);
  const others = await Promise.all(options.fertility.map(openTokenizer));
  const { gpu, note: reason } = await chooseGpu(device);
  if (reason !== undefined) note(`measured on the CPU: ${reason}`);
  using _opened = gpu;
  const result = await withJob(async (job) => {
    const corpora = await openAll(sources, reading, job);
    const [other] = against === undefined ? [] : await openAll([against], reading, job);
    const all = other ? [...corpora, other] : corpora;
    const roles = all.some(({ kind }) => kind === "samples") ? SAMPLE_ROLES : ROLES;
    const options = { tokenizer, others, gpu, roles, ngrams: reading.ngrams };
    const measure = await measureAll(corpora, options, job);
    const theirs = other && await measureAll([other], options, job);
    return { ...await figuresOf(measure, tokenizer, gpu), ...(theirs && compare(measure, theirs)) };
  });
  if (json) printJson(result);
  else printStatistics(result);
  note(`measured on ${result.adapter}`);
}

/** What the command prints as JSON. */
export type StatisticsResult =
  & Awaited<ReturnType<typeof figuresOf>>
  & Partial<ReturnType<typeof compare>>;

async function figuresOf(measure: CorpusMeasure, tokenizer: Tokenizer, gpu: Gpu | null) {
  const { statistics } = measure;
  const { trajectories, tokens, byRole, length, over, adapter } = statistics;
  const figures = await corpusFigures(measure, { tokenizer, gpu });
  const { byTrajectory: _, ...behaviour } = figures.behaviour;
  const name = statistics.tokenizer;
  return {
    ...{ tokenizer: name, trajectories, tokens, byRole, length, over, adapter },
    ...figures,
    behaviour,
  };
}

function compare(ours: CorpusMeasure, theirs: CorpusMeasure) {
  const comparable = (
    { statistics: { tokenizer, tokenCounts }, ngrams, actions }: CorpusMeasure,
  ) => ({ tokenizer, tokenCounts, ngrams, actions });
  const { trajectories, tokens } = theirs.statistics;
  return {
    against: { trajectories, tokens },
    mismatch: mismatch(comparable(ours), comparable(theirs)),
  };
}

interface NamedDocuments extends OpenDocuments {
  readonly source: string;
}

function openAll(
  sources: readonly string[],
  options: SourceOptions,
  job: Job,
): Promise<NamedDocuments[]> {
  return Promise.all(sources.map(async (source) => {
    const opened = await openDocuments(source, { ...options, ...job });
    return { ...opened, source };
  }));
}

async function measureAll(
  corpora: readonly NamedDocuments[],
  options: Omit<Parameters<typeof measureCorpus>[1], keyof Job>,
  job: Job,
): Promise<CorpusMeasure> {
  async function* documents(): AsyncGenerator<CorpusDocument> {
    for (const corpus of corpora) {
      yield* corpus.documents(job);
      await corpus.close();
    }
  }
  const measure = await measureCorpus(documents(), { ...options, signal: job.signal });
  tellErrors(corpora, measure.statistics.trajectories);
  return measure;
}

/** Tells what could not be read, and why there is nothing. @throws {CommandError} if all failed. */
function tellErrors(corpora: readonly NamedDocuments[], read: number): void {
  const errors = corpora.flatMap(({ errors }) => errors);
  for (const { path, row, reason } of errors.slice(0, MOST_ERRORS)) {
    note(`${path}${row === undefined ? "" : `, row ${row}`}: ${reason}`);
  }
  if (errors.length > MOST_ERRORS) note(`and ${errors.length - MOST_ERRORS} more`);
  if (read > 0) return;
  if (errors.length > 0) throw new CommandError(`nothing could be read: ${errors.length} errors`);
  note("no trajectories found; --history reads the commits of a repository as trajectories");
}

const MOST_ERRORS = 100;

function ngramSizes(text: string): number[] {
  const sizes = text.split(",").map(Number);
  if (sizes.every((n) => Number.isInteger(n) && n >= 1 && n <= 64)) return sizes;
  throw new InvalidArgumentError(`Not whole numbers of 1 to 64: ${JSON.stringify(text)}.`);
}
