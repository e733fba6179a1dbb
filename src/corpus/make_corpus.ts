/**
 * A corpus from sources to a file: opens one source after the other, takes what its history, its forge
 * or its trajectories give, keeps account, writes, and takes up what a stopped run left.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { Repository } from "../git/mod.ts";
import { loadTrajectories, openSourceRepository } from "../trajectory/mod.ts";
import { findBenchmark } from "./benchmark_repositories.ts";
import { buildCorpus, CorpusSieve, type CorpusStep, corpusSteps } from "./build_corpus.ts";
import type { RepositoryName } from "./change_unit.ts";
import { CorpusError } from "./corpus_error.ts";
import { type CorpusFile, openCorpusFile } from "./corpus_file.ts";
import {
  type CorpusFormat,
  type CorpusShard,
  type Keep,
  samplesOf,
  writeCorpusFile,
  writeCorpusShards,
} from "./corpus_shards.ts";
import { readRecordFile } from "./forge/record_file.ts";
import { forgeUnit } from "./forge/forge_units.ts";
import { type ForgeOptions, openForge } from "./forge/github_client.ts";
import { gitHubPullRequests, type PullRequestRead } from "./forge/github_pull_requests.ts";
import type { Filters } from "./filters.ts";
import type { HistoryPlan, PlannedUnit, UnitChoice } from "./history_units.ts";
import { nearDuplicateIds } from "./near_duplicate_ids.ts";
import { renderEnvironment } from "./render_environment.ts";
import { repositoryName } from "./repository_name.ts";
import type { Retention } from "./retention.ts";
import type { Sample } from "./sample.ts";
import { countTokens, type HistoryKind, type SampleOptions } from "./unit_samples.ts";
import { type Verification, verifySample } from "./verify_sample.ts";

/** Where pull requests come from, if not from git alone. */
export type PullRequestOrigin =
  | { readonly forge: ForgeOptions; readonly limit?: number | undefined }
  | { readonly file: string };

/** What is made of which sources. */
export interface MakeCorpusOptions extends Omit<SampleOptions, "kind" | "signal">, Job {
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
  /** Checks each sample against its repository; see {@linkcode verifySample}. */
  readonly verify?: boolean | undefined;
  /** Where the corpus goes; without it only the account is made. */
  readonly out?: CorpusOutput | undefined;
  readonly onSample?: ((sample: Sample) => void) | undefined;
}

/** Where a corpus goes. */
export interface CorpusOutput {
  /** A `.jsonl` or `.parquet` file, or a folder for shards. */
  readonly path: string;
  readonly shards?: { readonly format: CorpusFormat; readonly shardBytes: number } | undefined;
  readonly resume?: boolean | undefined;
  /** Leaves out what is as similar as this to a sample before it; see {@linkcode nearDuplicateIds}. */
  readonly nearDuplicates?: number | undefined;
  /** What the corpus depends on besides, so that a resumed run is the same. */
  readonly run: unknown;
}

/** How a source was divided into units. */
export type SourceReport =
  & { readonly source: string; readonly repository: string }
  & Partial<Omit<HistoryPlan, "commits">>;

/** What came of it. */
export interface CorpusReport {
  readonly retention: Retention;
  readonly filters: Filters;
  readonly sources: readonly SourceReport[];
  readonly verification?: Omit<Verification, "faults"> & {
    readonly samples: number;
    readonly faults: readonly { readonly id: string; readonly fault: string }[];
  };
  readonly shards?: readonly CorpusShard[];
}

/**
 * Makes a corpus. Stopped or killed, it leaves `PATH.partial` and `PATH.journal`, from which a run with
 * `resume` goes on: the result is that of a run that was not stopped.
 *
 * @throws {CorpusError} `cannot-resume`, `bad-option`, `forge`
 * @throws {GitError} for a repository that cannot be opened
 * @throws the signal's reason if the job is aborted
 */
export async function makeCorpus(
  sources: readonly string[],
  options: MakeCorpusOptions,
): Promise<CorpusReport> {
  const { out, signal, onProgress } = options;
  const sieve = new CorpusSieve(options.filters);
  const file = out && await openCorpusFile(partialName(out), {
    run: out.run,
    resume: out.resume ?? false,
    sieve,
  });
  const report = { sources: [] as SourceReport[], verification: new Verified() };
  try {
    for (const [i, source] of sources.entries()) {
      const steps = options.kind === "environment"
        ? environmentSource(source, i, file, options)
        : historySource(source, i, file, { ...options, kind: options.kind }, report);
      for await (const step of steps) {
        signal?.throwIfAborted();
        const kept = file ? await file.add(step) : await sift(sieve, step);
        for (const sample of kept) {
          options.onSample?.(sample);
          await step.verify?.(sample);
        }
      }
    }
  } catch (error) {
    file?.close();
    throw error;
  }
  file?.close();
  const told = () => ({
    retention: sieve.counter.retention,
    filters: options.filters,
    sources: report.sources,
    ...(options.verify ? { verification: report.verification } : {}),
  });
  if (out === undefined || file === undefined) return told();
  const job = { signal, onProgress };
  const keep = await keepDistinct(file, out, sieve, options);
  if (out.shards === undefined) {
    await writeCorpusFile(file.partial, out.path, keep, job);
    await file.finish();
    return told();
  }
  const account = { run: out.run, retention: sieve.counter.retention };
  const { shards } = await writeCorpusShards(file.partial, out.path, account, {
    ...out.shards,
    keep,
    ...job,
  });
  await file.finish();
  return { ...told(), shards };
}

/** What near duplicates leave; nothing where none are looked for. */
async function keepDistinct(
  { partial }: CorpusFile,
  { nearDuplicates: similarity }: CorpusOutput,
  { counter }: CorpusSieve,
  { tokenizer, signal, onProgress }: MakeCorpusOptions,
): Promise<Keep | undefined> {
  if (similarity === undefined) return undefined;
  const job = { signal, onProgress };
  const doubles = await nearDuplicateIds(samplesOf(partial, job), {
    tokenizer,
    similarity,
    ...job,
  });
  for (const tokens of doubles.values()) counter.remove(tokens, "near-duplicate");
  return (id) => !doubles.has(id);
}

/** Beside the folder, not in it: what is in it is whole. */
function partialName({ path }: CorpusOutput): string {
  return path.replace(/[/\\]+$/, "");
}

async function sift(sieve: CorpusSieve, step: CorpusStep): Promise<Sample[]> {
  const verdicts = await sieve.sift(step);
  return verdicts.flatMap(({ sample, reason }) => sample && reason === undefined ? [sample] : []);
}

type Step = CorpusStep & { verify?: (sample: Sample) => Promise<void> };

interface Report {
  readonly sources: SourceReport[];
  readonly verification: Verified;
}

async function* historySource(
  source: string,
  index: number,
  file: CorpusFile | undefined,
  options: MakeCorpusOptions & { kind: HistoryKind },
  report: Report,
): AsyncGenerator<Step> {
  const { signal, onProgress, pullRequests, repository: told } = options;
  const earlier = file?.done[index];
  const opened = await openSourceRepository(source, {
    revision: options.revision,
    // Of a part of a history, few contents are needed.
    blobless: options.commits !== undefined,
    signal,
    onProgress,
  });
  const git = opened.repository;
  try {
    const repository = {
      name: told?.name ?? repositoryName(git.source),
      description: told?.description,
    };
    const isDone = (id: string) => earlier?.units.has(id) ?? false;
    const revision = earlier?.head ?? opened.revision;
    const head = await git.resolve(revision);
    file?.begin(head);
    const all = { ...options, repository, revision: head, isDone };
    const about = { source: git.source, repository: repository.name };
    let steps: AsyncGenerator<CorpusStep>;
    if (pullRequests === undefined) {
      const { plan, steps: planned } = await buildCorpus(git, all);
      const { commits: _, ...numbers } = plan;
      report.sources.push({ ...about, ...numbers });
      steps = planned;
    } else {
      report.sources.push({ ...about, head });
      steps = corpusSteps(git, plannedUnits(git, pullRequests, all), all);
    }
    const verify = async (sample: Sample) => {
      report.verification.add(sample.id, await verifySample(git, sample));
    };
    for await (const step of steps) yield options.verify ? { ...step, verify } : step;
  } finally {
    await git.close();
  }
}

/** The units of pull requests, each as far as the repository holds it. */
async function* plannedUnits(
  git: Repository,
  origin: PullRequestOrigin,
  { repository, isDone, filters, signal, onProgress }:
    & Pick<MakeCorpusOptions, "filters">
    & Job
    & { repository: RepositoryName; isDone: (id: string) => boolean },
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

async function* environmentSource(
  source: string,
  index: number,
  file: CorpusFile | undefined,
  { filters, tokenizer, resolved, signal, onProgress }: MakeCorpusOptions,
): AsyncGenerator<Step> {
  const { trajectories, errors } = await loadTrajectories(source, { signal, onProgress });
  file?.begin("");
  const seen = file?.done[index]?.units;
  const steps = [
    ...errors.map(({ path, row = 0, code }): CorpusStep => lost(`${path}#${row}`, code)),
    ...trajectories.map((trajectory): CorpusStep => {
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
    }),
  ];
  for (const [done, step] of steps.entries()) {
    if (!seen?.has(step.id)) yield step;
    onProgress?.({ phase: "corpus", done: done + 1, total: steps.length, unit: "trajectories" });
  }
}

function lost(id: string, reason: string): CorpusStep {
  return { id, title: "", candidates: [{ id, reason, tokens: 0 }], omitted: {} };
}

class Verified {
  samples = 0;
  applied = 0;
  compared = 0;
  readonly faults: { id: string; fault: string }[] = [];

  add(id: string, { applied, compared, faults }: Verification): void {
    this.samples++;
    this.applied += applied;
    this.compared += compared;
    for (const fault of faults) this.faults.push({ id, fault });
  }
}
