/**
 * What statistics and packing read: samples from corpus files, one after the other and never all at
 * once, or trajectories from whatever they come in.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import {
  type LoadOptions,
  loadTrajectories,
  openFileSource,
  type ReadError,
  readRecords,
  ROLES,
  segments,
  type Skipped,
  type SourceFile,
  type SourceInput,
  type Trajectory,
  TrajectoryError,
} from "../trajectory/mod.ts";
import { isSample, readSamples } from "./read_samples.ts";
import { type Sample, SAMPLE_ROLES } from "./sample.ts";

/** A sample, or a trajectory as its segments. */
export interface CorpusDocument {
  readonly id: string;
  readonly segments: readonly { readonly role: string; readonly text: string }[];
  /** What it was made of: one of the two. */
  readonly trajectory?: Trajectory;
  readonly sample?: Sample;
}

/** A source that was opened: what it holds is known, and read when `documents` is asked for. */
export interface OpenDocuments {
  readonly kind: "samples" | "trajectories";
  /** The roles that its segments may have. */
  readonly roles: readonly string[];
  /** What could not be read, and what was passed over; complete once all documents are read. */
  readonly errors: readonly ReadError[];
  readonly skipped: readonly Skipped[];
  /**
   * All documents in their order. Reports how far whoever takes them is: the phase `measure`, in bytes
   * of corpus files or, once they were read, in trajectories.
   */
  documents(job?: Job): AsyncGenerator<CorpusDocument>;
  close(): Promise<void>;
}

/**
 * Opens a source. Files whose first records have `segments`, or a `text` where it is the only file, are
 * corpus files; where there are any, nothing else of the source is read. Else it is read as
 * trajectories are.
 *
 * @throws as `openFileSource` and `loadTrajectories`
 * @example
 * ```ts ignore
 * const corpus = await openDocuments("corpus.jsonl");
 * for await (const { id, segments } of corpus.documents()) console.log(id, segments.length);
 * await corpus.close();
 * ```
 */
export async function openDocuments(
  source: SourceInput,
  options: LoadOptions = {},
): Promise<OpenDocuments> {
  if (options.history !== true) {
    const { signal } = options;
    const files = await openFileSource(source, options);
    const [corpora, others] = await partition(files.files(), signal);
    if (corpora.length > 0) return openSamples(corpora, others, () => files.close());
    await files.close();
  }
  return openTrajectories(source, options);
}

/** A trajectory as a document. */
export function documentOfTrajectory(trajectory: Trajectory): CorpusDocument {
  return {
    id: trajectory.id,
    trajectory,
    get segments() {
      return segments(trajectory);
    },
  };
}

function openSamples(
  files: readonly SourceFile[],
  others: readonly SourceFile[],
  close: () => Promise<void>,
): OpenDocuments {
  const errors: ReadError[] = [];
  const total = files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  return {
    kind: "samples",
    roles: SAMPLE_ROLES,
    errors,
    skipped: others.map(({ path }) => ({ path, reason: "no corpus file, as others here are" })),
    async *documents({ signal, onProgress } = {}) {
      errors.length = 0;
      let done = 0;
      const report = () => onProgress?.({ phase: "measure", done, total, unit: "bytes" });
      report();
      for (const file of files) {
        const onBytes = (sizeBytes: number) => {
          done += sizeBytes;
          report();
        };
        for await (const read of readSamples(file, { signal, onBytes })) {
          if (isSample(read)) yield { id: read.id, segments: read.segments, sample: read };
          else errors.push(read);
        }
      }
    },
    close,
  };
}

function openTrajectories(source: SourceInput, options: LoadOptions): OpenDocuments {
  const errors: ReadError[] = [];
  const skipped: Skipped[] = [];
  return {
    kind: "trajectories",
    roles: ROLES,
    errors,
    skipped,
    async *documents(job = {}) {
      const read = await loadTrajectories(source, { ...options, ...job });
      errors.splice(0, Infinity, ...read.errors);
      skipped.splice(0, Infinity, ...read.skipped);
      const total = read.trajectories.length;
      const report = (done: number) =>
        job.onProgress?.({ phase: "measure", done, total, unit: "trajectories" });
      for (const [done, trajectory] of read.trajectories.entries()) {
        report(done);
        yield documentOfTrajectory(trajectory);
      }
      report(total);
    },
    close: () => Promise.resolve(),
  };
}

/** Corpus files, and all others. */
async function partition(
  files: AsyncIterable<SourceFile>,
  signal: AbortSignal | undefined,
): Promise<[corpora: SourceFile[], others: SourceFile[]]> {
  const all = await Array.fromAsync(files);
  const corpora: SourceFile[] = [];
  const others: SourceFile[] = [];
  for (const file of all) {
    signal?.throwIfAborted();
    const isCorpus = file.skip === undefined && CORPUS_NAME.test(file.path) &&
      await beginsWithSamples(file, all.length === 1, signal);
    (isCorpus ? corpora : others).push(file);
  }
  return [corpora, others];
}

const CORPUS_NAME = /\.(jsonl|ndjson|json|parquet)(\.gz)?$/i;

/** So many records at the beginning may tell nothing before a file is taken for something else. */
const RECORDS_SEEN = 16;

async function beginsWithSamples(
  file: SourceFile,
  isAlone: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let seen = 0;
  try {
    for await (const read of readRecords(file, { signal })) {
      const verdict = "value" in read ? looksLikeSample(read.value, isAlone) : undefined;
      if (verdict !== undefined) return verdict;
      if (++seen >= RECORDS_SEEN) return false;
    }
  } catch (error) {
    // The reader of trajectories tells what is wrong with it, if that is what it should be.
    if (!(error instanceof TrajectoryError)) throw error;
  }
  return false;
}

/** Undefined where a record tells nothing. Much has a `text`: among other files it is not enough. */
function looksLikeSample(value: unknown, isAlone: boolean): boolean | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("messages" in value || "trajectory" in value || "history" in value) return false;
  if ("segments" in value) return Array.isArray(value.segments);
  return isAlone && "text" in value ? true : undefined;
}
