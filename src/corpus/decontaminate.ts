/**
 * Decontamination: documents that hold too much of a benchmark's items are found, and shown beside
 * what they hold. An item e leaks into a document x by |G_e ∩ G_x| / |G_e|, the share of e's
 * different 13-grams of tokens that x has too; at 0.10 the document is out (daVinci-Dev, arXiv
 * 2601.18418, appendix D).
 *
 * @module
 */
import type { Gpu, Job } from "../gpu/mod.ts";
import {
  type DocumentTokens,
  LEAKAGE_N,
  ngramIndex,
  ngramOverlap,
  ngramOverlapCpu,
} from "../stats/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import { CorpusError } from "./corpus_error.ts";
import { type Excerpts, sharedExcerpts } from "./shared_excerpts.ts";
import type { BenchmarkItem } from "./read_benchmark.ts";
import type { CorpusDocument } from "./read_documents.ts";

/** The leakage at which a document is out, unless another is asked for. */
export const LEAKAGE_THRESHOLD = 0.1;

/** What of an item is in a document. */
export interface Leak {
  readonly item: string;
  readonly document: string;
  /** |G_e ∩ G_x| and |G_e|. */
  readonly shared: number;
  readonly ngrams: number;
  /** Their ratio. */
  readonly leakage: number;
}

/** A leak with the longest stretch that both have, in its surroundings. */
export interface ShownLeak extends Leak, Excerpts {}

/** The account of a decontamination; complete when all documents went through. */
export interface DecontaminationReport {
  readonly n: number;
  readonly threshold: number;
  readonly documents: number;
  /** Documents that are out. */
  readonly contaminated: number;
  readonly items: number;
  /** Items that leak into some document by the threshold or more. */
  readonly leakedItems: number;
  /** Items of fewer tokens than an n-gram has: nothing can be said of them. */
  readonly shortItems: number;
  /** The worst leaks, whether over the threshold or not, an item and document once. */
  readonly worst: readonly ShownLeak[];
}

/** How a corpus is decontaminated. */
export interface DecontaminateOptions extends Job {
  readonly tokenizer: Tokenizer;
  /** Null looks up on the CPU; the result is the same. */
  readonly gpu: Gpu | null;
  /** Above 0, at most 1. Default 0.10. */
  readonly threshold?: number | undefined;
  /** How many of the worst leaks are shown. Default 50. */
  readonly worst?: number | undefined;
}

/** A document, and the worst of what leaks into it; null where that is below the threshold. */
export interface Checked {
  readonly document: CorpusDocument;
  readonly leak: Leak | null;
}

/** A check of documents against a benchmark, a few at a time. */
export interface Decontamination {
  /** The documents in their order. Memory: some millions of characters of them. */
  check(
    documents: Iterable<CorpusDocument> | AsyncIterable<CorpusDocument>,
  ): AsyncGenerator<Checked>;
  /** The account of what was checked so far. */
  report(): DecontaminationReport;
}

/**
 * Prepares a check against a benchmark.
 *
 * @throws {CorpusError} `bad-option` for a threshold that is none, or a benchmark without an item of
 * 13 tokens.
 * @example
 * ```ts
 * import { decontamination, loadTokenizer } from "bottega";
 * const text = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n";
 * const items = [{ id: "HumanEval/0", text }];
 * const check = decontamination(items, { tokenizer: await loadTokenizer(), gpu: null });
 * const documents = [{ id: "a", segments: [{ role: "file", text }] }];
 * for await (const { document, leak } of check.check(documents)) {
 *   console.log(document.id, leak?.leakage); // a 1
 * }
 * ```
 */
export function decontamination(
  items: readonly BenchmarkItem[],
  { tokenizer, gpu, threshold = LEAKAGE_THRESHOLD, worst = 50, signal }: DecontaminateOptions,
): Decontamination {
  if (!(threshold > 0 && threshold <= 1)) {
    throw new CorpusError(
      "bad-option",
      `The threshold is ${threshold}. Give a share above 0, at most 1.`,
    );
  }
  const itemTokens = tokensOf(items.map(({ text }) => text), tokenizer);
  const index = ngramIndex(itemTokens);
  const shortItems = index.itemNgrams.filter((count) => count === 0).length;
  if (shortItems === items.length) {
    throw new CorpusError(
      "bad-option",
      `None of the benchmark's ${items.length} items has ${LEAKAGE_N} tokens, so that nothing can ` +
        "leak. Name a file whose records have a text.",
    );
  }
  const leaked = new Set<number>();
  const shown = new WorstLeaks(worst);
  let [checked, contaminated] = [0, 0];

  async function* checkShard(documents: readonly CorpusDocument[]): AsyncGenerator<Checked> {
    const tokens = tokensOf(documents.map(textOf), tokenizer);
    const overlaps = gpu
      ? await ngramOverlap(gpu, tokens, index, { signal })
      : ngramOverlapCpu(tokens, index);
    const worstOf = new Map<number, Leak>();
    for (const { document, item, shared, ngrams } of overlaps) {
      const leakage = shared / ngrams;
      const leak = {
        item: items[item]!.id,
        document: documents[document]!.id,
        shared,
        ngrams,
        leakage,
      };
      if (leakage >= threshold) leaked.add(item);
      if (leakage > (worstOf.get(document)?.leakage ?? 0)) worstOf.set(document, leak);
      shown.add(
        leak,
        () => sharedExcerpts(at(itemTokens, item), at(tokens, document), index.n, tokenizer),
      );
    }
    for (const [k, document] of documents.entries()) {
      const leak = worstOf.get(k) ?? null;
      const isOut = leak !== null && leak.leakage >= threshold;
      checked++;
      if (isOut) contaminated++;
      yield { document, leak: isOut ? leak : null };
    }
  }

  return {
    async *check(documents) {
      let shard: CorpusDocument[] = [];
      let characters = 0;
      for await (const document of documents) {
        shard.push(document);
        characters += textOf(document).length;
        if (characters < SHARD_CHARACTERS) continue;
        signal?.throwIfAborted();
        yield* checkShard(shard);
        shard = [];
        characters = 0;
      }
      signal?.throwIfAborted();
      yield* checkShard(shard);
    },
    report: () => ({
      n: index.n,
      threshold,
      documents: checked,
      contaminated,
      items: items.length,
      leakedItems: leaked.size,
      shortItems,
      worst: shown.leaks,
    }),
  };
}

/** The worst leaks so far; excerpts are made of those alone that stay. */
class WorstLeaks {
  readonly #most: number;
  #leaks: ShownLeak[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get leaks(): readonly ShownLeak[] {
    return this.#leaks;
  }

  add(leak: Leak, excerpts: () => Excerpts): void {
    const last = this.#leaks.at(-1);
    if (this.#leaks.length >= this.#most && !(last && leak.leakage > last.leakage)) return;
    const place = this.#leaks.findIndex(({ leakage }) => leakage < leak.leakage);
    this.#leaks.splice(place < 0 ? this.#leaks.length : place, 0, { ...leak, ...excerpts() });
    this.#leaks.splice(this.#most);
  }
}

function textOf({ segments }: CorpusDocument): string {
  return segments.map(({ text }) => text).join("");
}

function tokensOf(texts: readonly string[], tokenizer: Tokenizer): DocumentTokens {
  const parts = texts.map((text) => tokenizer.encode(text));
  const offsets = [0];
  for (const { length } of parts) offsets.push(offsets.at(-1)! + length);
  const tokens = new Uint32Array(offsets.at(-1)!);
  for (const [i, part] of parts.entries()) tokens.set(part, offsets[i]);
  return { tokens, offsets: Uint32Array.from(offsets) };
}

function at({ tokens, offsets }: DocumentTokens, k: number): Uint32Array {
  return tokens.subarray(offsets[k], offsets[k + 1]);
}

const SHARD_CHARACTERS = 2 ** 22;
