/**
 * How far one corpus is from another, as training data from what an agent sees: divergences of their
 * tokens, n-grams and uses of tools.
 *
 * @module
 */

import { type ActionLog, toolTokens } from "./action_log.ts";
import { StatisticsError } from "./error.ts";
import { jensenShannon, jensenShannonNgrams } from "./jensen_shannon.ts";
import { ngramCountsCpu } from "./ngram_counts.ts";
import type { NgramCounts } from "./ngram_table.ts";
import { tokenHistogramCpu } from "./token_histogram.ts";

/** What a corpus is compared by. */
export interface Comparable {
  readonly tokenizer: string;
  /** (V) */
  readonly tokenCounts: Uint32Array;
  readonly ngrams: readonly NgramCounts[];
  readonly actions: ActionLog;
}

/** Jensen–Shannon divergences in bits, 0 to 1; null where one of the corpora has nothing of the kind. */
export interface Mismatch {
  readonly tokens: number | null;
  /** By n, for each that both were counted with. */
  readonly ngrams: Readonly<Record<string, number | null>>;
  /** Of which tools are called. */
  readonly tools: number | null;
  /** Of which tool follows which. */
  readonly toolPairs: number | null;
}

/**
 * Compares two corpora: 0 for a corpus with itself, and symmetric, both exactly.
 *
 * @throws {StatisticsError} "not-mergeable" for corpora of different tokenizers.
 */
export function mismatch(a: Comparable, b: Comparable): Mismatch {
  if (a.tokenizer !== b.tokenizer) {
    throw new StatisticsError(
      "not-mergeable",
      `Tokens of ${a.tokenizer} cannot be held against tokens of ${b.tokenizer}. Measure both ` +
        "with one tokenizer.",
    );
  }
  // Sorted, so that both directions number tools, and add up their parts, in one order.
  const tools = [...new Set([...a.actions.tools, ...b.actions.tools])].toSorted();
  const [ofA, ofB] = [toolTokens(a.actions, tools), toolTokens(b.actions, tools)];
  const V = tools.length;
  return {
    tokens: jensenShannon(a.tokenCounts, b.tokenCounts),
    ngrams: Object.fromEntries(
      a.ngrams.flatMap((counts) => {
        const others = b.ngrams.find(({ n }) => n === counts.n);
        return others ? [[counts.n, jensenShannonNgrams(counts, others)]] : [];
      }),
    ),
    tools: jensenShannon(tokenHistogramCpu(ofA.tokens, V), tokenHistogramCpu(ofB.tokens, V)),
    toolPairs: jensenShannonNgrams(ngramCountsCpu(ofA, 2), ngramCountsCpu(ofB, 2)),
  };
}
