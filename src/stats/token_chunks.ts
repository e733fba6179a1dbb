/**
 * Documents as kernels of n-grams take them: tokens in chunks that overlap by n - 1, with the document
 * of each token beside it.
 *
 * @module
 */

import { createBuffers, type Gpu, type Job } from "../gpu/mod.ts";
import { StatisticsError } from "./error.ts";

/** N tokens of K documents. */
export interface DocumentTokens {
  /** (N) */
  readonly tokens: Uint32Array;
  /** (K + 1) where each document begins in `tokens`, ascending; the last entry is N. */
  readonly offsets: Uint32Array;
}

/** A part of the tokens, and as many after it as an n-gram that begins in it may need. */
export interface TokenChunk {
  readonly tokens: Uint32Array;
  /** The document of each token, counted from `firstDocument`. */
  readonly documents: Uint32Array;
  readonly firstDocument: number;
  readonly documentCount: number;
  /** M: how many of the tokens n-grams may begin at; the rest is for the last ones of them. */
  readonly items: number;
}

/** The documents of a tokenised corpus: its trajectories or samples, whatever their segments. */
export function documentsOf(corpus: {
  readonly tokens: Uint32Array;
  readonly segmentOffsets: Uint32Array;
  readonly segmentTrajectories: Uint32Array;
  readonly trajectoryCount: number;
}): DocumentTokens {
  const { tokens, segmentOffsets, segmentTrajectories, trajectoryCount: K } = corpus;
  const offsets = new Uint32Array(K + 1);
  for (const [i, k] of segmentTrajectories.entries()) {
    offsets[k + 1]! += segmentOffsets[i + 1]! - segmentOffsets[i]!;
  }
  for (let k = 0; k < K; k++) offsets[k + 1]! += offsets[k]!;
  return { tokens, offsets };
}

/** @throws {StatisticsError} "bad-corpus" where offsets descend or do not reach over all tokens. */
export function checkDocuments({ tokens, offsets }: DocumentTokens): void {
  const descent = offsets.findIndex((offset, k) => k > 0 && offset < offsets[k - 1]!);
  if (offsets[0] === 0 && offsets.at(-1) === tokens.length && descent < 0) return;
  throw new StatisticsError(
    "bad-corpus",
    `The documents reach from token ${offsets[0]} to ${offsets.at(-1)}` +
      (descent < 0 ? "" : `, and document ${descent} begins before the one before it`) +
      `; there are ${tokens.length} tokens. Offsets begin with 0, ascend, and end with the number ` +
      "of tokens.",
  );
}

/** @throws {StatisticsError} "bad-size" for an n that no n-gram can have. */
export function checkNgramSize(n: number): void {
  if (Number.isInteger(n) && n >= 1 && n <= 64) return;
  throw new StatisticsError("bad-size", `n is ${n}. Give a whole number of 1 to 64.`);
}

/** How many n-grams documents have: those that reach over a document's end are none. */
export function ngramTotal({ offsets }: DocumentTokens, n: number): number {
  let total = 0;
  for (let k = 0; k + 1 < offsets.length; k++) {
    total += Math.max(0, offsets[k + 1]! - offsets[k]! - n + 1);
  }
  return total;
}

/** Cuts documents into chunks of at most `chunkTokens` n-grams. */
export function* tokenChunks(
  { tokens, offsets }: DocumentTokens,
  n: number,
  chunkTokens = CHUNK_TOKENS,
): Generator<TokenChunk> {
  let firstDocument = 0;
  for (let begin = 0; begin < tokens.length; begin += chunkTokens) {
    const items = Math.min(chunkTokens, tokens.length - begin);
    const end = Math.min(tokens.length, begin + items + n - 1);
    while (offsets[firstDocument + 1]! <= begin) firstDocument++;
    const documents = new Uint32Array(end - begin);
    let k = firstDocument;
    for (; offsets[k]! < end; k++) {
      documents.fill(
        k - firstDocument,
        Math.max(0, offsets[k]! - begin),
        Math.min(end, offsets[k + 1]!) - begin,
      );
    }
    const documentCount = k - firstDocument;
    yield { tokens: tokens.subarray(begin, end), documents, firstDocument, documentCount, items };
  }
}

/**
 * Does `work` with each chunk in turn, with buffers that are freed after it. Reports the phase
 * `measure` in tokens.
 *
 * @throws the signal's reason when it is aborted, between two chunks.
 */
export async function eachChunk(
  gpu: Gpu,
  documents: DocumentTokens,
  n: number,
  { signal, onProgress }: Job,
  work: (chunk: TokenChunk, buffers: ReturnType<typeof createBuffers>) => Promise<void>,
): Promise<void> {
  const total = documents.tokens.length;
  let done = 0;
  const report = () => onProgress?.({ phase: "measure", done, total, unit: "tokens" });
  report();
  for (const chunk of tokenChunks(documents, n)) {
    signal?.throwIfAborted();
    using buffers = createBuffers(gpu);
    await work(chunk, buffers);
    done += chunk.items;
    report();
  }
  signal?.throwIfAborted();
}

/** Keeps every buffer of a chunk below 64 MiB. */
export const CHUNK_TOKENS = 2 ** 21;
