/**
 * How much of an item of a benchmark is in a corpus: the share of its different n-grams that a
 * document has too, |G_e ∩ G_x| / |G_e| (daVinci-Dev, arXiv 2601.18418, appendix D, with n = 13).
 *
 * @module
 */

import code from "../../shaders/stats/ngram_overlap.wgsl?raw" with { type: "text" };
import { createKernel, createProgram, type Gpu, type Job } from "../gpu/mod.ts";
import { ngramHashCpu, ngramHashWork, NO_NGRAM } from "./ngram_hash.ts";
import { checkDocuments, checkNgramSize, type DocumentTokens, eachChunk } from "./token_chunks.ts";

/** The n that leakage is measured with. */
export const LEAKAGE_N = 13;

/** The n-grams of a benchmark's items, ready to be looked up. */
export interface NgramIndex {
  readonly n: number;
  /** E */
  readonly itemCount: number;
  /** (E) different n-grams of each item: |G_e|, 0 for an item of fewer than n tokens. */
  readonly itemNgrams: Uint32Array;
  /** (C, 2) hashes by slot, both words NO_NGRAM where it is free; C a power of two. */
  readonly keys: Uint32Array;
  /** (C + 1) where the items of each slot's n-gram begin in `slotItems`. */
  readonly slotOffsets: Uint32Array;
  readonly slotItems: Uint32Array;
}

/** A document that has n-grams of an item. */
export interface Overlap {
  readonly document: number;
  readonly item: number;
  /** |G_e ∩ G_x| */
  readonly shared: number;
  /** |G_e| */
  readonly ngrams: number;
}

/**
 * Indexes the items of a benchmark by their n-grams. Cost: one loop on the CPU; 16 bytes and more for
 * each different n-gram.
 *
 * @throws {StatisticsError} "bad-corpus", "bad-size".
 */
export function ngramIndex(items: DocumentTokens, n = LEAKAGE_N): NgramIndex {
  const hashes = ngramHashCpu(items, n);
  const { offsets } = items;
  const itemCount = offsets.length - 1;
  const C = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * items.tokens.length)));
  const keys = new Uint32Array(2 * C).fill(NO_NGRAM);
  const itemNgrams = new Uint32Array(itemCount);
  // Each different (slot, item), in the order of the items.
  const pairs: { readonly slots: number[]; readonly items: number[] } = { slots: [], items: [] };
  const lastItem = new Int32Array(C).fill(-1);
  for (let item = 0; item < itemCount; item++) {
    for (let i = offsets[item]!; i < offsets[item + 1]!; i++) {
      const [low, high] = [hashes[2 * i]!, hashes[2 * i + 1]!];
      if (high === NO_NGRAM) continue;
      const slot = findSlot(keys, low, high);
      keys[2 * slot] = low;
      keys[2 * slot + 1] = high;
      if (lastItem[slot] === item) continue;
      lastItem[slot] = item;
      itemNgrams[item]! += 1;
      pairs.slots.push(slot);
      pairs.items.push(item);
    }
  }
  const slotOffsets = new Uint32Array(C + 1);
  for (const slot of pairs.slots) slotOffsets[slot + 1]! += 1;
  for (let slot = 0; slot < C; slot++) slotOffsets[slot + 1]! += slotOffsets[slot]!;
  const next = slotOffsets.slice();
  const slotItems = new Uint32Array(pairs.items.length);
  for (const [p, slot] of pairs.slots.entries()) slotItems[next[slot]!++] = pairs.items[p]!;
  return { n, itemCount, itemNgrams, keys, slotOffsets, slotItems };
}

/**
 * Every document and item that share an n-gram, by document, then item. Exact: equal to
 * {@linkcode ngramOverlapCpu}; the overlaps of shards, one after the other, are those of the whole.
 * Reports the phase `measure` in tokens.
 *
 * @throws {StatisticsError} "bad-corpus".
 * @throws {GpuError} As `createProgram`, "limit" for an index over the largest binding, of some five
 * million n-grams; the signal's reason when it is aborted.
 */
export async function ngramOverlap(
  gpu: Gpu,
  documents: DocumentTokens,
  index: NgramIndex,
  job: Job = {},
): Promise<Overlap[]> {
  checkDocuments(documents);
  checkNgramSize(index.n);
  const shared = new SharedNgrams(index);
  await eachChunk(gpu, documents, index.n, job, async (chunk, buffers) => {
    const { hashes, dispatch } = await ngramHashWork(gpu, chunk, index.n, buffers);
    const constants = { wg: WG };
    const kernel = await createKernel(gpu, { label: "ngram_overlap", code, constants });
    const keys = buffers.upload("ngram_keys", index.keys);
    const found = buffers.zeroed("ngrams_found", 4 * chunk.items);
    const workgroups = Math.ceil(chunk.items / WG);
    const program = await createProgram(gpu, "ngram_overlap", [
      dispatch,
      { kernel, bindings: [hashes, keys, found], workgroups },
    ]);
    const [bytes] = await program.submit([found]);
    const slots = new Uint32Array(bytes);
    for (let i = 0; i < chunk.items; i++) {
      if (slots[i]! > 0) shared.add(chunk.firstDocument + chunk.documents[i]!, slots[i]! - 1);
    }
  });
  return shared.finish();
}

/** The reference: what {@linkcode ngramOverlap} gives, in one loop on the CPU. */
export function ngramOverlapCpu(documents: DocumentTokens, index: NgramIndex): Overlap[] {
  const hashes = ngramHashCpu(documents, index.n);
  const shared = new SharedNgrams(index);
  const { offsets } = documents;
  for (let k = 0; k + 1 < offsets.length; k++) {
    for (let i = offsets[k]!; i < offsets[k + 1]!; i++) {
      const [low, high] = [hashes[2 * i]!, hashes[2 * i + 1]!];
      if (high === NO_NGRAM) continue;
      const slot = findSlot(index.keys, low, high);
      if (index.keys[2 * slot + 1] !== NO_NGRAM) shared.add(k, slot);
    }
  }
  return shared.finish();
}

/** Counts the different n-grams that a document shares with each item; documents come in order. */
class SharedNgrams {
  readonly #index: NgramIndex;
  readonly #overlaps: Overlap[] = [];
  /** (C) the last document that had a slot's n-gram. */
  readonly #lastDocument: Int32Array;
  readonly #shared = new Map<number, number>();
  #document = -1;

  constructor(index: NgramIndex) {
    this.#index = index;
    this.#lastDocument = new Int32Array(index.keys.length / 2).fill(-1);
  }

  add(document: number, slot: number): void {
    if (document !== this.#document) {
      this.#flush();
      this.#document = document;
    }
    if (this.#lastDocument[slot] === document) return;
    this.#lastDocument[slot] = document;
    const { slotOffsets, slotItems } = this.#index;
    for (const item of slotItems.subarray(slotOffsets[slot], slotOffsets[slot + 1])) {
      this.#shared.set(item, (this.#shared.get(item) ?? 0) + 1);
    }
  }

  finish(): Overlap[] {
    this.#flush();
    return this.#overlaps;
  }

  #flush(): void {
    for (const [item, shared] of [...this.#shared].toSorted(([a], [b]) => a - b)) {
      const ngrams = this.#index.itemNgrams[item]!;
      this.#overlaps.push({ document: this.#document, item, shared, ngrams });
    }
    this.#shared.clear();
  }
}

/** The slot of an n-gram, or the free one where it would be. */
function findSlot(keys: Uint32Array, low: number, high: number): number {
  const mask = keys.length / 2 - 1;
  for (let slot = low & mask;; slot = (slot + 1) & mask) {
    if (keys[2 * slot + 1] === NO_NGRAM) return slot;
    if (keys[2 * slot] === low && keys[2 * slot + 1] === high) return slot;
  }
}

const WG = 64;
