/**
 * Everything that is counted about a corpus, in one pass over its documents and in bounded memory:
 * documents are tokenised and measured some millions of characters at a time.
 *
 * @module
 */
import type { Gpu, Job } from "../gpu/mod.ts";
import {
  type ActionLog,
  actionLog,
  addTextSizes,
  type CorpusStatistics,
  corpusStatistics,
  countNgrams,
  documentsOf,
  mergeActionLogs,
  mergeNgramCounts,
  mergeSegmentLengths,
  mergeSignatures,
  mergeStatistics,
  minHash,
  minHashCpu,
  type NgramCounts,
  NgramTable,
  type SegmentLengths,
  segmentLengths,
  SIGNATURE_BINS,
  StatisticsError,
  type TextSize,
  textSize,
} from "../stats/mod.ts";
import { type Tokenizer, tokenizeSegments } from "../tokenizer/mod.ts";
import { parseTurn, type ToolCall } from "../trajectory/mod.ts";
import type { CorpusDocument } from "./read_documents.ts";

/** The counts of a corpus. Plain data: it survives `postMessage` unchanged. */
export interface CorpusMeasure {
  readonly statistics: CorpusStatistics;
  readonly lengths: SegmentLengths;
  /** One for each n that was asked for. */
  readonly ngrams: readonly NgramCounts[];
  readonly size: TextSize;
  /** Tokens that other vocabularies make of the same text, by their name. */
  readonly otherTokens: Readonly<Record<string, number>>;
  readonly actions: ActionLog;
  /** (D, 64) MinHash signatures of the first D documents, a million at most. */
  readonly signatures: Uint32Array;
}

/** What is measured, and with what. */
export interface MeasureOptions extends Job {
  readonly tokenizer: Tokenizer;
  /** The roles that the documents' segments may have. */
  readonly roles: readonly string[];
  /** Null counts on the CPU. */
  readonly gpu: Gpu | null;
  /** The n of n-grams, default {@linkcode NGRAM_SIZES}. */
  readonly ngrams?: readonly number[] | undefined;
  /** Other vocabularies, to compare what they make of the text. */
  readonly others?: readonly Tokenizer[] | undefined;
  /** UTF-16 units of text that are measured at a time. Default 4 Mi, which takes some 200 MB. */
  readonly shardCharacters?: number | undefined;
}

/** The n-grams that are counted unless others are asked for. */
export const NGRAM_SIZES = [2, 3, 5] as const;

/**
 * Measures documents as they come. The same numbers for every shard size, on every adapter and on the
 * CPU. Memory: one shard, 45 MB for each n at most, 300 bytes a document and 4 a segment.
 *
 * It reports nothing: whoever reads the documents tells how far it is.
 *
 * @throws {RangeError} for a role that is not among `roles`.
 * @throws the signal's reason when it is aborted.
 * @example
 * ```ts
 * import { loadTokenizer, measureCorpus, SAMPLE_ROLES } from "bottega";
 * const documents = [{ id: "a", segments: [{ role: "context", text: "hello hello" }] }];
 * const tokenizer = await loadTokenizer();
 * const { statistics } = await measureCorpus(documents, { tokenizer, roles: SAMPLE_ROLES, gpu: null });
 * console.log(statistics.tokens); // 2
 * ```
 */
export async function measureCorpus(
  documents: Iterable<CorpusDocument> | AsyncIterable<CorpusDocument>,
  options: MeasureOptions,
): Promise<CorpusMeasure> {
  const { ngrams = NGRAM_SIZES, shardCharacters = 2 ** 22, signal } = options;
  const tables = ngrams.map((n) => new NgramTable(n, NGRAM_CAPACITY));
  let whole: Omit<CorpusMeasure, "ngrams"> | undefined;
  let pending: Omit<CorpusMeasure, "ngrams">[] = [];
  const flush = () => {
    whole = mergeParts([...(whole ? [whole] : []), ...pending]);
    pending = [];
  };
  for await (const shard of shardsOf(documents, shardCharacters)) {
    signal?.throwIfAborted();
    pending.push(await measureShard(shard, tables, options));
    if (pending.length >= SHARDS_PENDING) flush();
  }
  signal?.throwIfAborted();
  if (whole === undefined && pending.length === 0) {
    pending.push(await measureShard([], tables, options));
  }
  flush();
  return { ...whole!, ngrams: tables.map((table) => table.toCounts()) };
}

/**
 * Puts shards together in their order: equal to the measure of the whole.
 *
 * @throws {StatisticsError} "not-mergeable" for no shards, or shards that were measured otherwise.
 */
export function mergeMeasures(shards: readonly CorpusMeasure[]): CorpusMeasure {
  const [first] = shards;
  const sizes = (shard: CorpusMeasure | undefined) => String(shard?.ngrams.map(({ n }) => n));
  if (first === undefined || shards.some((shard) => sizes(shard) !== sizes(first))) {
    throw new StatisticsError(
      "not-mergeable",
      `Measures with n-grams of ${
        shards.map(sizes).join(" and of ") || "nothing"
      } cannot be merged.`,
    );
  }
  return {
    ...mergeParts(shards),
    ngrams: first.ngrams.map((_, i) => mergeNgramCounts(shards.map(({ ngrams }) => ngrams[i]!))),
  };
}

/** The calls of a document's agent: those of a trajectory, or what a sample's actions are read as. */
export function callsOf({ trajectory, segments }: CorpusDocument): readonly ToolCall[] {
  if (trajectory) return trajectory.steps.flatMap(({ calls }) => calls);
  return segments.filter(({ role }) => role === "action").flatMap(({ text }) =>
    parseTurn(text).calls
  );
}

async function measureShard(
  documents: readonly CorpusDocument[],
  tables: readonly NgramTable[],
  { tokenizer, others = [], roles, gpu, signal }: MeasureOptions,
): Promise<Omit<CorpusMeasure, "ngrams">> {
  const corpus = await tokenizeSegments(documents, roles, tokenizer, { signal });
  const tokens = documentsOf(corpus);
  for (const table of tables) {
    await countNgrams(gpu, table, tokens, { signal });
    await pause(signal);
  }
  const sizes = documents.flatMap(({ segments }) => segments.map(({ text }) => textSize(text)));
  return {
    statistics: await corpusStatistics(corpus, { gpu, signal }),
    lengths: await segmentLengths(corpus, gpu, { signal }),
    size: sizes.reduce(addTextSizes, { bytes: 0, lines: 0 }),
    otherTokens: Object.fromEntries(
      others.map((other) => [other.name, countAll(documents, other)]),
    ),
    actions: actionLog(documents.map(callsOf)),
    signatures: gpu ? await minHash(gpu, tokens, { signal }) : minHashCpu(tokens),
  };
}

function countAll(documents: readonly CorpusDocument[], tokenizer: Tokenizer): number {
  let count = 0;
  for (const { segments } of documents) {
    for (const { text } of segments) count += tokenizer.encode(text).length;
  }
  return count;
}

function mergeParts(
  parts: readonly Omit<CorpusMeasure, "ngrams">[],
): Omit<CorpusMeasure, "ngrams"> {
  const names = [...new Set(parts.flatMap(({ otherTokens }) => Object.keys(otherTokens)))];
  const signatures = mergeSignatures(parts.map(({ signatures }) => signatures));
  return {
    statistics: mergeStatistics(parts.map(({ statistics }) => statistics)),
    lengths: mergeSegmentLengths(parts.map(({ lengths }) => lengths)),
    size: parts.map(({ size }) => size).reduce(addTextSizes, { bytes: 0, lines: 0 }),
    otherTokens: Object.fromEntries(
      names.map((
        name,
      ) => [name, parts.reduce((sum, part) => sum + (part.otherTokens[name] ?? 0), 0)]),
    ),
    actions: mergeActionLogs(parts.map(({ actions }) => actions)),
    signatures: signatures.subarray(0, MOST_SIGNATURES * SIGNATURE_BINS),
  };
}

/** Documents in lists of about so much text, each of one document at least. */
async function* shardsOf(
  documents: Iterable<CorpusDocument> | AsyncIterable<CorpusDocument>,
  shardCharacters: number,
): AsyncGenerator<CorpusDocument[]> {
  let shard: CorpusDocument[] = [];
  let characters = 0;
  for await (const document of documents) {
    shard.push(document);
    for (const { text } of document.segments) characters += text.length;
    if (characters < shardCharacters) continue;
    yield shard;
    shard = [];
    characters = 0;
  }
  if (shard.length > 0) yield shard;
}

/** Lets other work in, so that an abort arrives. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}

const NGRAM_CAPACITY = 2 ** 20;
const SHARDS_PENDING = 8;
const MOST_SIGNATURES = 1_000_000;
