/**
 * What a repository's history becomes.
 *
 * @module
 */
import {
  buildCorpus,
  type CorpusOptions,
  CorpusSieve,
  NO_FILTERS,
  type Sample,
} from "../../src/corpus/mod.ts";
import { openRepository, type Repository } from "../../src/git/mod.ts";
import { loadTokenizer } from "../../src/tokenizer/mod.ts";
import type { TestRepository } from "../support/make_repository.ts";

const tokenizer = await loadTokenizer();

/** The samples of a repository, and the account of the rest. */
export async function corpusOf(git: Repository, options: Partial<CorpusOptions> = {}) {
  const all: CorpusOptions = {
    kind: "python",
    filters: NO_FILTERS,
    tokenizer,
    repository: { name: "o/r", description: "A thing" },
    ...options,
  };
  const { plan, steps } = await buildCorpus(git, all);
  const sieve = new CorpusSieve(all.filters);
  const samples: Sample[] = [];
  for await (const step of steps) {
    for (const { sample, reason } of await sieve.sift(step)) {
      if (sample && reason === undefined) samples.push(sample);
    }
  }
  const { retention } = sieve.counter;
  const dropped = Object.fromEntries(
    Object.entries(retention.dropped).map(([reason, { units }]) => [reason, units]),
  );
  return { plan, samples, retention, dropped };
}

/** The repository as the product opens it. */
export async function open(repository: TestRepository): Promise<Repository> {
  return await openRepository(repository.path);
}
