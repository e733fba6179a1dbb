/**
 * A corpus file while it is made. Samples go to `FILE.partial`, and for each unit a line to
 * `FILE.journal` that says how far the file had come and what became of the unit. A run that dies, at
 * whatever moment, is taken up after the last unit that both of them hold.
 *
 * @module
 */
import * as v from "valibot";
import type { CorpusSieve, CorpusStep } from "./build_corpus.ts";
import { CorpusError } from "./corpus_error.ts";
import type { Sample } from "./sample.ts";

/** A corpus file that grows. */
export interface CorpusFile {
  /** The file of finished samples, JSONL. */
  readonly partial: string;
  /** Of each source: the units that an earlier run has done, and the commit that it started from. */
  readonly done: readonly { readonly units: ReadonlySet<string>; readonly head: string }[];
  /** Begins a source, whose history ends with the commit `head`. */
  begin(head: string): void;
  /** Writes what a unit gave, after the sieve; gives back the samples that are kept. */
  add(step: CorpusStep): Promise<Sample[]>;
  /** Lets go of the files; what is there can be taken up again. */
  close(): void;
  /** Removes the journal, once all is written elsewhere; the partial file is the caller's. */
  finish(): Promise<void>;
}

/** How a corpus file is opened. */
export interface CorpusFileOptions {
  /** Everything that the content depends on, as JSON: a run is only taken up by one that is the same. */
  readonly run: unknown;
  /** Takes up what an earlier run left; else that is overwritten. */
  readonly resume: boolean;
  /** Gets to know what an earlier run decided. */
  readonly sieve: CorpusSieve;
}

/**
 * Opens the corpus file that is to become `path`.
 *
 * @throws {CorpusError} `cannot-resume` if an earlier run was another one, quoting the difference
 */
export async function openCorpusFile(
  path: string,
  { run, resume, sieve }: CorpusFileOptions,
): Promise<CorpusFile> {
  const partial = `${path}.partial`;
  const journal = `${path}.journal`;
  const earlier = resume ? await readJournal(journal, partial) : undefined;
  if (earlier !== undefined && JSON.stringify(earlier.run) !== JSON.stringify(run)) {
    throw new CorpusError(
      "cannot-resume",
      `${journal} is of another run, ${difference(earlier.run, run)}; ` +
        "repeat its options, or leave out --resume to begin anew.",
    );
  }
  const done: { units: Set<string>; head: string }[] = [];
  for (const entry of earlier?.entries ?? []) {
    if ("head" in entry) {
      done.push({ units: new Set(), head: entry.head });
      continue;
    }
    done.at(-1)?.units.add(entry.unit);
    entry.verdicts.forEach((verdict) => sieve.take(verdict));
    sieve.counter.omit(entry.omitted);
  }
  let begun = 0;
  let sizeBytes = earlier?.sizeBytes ?? 0;
  const samples = await openAt(partial, sizeBytes);
  const log = await openAt(journal, earlier?.journalBytes ?? 0);
  if (earlier === undefined) writeAll(log, encode({ run }));

  return {
    partial,
    done,
    begin(head) {
      if (begun++ >= done.length) writeAll(log, encode({ head }));
    },
    async add(step) {
      const verdicts = await sieve.sift(step);
      const kept = verdicts.flatMap(({ sample, reason }) =>
        sample !== undefined && reason === undefined ? [sample] : []
      );
      for (const sample of kept) {
        const bytes = encode(sample);
        writeAll(samples, bytes);
        sizeBytes += bytes.length;
      }
      const entry: Entry = {
        unit: step.id,
        sizeBytes,
        verdicts: verdicts.map(({ tokens, reason, hash }) => ({
          tokens,
          ...(reason === undefined ? {} : { reason }),
          ...(hash === undefined ? {} : { hash }),
        })),
        omitted: step.omitted,
      };
      writeAll(log, encode(entry));
      return kept;
    },
    close() {
      samples.close();
      log.close();
    },
    finish: () => Deno.remove(journal),
  };
}

const ENTRY = v.union([
  v.object({ head: v.string() }),
  v.object({
    unit: v.string(),
    sizeBytes: v.number(),
    verdicts: v.array(v.object({
      tokens: v.number(),
      reason: v.exactOptional(v.string()),
      hash: v.exactOptional(v.string()),
    })),
    omitted: v.record(v.string(), v.number()),
  }),
]);

type Entry = Exclude<v.InferOutput<typeof ENTRY>, { head: string }>;

interface Journal {
  readonly run: unknown;
  readonly entries: readonly v.InferOutput<typeof ENTRY>[];
  /** How much of the partial file is whole. */
  readonly sizeBytes: number;
  readonly journalBytes: number;
}

/** What an earlier run left that hangs together; nothing if there is none. */
async function readJournal(path: string, partial: string): Promise<Journal | undefined> {
  const [bytes, written] = await Promise.all([readIfThere(path), sizeIfThere(partial)]);
  if (bytes === undefined || written === undefined) return undefined;
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  const header = parseLine(lines[0]);
  if (typeof header !== "object" || header === null || !("run" in header)) return undefined;
  const entries: v.InferOutput<typeof ENTRY>[] = [];
  let journalBytes = lineBytes(lines[0]);
  let sizeBytes = 0;
  for (const line of lines.slice(1)) {
    const entry = v.safeParse(ENTRY, parseLine(line));
    if (!entry.success) break;
    // What the system had not yet written when the power went is done again.
    if ("sizeBytes" in entry.output) {
      if (entry.output.sizeBytes > written) break;
      sizeBytes = entry.output.sizeBytes;
    }
    entries.push(entry.output);
    journalBytes += lineBytes(line);
  }
  return { run: header.run, entries, sizeBytes, journalBytes };
}

function parseLine(line = ""): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function lineBytes(line = ""): number {
  return new TextEncoder().encode(line).length + 1;
}

/** Names the parts of two runs that differ. */
function difference(earlier: unknown, run: unknown): string {
  const before = Object(earlier) as Record<string, unknown>;
  const now = Object(run) as Record<string, unknown>;
  const other = [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  return other.map((key) =>
    `whose ${key} was ${JSON.stringify(before[key])?.slice(0, 100)} and is ` +
    `${JSON.stringify(now[key])?.slice(0, 100)} now`
  ).join(", ");
}

async function openAt(path: string, sizeBytes: number): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { write: true, create: true });
  await file.truncate(sizeBytes);
  await file.seek(0, Deno.SeekMode.End);
  return file;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function sizeIfThere(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
