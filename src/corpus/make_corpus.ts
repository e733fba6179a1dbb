/**
 * A corpus from sources to a file: takes what one source after the other gives, keeps account, writes,
 * and takes up what a stopped run left.
 *
 * @module
 */
import { CorpusSieve, type CorpusStep } from "./build_corpus.ts";
import { type CorpusFile, openCorpusFile } from "./corpus_file.ts";
import {
  type CorpusFormat,
  type CorpusShard,
  type Keep,
  samplesOf,
  writeCorpusFile,
  writeCorpusShards,
} from "./corpus_shards.ts";
import { type CorpusSourceOptions, openCorpusSource, type SourceReport } from "./corpus_sources.ts";
import type { Filters } from "./filters.ts";
import { nearDuplicateIds } from "./near_duplicate_ids.ts";
import type { Retention } from "./retention.ts";
import type { Sample } from "./sample.ts";
import type { Verification } from "./verify_sample.ts";

/** What is made of which sources, and where it goes. */
export interface MakeCorpusOptions extends CorpusSourceOptions {
  /** Checks each sample that this run makes against its repository; see `verifySample`. */
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
  const reports: SourceReport[] = [];
  const verification = new Verified();
  try {
    for (const [i, name] of sources.entries()) {
      const source = await openCorpusSource(name, file?.done[i], options);
      try {
        file?.begin(source.head);
        reports.push(source.report);
        for await (const step of source.steps) {
          signal?.throwIfAborted();
          for (const sample of file ? await file.add(step) : await sift(sieve, step)) {
            options.onSample?.(sample);
            if (options.verify) verification.add(sample.id, await source.verify(sample));
          }
        }
      } finally {
        await source.close();
      }
    }
  } finally {
    file?.close();
  }
  const told = () => ({
    retention: sieve.counter.retention,
    filters: options.filters,
    sources: reports,
    ...(options.verify ? { verification } : {}),
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
