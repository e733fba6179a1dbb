/**
 * From samples to packed tokens: tokenise, mix, cut what is longer than the context, pack, write
 * shards that are named by their content.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { SegmentedDocument, Tokenizer } from "../tokenizer/mod.ts";
import { collectDocuments, type Collected } from "./collect_documents.ts";
import { CorpusError } from "./corpus_error.ts";
import { mixtureRepeats } from "./mixture.ts";
import { cutIntoPieces, pickDocuments, wholeDocuments, withAdded } from "./pack_pieces.ts";
import { packRows } from "./pack_rows.ts";
import type { PackedManifest, PackedSource } from "./packed_dataset.ts";
import { memoryStore, type TokenStore } from "./token_store.ts";
import { topUpRows } from "./top_up_rows.ts";
import { writeRows } from "./write_rows.ts";

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
  /**
   * The share of a pass's slots that are to hold tokens: where packing alone fills fewer, rows are
   * topped up with whole documents once more, see `topUpRows`. Default 0, no document repeated.
   */
  readonly fill?: number | undefined;
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
  const { context, seed = 0, epochs = 1, fill = 0, store = memoryStore(), tokenizer } = options;
  checkOptions(options);
  const collected: Collected[] = [];
  let offset = 0;
  for (const source of sources) {
    const documents = await collectDocuments(source, offset, store, options);
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
      pickDocuments(source.lengths, repeats[i] ?? 1, seed + 7919 * epoch + 104_729 * i)
    );
    const pieces = cutIntoPieces(collected, picks, context);
    const planSeed = seed + 15_485_863 * epoch;
    const plan = packRows(pieces.lengths, context, planSeed);
    const filled = pieces.lengths.reduce((sum, length) => sum + length, 0) / (plan.rows * context);
    if (filled >= fill) return { picks, pieces, plan };
    const topped = topUpRows(
      plan,
      pieces.lengths,
      wholeDocuments(collected, pieces),
      context,
      planSeed + 2,
    );
    return { picks: withAdded(picks, pieces, topped.added), pieces, plan: topped };
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

function checkOptions(
  { context, epochs = 1, seed = 0, fill = 0, endOfText, tokenizer }: PackOptions,
): void {
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
  if (!(fill >= 0 && fill <= 1)) {
    throw new CorpusError("bad-option", `fill is ${fill}. Give a share from 0 to 1.`);
  }
  if (endOfText !== undefined && endOfText >= tokenizer.vocabularySize) {
    throw new CorpusError(
      "bad-option",
      `endOfText is ${endOfText}, and ${tokenizer.name} has ${tokenizer.vocabularySize} tokens.`,
    );
  }
}
