/**
 * Statistics of a corpus from those of its shards.
 *
 * @module
 */

import { concatenate } from "./concatenate.ts";
import { StatisticsError } from "./error.ts";
import { type CorpusStatistics, summarizeCounts } from "./statistics.ts";

/**
 * Puts shards together in their order. Exact: equal to the statistics of the whole corpus, the name
 * of the adapter aside, which lists each one that counted.
 *
 * @throws {StatisticsError} "not-mergeable" for no shards, or shards of different tokenizers;
 * "overflow" with the token that occurs 2³² times or more in all.
 */
export function mergeStatistics(shards: readonly CorpusStatistics[]): CorpusStatistics {
  const [first] = shards;
  if (first === undefined) {
    throw new StatisticsError("not-mergeable", "There are no shards to merge. Give at least one.");
  }
  for (const shard of shards) checkMergeable(first, shard);
  const { tokenizer, roles, lengthHistogram: { edges } } = first;
  return summarizeCounts({
    tokenizer,
    roles,
    lengths: concatenate(shards.map(({ lengths }) => lengths)),
    lengthsByRole: concatenate(shards.map(({ lengthsByRole }) => lengthsByRole)),
    lengthHistogram: {
      edges: edges.slice(),
      counts: sum("length bin", shards.map(({ lengthHistogram }) => lengthHistogram.counts)),
    },
    tokenCounts: sum("token", shards.map(({ tokenCounts }) => tokenCounts)),
    adapter: [...new Set(shards.flatMap(({ adapter }) => adapter.split(" + ")))].join(" + "),
  });
}

function checkMergeable(first: CorpusStatistics, shard: CorpusStatistics): void {
  const [V, W] = [first.tokenCounts.length, shard.tokenCounts.length];
  if (shard.tokenizer !== first.tokenizer || V !== W) {
    throw new StatisticsError(
      "not-mergeable",
      `A shard of ${shard.tokenizer} (${W} tokens) does not go with one of ${first.tokenizer} ` +
        `(${V} tokens). Measure all shards with one tokenizer.`,
    );
  }
  if (String(shard.roles) !== String(first.roles)) {
    throw new StatisticsError(
      "not-mergeable",
      `A shard with the roles ${shard.roles.join(", ")} does not go with one of ` +
        `${first.roles.join(", ")}. Tokenise all shards with one list of roles.`,
    );
  }
  if (String(shard.lengthHistogram.edges) !== String(first.lengthHistogram.edges)) {
    throw new StatisticsError(
      "not-mergeable",
      `A shard with lengths by the edges ${shard.lengthHistogram.edges} does not go with one by ` +
        `${first.lengthHistogram.edges}. Measure all shards with one version.`,
    );
  }
}

function sum(what: string, arrays: readonly Uint32Array[]): Uint32Array {
  const [first = new Uint32Array(), ...others] = arrays;
  const total = first.slice();
  for (const array of others) {
    for (const [i, count] of array.entries()) {
      const grown = total[i]! + count;
      if (grown > MAX_COUNT) {
        throw new StatisticsError(
          "overflow",
          `The count of ${what} ${i} is ${grown} or more, and statistics hold ${MAX_COUNT} at most. ` +
            "Merge fewer shards.",
        );
      }
      total[i] = grown;
    }
  }
  return total;
}

const MAX_COUNT = 2 ** 32 - 1;
