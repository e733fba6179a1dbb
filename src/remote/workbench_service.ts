/**
 * The work behind the workbench: reading corpora, tokenising and measuring them. It keeps what it
 * has read, so that a page holds only summaries and asks for the one trajectory that it shows.
 *
 * @module
 */
import {
  type AdapterReport,
  chooseGpu,
  type ChosenGpu,
  describeAdapter,
  type DeviceChoice,
  GpuError,
  type Job,
} from "../gpu/mod.ts";
import {
  type CorpusDocument,
  type CorpusFigures,
  corpusFigures,
  type CorpusMeasure,
  documentOfTrajectory,
  measureCorpus,
  SAMPLE_ROLES,
} from "../corpus/mod.ts";
import type { openRepository, RepositorySource } from "../git/mod.ts";
import {
  type CorpusStatistics,
  corpusStatistics,
  type Mismatch,
  mismatch,
  topTokens,
} from "../stats/mod.ts";
import {
  loadTokenizer,
  tokenizeCorpus,
  type TokenizedCorpus,
  type Tokenizer,
} from "../tokenizer/mod.ts";
import {
  loadTrajectories,
  type ReadError,
  type Skipped,
  summarize,
  type Trajectory,
  type TrajectorySummary,
} from "../trajectory/mod.ts";
import { type AblateService, createAblateService } from "./ablate_service.ts";
import { createTrainService, type TrainService } from "./train_service.ts";

/** What this machine computes on. */
export interface DeviceReport {
  readonly adapter: AdapterReport | null;
  /** Why there is no adapter, and what to do about it. */
  readonly problem?: string;
}

/** What to read. */
export interface LoadRequest {
  /** A file, a folder, a `.bundle`, a git URL, with optional `#path` and `@revision`; or a bundle. */
  readonly source: RepositorySource;
  /** Read the commits as contextual trajectories, one a commit, instead of the files. */
  readonly history?: boolean;
  /** At most so many commits, newest first. */
  readonly limit?: number;
  /** Prefix of the server's git proxy, in a page; see `openRepository`. */
  readonly proxy?: string;
  /** Sent with requests to the proxy. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A corpus that was read: a summary of each trajectory, and what could not be read. */
export interface LoadedCorpus {
  readonly corpus: number;
  readonly rows: readonly TrajectorySummary[];
  readonly errors: readonly ReadError[];
  readonly skipped: readonly Skipped[];
}

/** What to measure. */
export interface StatisticsRequest {
  readonly corpus: number;
  /** Default `o200k_base`. */
  readonly tokenizer?: string;
  /** Default `auto`. */
  readonly device?: DeviceChoice;
}

/** A token and how often it occurs. */
export interface FrequentToken {
  readonly token: number;
  readonly text: string;
  readonly count: number;
}

/** The statistics of a corpus, with its 100 most frequent tokens as text. */
export interface MeasuredCorpus extends CorpusStatistics {
  readonly frequent: readonly FrequentToken[];
  /** Why the CPU measured although the GPU was wanted. */
  readonly note?: string;
}

/** What to measure in full: documents, or a corpus that was loaded. */
export interface MeasureRequest {
  readonly documents?: readonly Pick<CorpusDocument, "id" | "segments">[];
  readonly corpus?: number;
  /** Default `o200k_base`. */
  readonly tokenizer?: string;
  /** Other vocabularies to compare by their fertility. */
  readonly others?: readonly string[];
  /** Default `auto`. */
  readonly device?: DeviceChoice;
}

/** A corpus that was measured in full; the worker keeps its counts under `measure`, to compare them. */
export interface FullMeasure {
  readonly measure: number;
  readonly statistics: MeasuredCorpus;
  readonly figures: CorpusFigures;
}

/** The methods, as a worker serves them; see `Workbench` for the side that calls. */
export type WorkbenchService = TrainService & AblateService & {
  device(request: null, job: Job): Promise<DeviceReport>;
  load(request: LoadRequest, job: Job): Promise<LoadedCorpus>;
  trajectory(request: { corpus: number; index: number }, job: Job): Promise<Trajectory>;
  statistics(request: StatisticsRequest, job: Job): Promise<MeasuredCorpus>;
  measure(request: MeasureRequest, job: Job): Promise<FullMeasure>;
  compare(request: { a: number; b: number }, job: Job): Promise<Mismatch>;
  release(request: { corpus: number } | { measure: number }, job: Job): Promise<void>;
};

/** A corpus, or a measure, that is no longer, or never was, held by this worker. */
export class WorkbenchError extends Error {
  override readonly name = "WorkbenchError";
  constructor(
    readonly code: "no-such-corpus" | "no-such-trajectory" | "no-such-measure",
    message: string,
  ) {
    super(message);
  }
}

/**
 * Makes the service.
 *
 * @param open How repositories are opened: here, or by another worker.
 */
export function createWorkbenchService(open: typeof openRepository): WorkbenchService {
  const corpora = new Map<number, Corpus>();
  const measures = new Map<number, CorpusMeasure>();
  const choose = keptGpu();
  let last = 0;

  const find = (id: number): Corpus => {
    const corpus = corpora.get(id);
    if (corpus) return corpus;
    throw new WorkbenchError("no-such-corpus", `corpus ${id} was released or never loaded`);
  };
  const findMeasure = (id: number): CorpusMeasure => {
    const measure = measures.get(id);
    if (measure) return measure;
    throw new WorkbenchError("no-such-measure", `measure ${id} was released or never made`);
  };
  return {
    ...createTrainService(choose),
    ...createAblateService(choose),
    device: () => describeDevice(),
    async load({ source, ...options }, job) {
      const read = await loadTrajectories(source, { ...options, ...job, openRepository: open });
      corpora.set(++last, { trajectories: read.trajectories, tokenized: new Map() });
      const rows = read.trajectories.map(summarize);
      return { corpus: last, rows, errors: read.errors, skipped: read.skipped };
    },
    // deno-lint-ignore require-await -- an unknown index must reject, not throw
    async trajectory({ corpus, index }) {
      const trajectory = find(corpus).trajectories[index];
      if (trajectory) return trajectory;
      throw new WorkbenchError("no-such-trajectory", `corpus ${corpus} has no trajectory ${index}`);
    },
    async statistics({ corpus, tokenizer = "o200k_base", device = "auto" }, job) {
      const loaded = await loadTokenizer(tokenizer);
      const { trajectories, tokenized } = find(corpus);
      const tokens = tokenized.get(tokenizer) ??
        await tokenizeCorpus(trajectories, loaded, job);
      tokenized.set(tokenizer, tokens);
      const { gpu, note } = await choose(device);
      const statistics = await corpusStatistics(tokens, { gpu, ...job });
      return withText(statistics, loaded, note);
    },
    async measure({ documents, corpus, tokenizer: name = "o200k_base", ...request }, job) {
      const tokenizer = await loadTokenizer(name);
      const others = await Promise.all((request.others ?? []).map(loadTokenizer));
      const { gpu, note } = await choose(request.device ?? "auto");
      const all = documents ?? find(corpus ?? 0).trajectories.map(documentOfTrajectory);
      const options = { tokenizer, others, gpu, roles: SAMPLE_ROLES, signal: job.signal };
      const measure = await measureCorpus(counted(all, job), options);
      const figures = await corpusFigures(measure, { tokenizer, gpu });
      measures.set(++last, measure);
      return { measure: last, statistics: withText(measure.statistics, tokenizer, note), figures };
    },
    // deno-lint-ignore require-await -- a service's methods are all asynchronous
    async compare({ a, b }) {
      const [ours, theirs] = [findMeasure(a), findMeasure(b)].map((measure) => ({
        tokenizer: measure.statistics.tokenizer,
        tokenCounts: measure.statistics.tokenCounts,
        ngrams: measure.ngrams,
        actions: measure.actions,
      }));
      return mismatch(ours!, theirs!);
    },
    // deno-lint-ignore require-await -- a service's methods are all asynchronous
    async release(request) {
      if ("corpus" in request) corpora.delete(request.corpus);
      else measures.delete(request.measure);
    },
  };
}

interface Corpus {
  readonly trajectories: readonly Trajectory[];
  readonly tokenized: Map<string, TokenizedCorpus>;
}

/** Adds the most frequent tokens as text. */
function withText(
  statistics: CorpusStatistics,
  tokenizer: Tokenizer,
  note: string | undefined,
): MeasuredCorpus {
  const frequent = topTokens(statistics, 100)
    .map(({ token, count }) => ({ token, count, text: tokenizer.tokenText(token) }));
  return { ...statistics, frequent, ...(note !== undefined && { note }) };
}

/** Documents that tell how many of them were taken. */
function* counted<T>(documents: readonly T[], { onProgress }: Job): Generator<T> {
  const total = documents.length;
  const report = (done: number) => onProgress?.({ phase: "measure", done, total, unit: "samples" });
  for (const [done, document] of documents.entries()) {
    report(done);
    yield document;
  }
  report(total);
}

async function describeDevice(): Promise<DeviceReport> {
  try {
    return { adapter: await describeAdapter() };
  } catch (error) {
    if (error instanceof GpuError) return { adapter: null, problem: error.message };
    throw error;
  }
}

/** Keeps the GPU between calls; asks anew after it was lost, or where there was none. */
function keptGpu(): (device: DeviceChoice) => Promise<ChosenGpu> {
  let kept: Promise<ChosenGpu> | null = null;
  return async (device) => {
    if (device === "cpu") return chooseGpu(device);
    kept ??= chooseGpu(device);
    const forget = () => kept = null;
    const { gpu, note } = await kept.catch((error) => (forget(), Promise.reject(error)));
    if (gpu) gpu.lost.then(forget);
    else forget();
    return { gpu, ...(note !== undefined && { note }) };
  };
}
