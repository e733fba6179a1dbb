/**
 * What a corpus is made from, opened: the history of a repository, its pull requests, or the runs of
 * agents, each as steps with the samples that they give.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { Repository } from "../git/mod.ts";
import { loadTrajectories, openSourceRepository, type Trajectory } from "../trajectory/mod.ts";
import { findBenchmark } from "./benchmark_repositories.ts";
import { buildCorpus, type CorpusStep, corpusSteps } from "./build_corpus.ts";
import type { RepositoryName } from "./change_unit.ts";
import { CorpusError } from "./corpus_error.ts";
import { forgeUnit } from "./forge/forge_units.ts";
import { type ForgeOptions, openForge } from "./forge/github_client.ts";
import { gitHubPullRequests, type PullRequestRead } from "./forge/github_pull_requests.ts";
import { readRecordFile } from "./forge/record_file.ts";
import type { HistoryPlan, PlannedUnit, UnitChoice } from "./history_units.ts";
import { localName } from "./local_name.ts";
import { renderEnvironment } from "./render_environment.ts";
import type { Sample } from "./sample.ts";
import { countTokens, type HistoryKind, type SampleOptions } from "./unit_samples.ts";
import { type Verification, verifySample } from "./verify_sample.ts";

/** Where pull requests come from, if not from git alone. */
export type PullRequestOrigin =
  | { readonly forge: ForgeOptions; readonly limit?: number | undefined }
  | { readonly file: string };

/** Which part of a source is taken, and what is made of it. */
export interface CorpusSourceOptions extends Omit<SampleOptions, "kind" | "signal">, Job {
  readonly kind: HistoryKind | "environment";
  /** Name and description of the repository, where its source does not tell them. */
  readonly repository?: {
    readonly name?: string | undefined;
    readonly description?: string | undefined;
  };
  readonly revision?: string | undefined;
  readonly commits?: number | undefined;
  readonly units?: UnitChoice | undefined;
  readonly concurrency?: number | undefined;
  readonly pullRequests?: PullRequestOrigin | undefined;
  /** Of an agent's runs: only those that ended so. */
  readonly resolved?: boolean | undefined;
}

/** What an earlier run has done of a source. */
export interface EarlierUnits {
  /** The commit that it started from. */
  readonly head: string;
  readonly units: ReadonlySet<string>;
}

/** How a source was divided into units. */
export type SourceReport =
  & { readonly source: string; readonly repository: string }
  & Partial<Omit<HistoryPlan, "commits">>;

/** An open source. */
export interface CorpusSource {
  /** The commit that its history ends with; `""` for files. */
  readonly head: string;
  readonly report: SourceReport;
  readonly steps: AsyncGenerator<CorpusStep>;
  /** Checks a sample against the repository. */
  verify(sample: Sample): Promise<Verification>;
  close(): Promise<void>;
}

/**
 * Opens a source.
 *
 * @param earlier what is passed over; its head is taken in place of where the history ends now
 * @throws {GitError} for a repository that cannot be opened
 * @throws {CorpusError} `bad-option` where the forge is to be asked about a repository without owner
 */
export async function openCorpusSource(
  source: string,
  earlier: EarlierUnits | undefined,
  options: CorpusSourceOptions,
): Promise<CorpusSource> {
  const { kind, signal, onProgress, repository: told } = options;
  if (kind === "environment") return await openRuns(source, earlier, options);
  const opened = await openSourceRepository(source, {
    revision: options.revision,
    // Of a part of a history, few contents are needed.
    blobless: options.commits !== undefined,
    signal,
    onProgress,
  });
  const git = opened.repository;
  try {
    const name = told?.name ?? await localName(git.source);
    const head = await git.resolve(earlier?.head ?? opened.revision);
    const { report, steps } = await historySteps(git, {
      ...options,
      kind,
      repository: { name, description: told?.description },
      revision: head,
      isDone: (id) => earlier?.units.has(id) ?? false,
    });
    return {
      head,
      report: { source: git.source, repository: name, head, ...report },
      steps,
      verify: (sample) => verifySample(git, sample),
      close: () => git.close(),
    };
  } catch (error) {
    await git.close();
    throw error;
  }
}

type HistoryStepsOptions = Omit<CorpusSourceOptions, "kind" | "repository"> & {
  readonly kind: HistoryKind;
  readonly repository: RepositoryName;
  readonly isDone: (id: string) => boolean;
};

async function historySteps(
  git: Repository,
  options: HistoryStepsOptions,
): Promise<{ report: Partial<SourceReport>; steps: AsyncGenerator<CorpusStep> }> {
  const { pullRequests } = options;
  if (pullRequests !== undefined) {
    return {
      report: {},
      steps: corpusSteps(git, plannedUnits(git, pullRequests, options), options),
    };
  }
  const { plan: { commits: _, ...report }, steps } = await buildCorpus(git, options);
  return { report, steps };
}

/** The units of pull requests, each as far as the repository holds it. */
async function* plannedUnits(
  git: Repository,
  origin: PullRequestOrigin,
  { repository, isDone, filters, signal, onProgress }: HistoryStepsOptions,
): AsyncGenerator<PlannedUnit> {
  if (!("file" in origin) && !/^[^/]+\/[^/]+$/.test(repository.name)) {
    throw new CorpusError(
      "bad-option",
      `The forge knows no ${JSON.stringify(repository.name)}; name the repository as owner/name.`,
    );
  }
  const records: AsyncGenerator<PullRequestRead> = "file" in origin
    ? readRecordFile(origin.file, { signal })
    : gitHubPullRequests(openForge({ ...origin.forge, signal }), {
      repository: repository.name,
      limit: origin.limit,
      open: !filters.mergedOnly,
      isDone: (number) => isDone(`${repository.name}#${number}`),
    });
  let done = 0;
  for await (const record of records) {
    signal?.throwIfAborted();
    const planned = "reason" in record
      ? { key: `#${record.number ?? `unknown-${done}`}`, reason: "forge" }
      : await forgeUnit(git, {
        ...record,
        repository: { ...record.repository, full_name: repository.name },
      });
    const key = "unit" in planned ? planned.unit.key : planned.key;
    if (!isDone(`${repository.name}${key}`)) yield planned;
    onProgress?.({ phase: "pull requests", done: ++done, total: 0, unit: "samples" });
  }
}

/** Runs of agents from files. */
async function openRuns(
  source: string,
  earlier: EarlierUnits | undefined,
  options: CorpusSourceOptions,
): Promise<CorpusSource> {
  const { signal, onProgress } = options;
  const { trajectories, errors } = await loadTrajectories(source, { signal, onProgress });
  async function* steps(): AsyncGenerator<CorpusStep> {
    for (const { path, row = 0, code } of errors) {
      const id = `${path}#${row}`;
      const candidates = [{ id, reason: code, tokens: 0 }];
      if (!earlier?.units.has(id)) yield { id, title: path, candidates, omitted: {} };
    }
    const total = trajectories.length;
    for (const [done, trajectory] of trajectories.entries()) {
      if (!earlier?.units.has(trajectory.id)) yield runStep(trajectory, options);
      onProgress?.({ phase: "corpus", done: done + 1, total, unit: "trajectories" });
    }
  }
  return {
    head: "",
    report: { source, repository: "" },
    steps: steps(),
    verify: () => Promise.resolve({ applied: 0, compared: 0, faults: [] }),
    close: () => Promise.resolve(),
  };
}

function runStep(
  trajectory: Trajectory,
  { filters, tokenizer, resolved }: CorpusSourceOptions,
): CorpusStep {
  const { id, task: { repository = "" }, outcome } = trajectory;
  const sample = renderEnvironment(trajectory);
  const reason = findBenchmark(repository, filters.benchmarks) !== undefined
    ? "benchmark"
    : resolved !== undefined && outcome.resolved !== resolved
    ? "outcome"
    : trajectory.steps.length === 0
    ? "empty"
    : undefined;
  const tokens = countTokens(sample, tokenizer);
  const candidate = reason === undefined ? { id, sample, tokens } : { id, reason, tokens };
  return { id, title: id, candidates: [candidate], omitted: {} };
}
