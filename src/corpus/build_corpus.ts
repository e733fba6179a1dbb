/**
 * A corpus from the history of a repository: its units one after the other, each with its samples or
 * the reason why it has none. Only one unit's files are held at a time, or as many as a language
 * model is asked about at once.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { Repository } from "../git/mod.ts";
import { type ChangeUnit, type RepositoryName, unitId } from "./change_unit.ts";
import {
  type HistoryPlan,
  type HistoryUnitsOptions,
  isCommitFault,
  planHistory,
  type PlannedUnit,
  unitsOfCommit,
} from "./history_units.ts";
import { RetentionCounter } from "./retention.ts";
import type { Sample } from "./sample.ts";
import { sha256 } from "./text_cache.ts";
import {
  type Candidate,
  type SampleOptions,
  type UnitOutcome,
  unitSamples,
} from "./unit_samples.ts";

/** How a corpus is made. */
export type CorpusOptions = SampleOptions & Omit<HistoryUnitsOptions, keyof Job> & Job & {
  /** Units that are worked on at once; more than one pays where a model is asked. */
  readonly concurrency?: number | undefined;
  /** Passes over units that an earlier run has seen to, by their ids. */
  readonly isDone?: ((id: string) => boolean) | undefined;
};

/** A unit's place in the run, with what it gave. */
export interface CorpusStep extends UnitOutcome {
  readonly id: string;
  /** None for a commit that is no unit. */
  readonly unit?: ChangeUnit;
  /** Of the unit; `""` for a commit that is none. */
  readonly title: string;
}

/** A run over a history. */
export interface CorpusRun {
  readonly plan: HistoryPlan;
  /** The units' outcomes, newest unit first. Ended early, it lets go of the rest. */
  readonly steps: AsyncGenerator<CorpusStep>;
}

/**
 * Looks through a history and makes samples of its units as they are asked for. A unit that cannot be
 * read gives a candidate without sample: the rest goes on. Reports the phases `history` and `corpus`.
 *
 * @throws {GitError} where the history as a whole cannot be read
 * @throws the signal's reason if the job is aborted
 */
export async function buildCorpus(git: Repository, options: CorpusOptions): Promise<CorpusRun> {
  const plan = await planHistory(git, options);
  const { signal, onProgress, repository, concurrency = 1, isDone = () => false } = options;

  async function* planned(): AsyncGenerator<PlannedUnit> {
    for (const [done, oid] of plan.commits.entries()) {
      signal?.throwIfAborted();
      for (const planned of await unitsOf(git, plan, oid, repository)) {
        if (!isDone(idOf(planned, repository))) yield planned;
      }
      onProgress?.({
        phase: "corpus",
        done: done + 1,
        total: plan.commits.length,
        unit: "commits",
      });
    }
  }

  return { plan, steps: corpusSteps(git, planned(), { ...options, concurrency }) };
}

/** The outcomes of units that are known, a forge's say, in their order. */
export function corpusSteps(
  git: Repository,
  units: AsyncGenerator<PlannedUnit>,
  options: SampleOptions & Pick<CorpusOptions, "repository" | "concurrency">,
): AsyncGenerator<CorpusStep> {
  return inOrder(units, options.concurrency ?? 1, (unit) => step(git, unit, options));
}

/**
 * Decides which candidates are kept: drops doubles and what is too long, and keeps account. Doubles
 * change the same files in the same way; which pull request they came by plays no part.
 */
export class CorpusSieve {
  readonly counter = new RetentionCounter();
  readonly #seen = new Set<string>();
  readonly #filters: Pick<SampleOptions["filters"], "maxTokens" | "withoutDuplicates">;

  constructor(filters: Pick<SampleOptions["filters"], "maxTokens" | "withoutDuplicates">) {
    this.#filters = filters;
  }

  /** The candidates with their last verdicts; those without a reason belong to the corpus. */
  async sift({ candidates, omitted }: UnitOutcome): Promise<(Candidate & { hash?: string })[]> {
    const verdicts: (Candidate & { hash?: string })[] = [];
    for (const candidate of candidates) {
      const verdict = await this.#verdict(candidate);
      this.take(verdict);
      verdicts.push(verdict);
    }
    this.counter.omit(omitted);
    return verdicts;
  }

  /** Takes in a verdict of an earlier run. */
  take({ tokens, reason, hash }: Omit<Candidate, "id" | "sample"> & { hash?: string }): void {
    if (hash !== undefined) this.#seen.add(hash);
    this.counter.add(reason === undefined ? { tokens } : { tokens, reason });
  }

  async #verdict(candidate: Candidate): Promise<Candidate & { hash?: string }> {
    const { id, sample, tokens } = candidate;
    if (sample === undefined) return candidate;
    const hash = await changeHash(sample);
    if (this.#filters.withoutDuplicates && this.#seen.has(hash)) {
      return { id, tokens, reason: "duplicate" };
    }
    if (tokens > (this.#filters.maxTokens ?? Infinity)) {
      return { id, tokens, reason: "tokens", hash };
    }
    return { ...candidate, hash };
  }
}

/** Stands for the files that a sample starts from and what it does to them. */
async function changeHash({ kind, segments, id }: Sample): Promise<string> {
  const part = kind === "factorized" ? id.slice(id.lastIndexOf("/")) : "";
  const change = segments.filter(({ role }) =>
    role === "file" || role === "edit" || role === "action"
  );
  return await sha256(new TextEncoder().encode(JSON.stringify([part, change])));
}

async function unitsOf(
  git: Repository,
  plan: HistoryPlan,
  oid: string,
  repository: RepositoryName,
): Promise<PlannedUnit[]> {
  try {
    return await unitsOfCommit(git, plan, oid, repository);
  } catch (error) {
    if (!isCommitFault(error)) throw error;
    return [{ key: oid, reason: error.code }];
  }
}

async function step(
  git: Repository,
  planned: PlannedUnit,
  options: SampleOptions & Pick<CorpusOptions, "repository">,
): Promise<CorpusStep> {
  const id = idOf(planned, options.repository);
  if ("reason" in planned) return { id, title: "", ...lost(id, planned.reason) };
  const { unit } = planned;
  const about = { id, unit, title: unit.title };
  try {
    return { ...about, ...await unitSamples(git, unit, options) };
  } catch (error) {
    if (!isCommitFault(error)) throw error;
    return { ...about, ...lost(id, error.code) };
  }
}

function idOf(planned: PlannedUnit, repository: RepositoryName): string {
  return "unit" in planned ? unitId(planned.unit) : unitId({ repository, key: planned.key });
}

function lost(id: string, reason: string): UnitOutcome {
  return { candidates: [{ id, reason, tokens: 0 }], omitted: {} };
}

/** Works on `most` items at once and gives the results in the items' order. */
async function* inOrder<T, R>(
  items: AsyncGenerator<T>,
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<{ value: R } | { error: unknown }>[] = [];
  const settle = async (item: T) => {
    try {
      return { value: await work(item) };
    } catch (error) {
      return { error };
    }
  };
  const next = async (): Promise<R> => {
    const result = await pending.shift();
    if (result === undefined) throw new Error("nothing is pending");
    if ("error" in result) throw result.error;
    return result.value;
  };
  for await (const item of items) {
    pending.push(settle(item));
    if (pending.length >= most) yield await next();
  }
  while (pending.length > 0) yield await next();
}
