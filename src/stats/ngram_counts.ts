/**
 * How often n-grams of tokens occur, how many different ones there are, and the most frequent.
 *
 * @module
 */

import code from "../../shaders/stats/ngram_counts.wgsl?raw" with { type: "text" };
import { createKernel, createProgram, type Gpu, type Job } from "../gpu/mod.ts";
import { StatisticsError } from "./error.ts";
import { highHash, lowHash, ngramHashWork } from "./ngram_hash.ts";
import { type NgramCounts, NgramTable } from "./ngram_table.ts";
import {
  checkDocuments,
  checkNgramSize,
  type DocumentTokens,
  eachChunk,
  ngramTotal,
} from "./token_chunks.ts";

/** Options of {@linkcode ngramCounts}. */
export interface NgramOptions {
  /**
   * Most different n-grams that are kept, 64 or more; of more than that, a sample. Default 2²⁰, which
   * takes 20 + 4n bytes each.
   */
  readonly capacity?: number | undefined;
}

/**
 * Counts n-grams on the GPU, in documents and never across two of them. Exact: equal to
 * {@linkcode ngramCountsCpu}. Reports the phase `measure` in tokens.
 *
 * @throws {StatisticsError} "bad-corpus"; "bad-size" for an n that is not 1 to 64, or a capacity below
 * 64; "overflow".
 * @throws {GpuError} As `createProgram`; the signal's reason when it is aborted.
 * @example
 * ```ts
 * import { ngramCounts, openGpu } from "bottega";
 * using gpu = await openGpu();
 * const documents = { tokens: Uint32Array.of(1, 2, 1, 2), offsets: Uint32Array.of(0, 4) };
 * const { total, counts } = await ngramCounts(gpu, documents, 2);
 * console.log(total, counts.length); // 3 2
 * ```
 */
export async function ngramCounts(
  gpu: Gpu,
  documents: DocumentTokens,
  n: number,
  { capacity, ...job }: NgramOptions & Job = {},
): Promise<NgramCounts> {
  checkNgramSize(n);
  const table = new NgramTable(n, checkedCapacity(capacity));
  await countNgrams(gpu, table, documents, job);
  return table.toCounts();
}

/**
 * Counts the n-grams of documents into a table, for corpora that come in parts: the same table as
 * that of all parts at once. Reports the phase `measure` in tokens.
 *
 * @param gpu null counts on the CPU.
 * @throws As {@linkcode ngramCounts}.
 */
export async function countNgrams(
  gpu: Gpu | null,
  table: NgramTable,
  documents: DocumentTokens,
  job: Job = {},
): Promise<void> {
  checkDocuments(documents);
  const { n } = table;
  table.total += ngramTotal(documents, n);
  if (gpu === null) return addDocuments(table, documents);
  await eachChunk(gpu, documents, n, job, async (chunk, buffers) => {
    const { hashes, dispatch } = await ngramHashWork(gpu, chunk, n, buffers);
    const constants = { wg: WG, level: table.level };
    const kernel = await createKernel(gpu, { label: "ngram_counts", code, constants });
    const C = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * chunk.items)));
    const slots = buffers.zeroed("ngram_slots", 8 * C);
    const workgroups = Math.ceil(chunk.items / WG);
    const program = await createProgram(gpu, "ngram_counts", [
      dispatch,
      { kernel, bindings: [hashes, slots], workgroups },
    ]);
    const [bytes] = await program.submit([slots]);
    addSlots(table, new Uint32Array(bytes), chunk.tokens);
  });
}

/** The reference: what {@linkcode ngramCounts} gives, in one loop on the CPU. */
export function ngramCountsCpu(
  documents: DocumentTokens,
  n: number,
  { capacity }: NgramOptions = {},
): NgramCounts {
  checkDocuments(documents);
  checkNgramSize(n);
  const table = new NgramTable(n, checkedCapacity(capacity));
  table.total = ngramTotal(documents, n);
  addDocuments(table, documents);
  return table.toCounts();
}

/**
 * Puts shards together. Exact: equal to the counts of the whole, as no n-gram reaches over a document.
 *
 * @throws {StatisticsError} "not-mergeable" for no shards, or of different n or capacity; "overflow".
 */
export function mergeNgramCounts(shards: readonly NgramCounts[]): NgramCounts {
  const [first] = shards;
  if (first === undefined) {
    throw new StatisticsError("not-mergeable", "There are no shards to merge. Give at least one.");
  }
  const { n, capacity } = first;
  const table = new NgramTable(n, capacity);
  for (const shard of shards) {
    if (shard.n !== n || shard.capacity !== capacity) {
      throw new StatisticsError(
        "not-mergeable",
        `Counts of ${shard.n}-grams with a capacity of ${shard.capacity} do not go with those of ` +
          `${n}-grams with ${capacity}. Count all shards alike.`,
      );
    }
    table.merge(shard);
  }
  return table.toCounts();
}

/** How many different n-grams there are: exact at level 0, else within about 1 / √capacity. */
export function distinctNgrams({ counts, level }: NgramCounts): number {
  return counts.length * 2 ** level;
}

/** An n-gram and how often it occurs. */
export interface NgramCount {
  readonly tokens: Uint32Array<ArrayBuffer>;
  readonly count: number;
}

/** The `count` n-grams of the table that occur most, equals by hash. */
export function topNgrams({ n, counts, tokens }: NgramCounts, count: number): NgramCount[] {
  // A bar that about so many pass saves sorting all of a million.
  const least = counts.toSorted().at(-count) ?? 1;
  return Array.from(counts.keys()).filter((i) => counts[i]! >= least)
    .toSorted((a, b) => counts[b]! - counts[a]! || a - b).slice(0, count)
    .map((i) => ({ tokens: tokens.slice(i * n, (i + 1) * n), count: counts[i]! }));
}

function checkedCapacity(capacity = 2 ** 20): number {
  if (Number.isInteger(capacity) && capacity >= 64) return capacity;
  throw new StatisticsError("bad-size", `The capacity is ${capacity}. Give 64 or more.`);
}

function addDocuments(table: NgramTable, { tokens, offsets }: DocumentTokens): void {
  const { n } = table;
  for (let k = 0; k + 1 < offsets.length; k++) {
    for (let i = offsets[k]!; i + n <= offsets[k + 1]!; i++) {
      const high = highHash(tokens, i, n);
      if (table.keeps(high)) table.add(lowHash(tokens, i, n), high, 1, tokens, i);
    }
  }
}

/** Adds the kernel's (C, 2) slots; its places are those of the chunk's tokens. */
function addSlots(table: NgramTable, slots: Uint32Array, tokens: Uint32Array): void {
  const { n } = table;
  for (let slot = 0; slot < slots.length; slot += 2) {
    const i = slots[slot]! - 1;
    if (i < 0) continue;
    table.add(lowHash(tokens, i, n), highHash(tokens, i, n), slots[slot + 1]!, tokens, i);
  }
}

const WG = 64;
