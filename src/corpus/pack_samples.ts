/**
 * From samples to packed tokens: tokenise, mix, cut what is longer than the context, pack, write
 * shards that are named by their content.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { SegmentedDocument, Tokenizer } from "../tokenizer/mod.ts";
import { CorpusError } from "./corpus_error.ts";
import { mixtureRepeats } from "./mixture.ts";
import { type PackedPlan, packRows } from "./pack_rows.ts";
import {
  FLAG_LOSS,
  FLAG_START,
  type PackedManifest,
  type PackedSource,
  sha256,
  tokenBytes,
} from "./packed_dataset.ts";
import { pieceLengths } from "./packing_efficiency.ts";
import { ANSWER_ROLES } from "./sample.ts";
import { seededShuffle } from "./seeded_shuffle.ts";
import { memoryStore, type TokenStore } from "./token_store.ts";

/** What is packed: a sample, or anything else in segments. */
export interface PackDocument extends SegmentedDocument {
  /** Of an agent's run, `environment`, the markers of turns become the vocabulary's special tokens. */
  readonly kind?: string;
}

/** A source of a mixture. */
export interface PackInput {
  /** How the manifest and messages name it. */
  readonly name: string;
  readonly documents: Iterable<PackDocument> | AsyncIterable<PackDocument>;
  /** How many times each document is wanted in an epoch; of a fraction, so many of them by chance. */
  readonly repeats?: number | undefined;
  /** Its share of the tokens, against the sum of all weights; see `mixtureRepeats`. */
  readonly weight?: number | undefined;
}

/** How samples are packed. */
export interface PackOptions extends Job {
  readonly tokenizer:
    & Pick<Tokenizer, "name" | "vocabularySize" | "encode">
    & Partial<Pick<Tokenizer, "encodeWithSpecial">>;
  /** SHA-256 of the tokenizer's file, for the manifest. */
  readonly tokenizerSha256?: string | undefined;
  /** T: tokens of a row. */
  readonly context: number;
  /** Which tokens the loss counts: `all`, or those of `ANSWER_ROLES`. Default `all`. */
  readonly mask?: "all" | "answers" | undefined;
  /** Ends each document, with a loss on it; no token if it is left out. */
  readonly endOfText?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** Passes over the mixture, each packed anew. Default 1. */
  readonly epochs?: number | undefined;
  /** Bytes of a shard at most, but for a row of more. Default 64 MiB. */
  readonly shardBytes?: number | undefined;
  /** Where tokens wait: in memory unless it says otherwise. */
  readonly store?: TokenStore | undefined;
  /** Keeps a shard under its name. */
  writeShard(file: string, bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
}

/**
 * Packs sources into rows of one context length: the same documents, options and seed give the same
 * bytes. Documents longer than the context are cut into context-long pieces, no other is cut, and
 * attention is not to cross the starts that the flags mark.
 *
 * Reports the phase `pack` in tokens; what reads the documents tells of reading and tokenising.
 *
 * @returns The manifest, for `manifest.json` beside the shards.
 * @throws {CorpusError} `bad-option`; `bad-dataset` where there is nothing to pack.
 * @throws the signal's reason when it is aborted.
 * @example
 * ```ts
 * import { loadTokenizer, openPackedDataset, packSamples } from "bottega";
 * const shards = new Map<string, Uint8Array<ArrayBuffer>>();
 * const manifest = await packSamples(
 *   [{ name: "hello", documents: [{ segments: [{ role: "context", text: "hello world" }] }] }],
 *   {
 *     tokenizer: await loadTokenizer("o200k_base"),
 *     context: 8,
 *     writeShard: (file, bytes) => void shards.set(file, bytes),
 *   },
 * );
 * const readShard = (file: string) => Promise.resolve(shards.get(file)!);
 * const { tokens } = await openPackedDataset({ manifest, readShard }).readRows(0, 1);
 * ```
 */
export async function packSamples(
  sources: readonly PackInput[],
  options: PackOptions,
): Promise<PackedManifest> {
  const { context, seed = 0, epochs = 1, store = memoryStore(), tokenizer } = options;
  checkOptions(options);
  const collected: Collected[] = [];
  let offset = 0;
  for (const source of sources) {
    const documents = await collect(source, offset, store, options);
    collected.push(documents);
    offset += documents.tokens;
  }
  if (offset === 0) {
    throw new CorpusError(
      "bad-dataset",
      `There are no tokens to pack in ${
        sources.map(({ name }) => name).join(", ") || "no source"
      }.`,
    );
  }
  const repeats = mixtureRepeats(
    collected.map(({ tokens, input: { name, weight, repeats } }) => ({
      name,
      tokens,
      weight,
      repeats,
    })),
  );
  const passes = Array.from({ length: epochs }, (_, epoch) => {
    const picks = collected.map((source, i) =>
      pick(source.lengths, repeats[i] ?? 1, seed + 7919 * epoch + 104_729 * i)
    );
    const pieces = cutIntoPieces(collected, picks, context);
    return { picks, pieces, plan: packRows(pieces.lengths, context, seed + 15_485_863 * epoch) };
  });

  const dtype = tokenizer.vocabularySize <= 2 ** 16 ? "u16" : "u32";
  const written = await writeRows(passes, dtype, store, options);
  const { tokenizerSha256 } = options;
  return {
    format: "bottega-packed-1",
    tokenizer: {
      name: tokenizer.name,
      vocabularySize: tokenizer.vocabularySize,
      ...(tokenizerSha256 === undefined ? {} : { sha256: tokenizerSha256 }),
    },
    context,
    dtype,
    seed,
    ...written,
    documents: passes.reduce((sum, { plan }) => sum + plan.pieces.length, 0),
    sources: collected.map((source, i) =>
      describe(source, passes.map(({ picks }) => picks[i] ?? new Uint32Array()))
    ),
  };
}

/** The documents of a source: where they are in the store, and how long. */
interface Collected {
  readonly input: PackInput;
  /** (D) f64: counts of tokens may pass 2³². */
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly lossTokens: readonly number[];
  readonly tokens: number;
}

async function collect(
  input: PackInput,
  start: number,
  store: TokenStore,
  { tokenizer, mask = "all", endOfText, signal }: PackOptions,
): Promise<Collected> {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const lossTokens: number[] = [];
  let offset = start;
  let pausedAt = performance.now();
  for await (const { segments, kind } of input.documents) {
    let length = 0;
    let loss = 0;
    const append = (tokens: Uint32Array, counts: boolean) => {
      const flag = counts ? FLAG_LOSS : 0;
      store.append(tokens, new Uint8Array(tokens.length).fill(flag));
      length += tokens.length;
      loss += counts ? tokens.length : 0;
    };
    for (const { role, text } of segments) {
      const marked = kind === "environment" && MARKED.has(role);
      const tokens = marked && tokenizer.encodeWithSpecial
        ? tokenizer.encodeWithSpecial(text)
        : tokenizer.encode(text);
      append(tokens, mask === "all" || ANSWERS.has(role));
    }
    if (length > 0 && endOfText !== undefined) append(Uint32Array.of(endOfText), true);
    if (length === 0) continue;
    offsets.push(offset);
    lengths.push(length);
    lossTokens.push(loss);
    offset += length;
    if (performance.now() - pausedAt < 30) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    pausedAt = performance.now();
  }
  signal?.throwIfAborted();
  return { input, offsets, lengths, lossTokens, tokens: offset - start };
}

const ANSWERS: ReadonlySet<string> = new Set(ANSWER_ROLES);

/** What the rendering and the agent write. A repository's files may quote a marker, and not be one. */
const MARKED: ReadonlySet<string> = new Set(["context", "thought", "action"]);

/** Each document as often as it is wanted; of a fraction, documents by chance up to their share. */
function pick(lengths: readonly number[], repeats: number, seed: number): Uint32Array {
  const picks: number[] = [];
  const whole = Math.floor(repeats);
  for (let copy = 0; copy < whole; copy++) {
    for (let i = 0; i < lengths.length; i++) picks.push(i);
  }
  let wanted = (repeats - whole) * lengths.reduce((sum, length) => sum + length, 0);
  for (const i of seededShuffle(lengths.length, seed)) {
    const length = lengths[i] ?? 0;
    // Taking it must come nearer to what is wanted than leaving it.
    if (2 * wanted < length) continue;
    picks.push(i);
    wanted -= length;
  }
  return Uint32Array.from(picks);
}

/** (P) what goes into rows. */
interface Pieces {
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
}

function cutIntoPieces(
  sources: readonly Collected[],
  picks: readonly Uint32Array[],
  context: number,
): Pieces {
  const picked = sources.flatMap((source, s) => Array.from(picks[s] ?? [], (i) => ({ source, i })));
  const lengths = Uint32Array.from(picked, ({ source, i }) => source.lengths[i] ?? 0);
  const pieces = pieceLengths(lengths, context);
  const offsets = new Float64Array(pieces.length);
  let piece = 0;
  for (const { source, i } of picked) {
    const [start, length] = [source.offsets[i] ?? 0, source.lengths[i] ?? 0];
    for (let at = 0; at < length; at += context) offsets[piece++] = start + at;
  }
  return { offsets, lengths: pieces };
}

interface Pass {
  readonly pieces: Pieces;
  readonly plan: PackedPlan;
}

async function writeRows(
  passes: readonly Pass[],
  dtype: PackedManifest["dtype"],
  store: TokenStore,
  { context: T, shardBytes = 2 ** 26, writeShard, signal, onProgress }: PackOptions,
): Promise<Pick<PackedManifest, "rows" | "tokens" | "lossTokens" | "shards">> {
  const rows = passes.reduce((sum, { plan }) => sum + plan.rows, 0);
  const all = passes.reduce(
    (sum, { pieces }) => sum + pieces.lengths.reduce((a, b) => a + b, 0),
    0,
  );
  const perShard = Math.max(1, Math.floor(shardBytes / (T * (tokenBytes({ dtype }) + 1))));
  const shards: PackedManifest["shards"] = [];
  let [tokens, lossTokens] = [0, 0];
  const report = () => onProgress?.({ phase: "pack", done: tokens, total: all, unit: "tokens" });

  report();
  const each = rowsOf(passes);
  for (let first = 0; first < rows; first += perShard) {
    signal?.throwIfAborted();
    const height = Math.min(perShard, rows - first);
    const shard = { tokens: new Uint32Array(height * T), flags: new Uint8Array(height * T) };
    for (let row = 0; row < height; row++) {
      const { value } = each.next();
      if (value) tokens += fillRow(shard, row * T, T, value, store);
    }
    for (const flag of shard.flags) lossTokens += flag & FLAG_LOSS;
    const bytes = shardBytesOf(shard.tokens, shard.flags, dtype);
    const hash = await sha256(bytes);
    const file = `${hash}.tokens`;
    await writeShard(file, bytes);
    shards.push({ file, sha256: hash, rows: height, sizeBytes: bytes.length });
    report();
  }
  return { rows, tokens, lossTokens, shards };
}

/** A row's pieces. */
interface Row extends Pass {
  readonly begin: number;
  readonly end: number;
}

function* rowsOf(passes: readonly Pass[]): Generator<Row, undefined> {
  for (const { pieces, plan } of passes) {
    for (let row = 0; row < plan.rows; row++) {
      yield { pieces, plan, begin: plan.rowOffsets[row]!, end: plan.rowOffsets[row + 1]! };
    }
  }
}

/** @returns Tokens of the row that are no padding. */
function fillRow(
  shard: { tokens: Uint32Array; flags: Uint8Array },
  start: number,
  T: number,
  { pieces, plan, begin, end }: Row,
  store: TokenStore,
): number {
  let at = start;
  for (const piece of plan.pieces.subarray(begin, end)) {
    const next = at + pieces.lengths[piece]!;
    const flags = shard.flags.subarray(at, next);
    store.read(pieces.offsets[piece]!, shard.tokens.subarray(at, next), flags);
    flags[0]! |= FLAG_START;
    at = next;
  }
  // Padding is a document of its own, so that nothing attends from it to what is before.
  if (at < start + T) shard.flags[at] = FLAG_START;
  return at - start;
}

/** Tokens in little endian, then flags. */
function shardBytesOf(
  tokens: Uint32Array,
  flags: Uint8Array,
  dtype: PackedManifest["dtype"],
): Uint8Array<ArrayBuffer> {
  const width = tokenBytes({ dtype });
  const bytes = new Uint8Array(tokens.length * (width + 1));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < tokens.length; i++) {
    if (width === 2) view.setUint16(2 * i, tokens[i]!, true);
    else view.setUint32(4 * i, tokens[i]!, true);
  }
  bytes.set(flags, tokens.length * width);
  return bytes;
}

function describe(source: Collected, epochs: readonly Uint32Array[]): PackedSource {
  const { input: { name, weight }, lengths, lossTokens, tokens } = source;
  const sum = (of: readonly number[]) =>
    epochs.reduce((sum, picks) => picks.reduce((all, i) => all + (of[i] ?? 0), sum), 0);
  const effectiveTokens = sum(lengths);
  return {
    name,
    weight: weight ?? null,
    repeats: tokens === 0 ? 0 : effectiveTokens / tokens,
    documents: lengths.length,
    tokens,
    effectiveTokens,
    lossTokens: sum(lossTokens),
  };
}

function checkOptions({ context, epochs = 1, seed = 0, endOfText, tokenizer }: PackOptions): void {
  const whole = (name: string, value: number, least: number) => {
    if (Number.isSafeInteger(value) && value >= least) return;
    throw new CorpusError(
      "bad-option",
      `${name} is ${value}. Give a whole number of ${least} or more.`,
    );
  };
  whole("context", context, 2);
  whole("epochs", epochs, 1);
  whole("seed", seed, 0);
  if (endOfText !== undefined && endOfText >= tokenizer.vocabularySize) {
    throw new CorpusError(
      "bad-option",
      `endOfText is ${endOfText}, and ${tokenizer.name} has ${tokenizer.vocabularySize} tokens.`,
    );
  }
}
