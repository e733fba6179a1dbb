/**
 * The items of a benchmark, whatever file they come in: JSONL, JSON, Parquet, or plain text.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import {
  openFileSource,
  type ReadError,
  readRecords,
  type SourceFile,
  type SourceInput,
  TrajectoryError,
} from "../trajectory/mod.ts";

/** An item: what a model is asked, and what answers it. */
export interface BenchmarkItem {
  readonly id: string;
  readonly text: string;
}

/** A benchmark as it was read. */
export interface Benchmark {
  readonly items: readonly BenchmarkItem[];
  /** Records without a text, and files that could not be read. */
  readonly errors: readonly ReadError[];
}

/** Fields that hold what is asked and what answers it, in the benchmarks that have them. */
const KNOWN_FIELDS = [
  ["problem_statement", "patch", "test_patch"],
  ["prompt", "canonical_solution"],
  ["question", "answer"],
  ["instruction", "output"],
] as const;

/**
 * Reads a benchmark. Of a record the known fields are taken together (SWE-bench: problem and patches;
 * HumanEval: prompt and solution), or else all its texts. A file of text is one item.
 *
 * @param options `fields` names the fields to take instead.
 * @throws as `openFileSource`
 */
export async function readBenchmark(
  source: SourceInput,
  { fields, ...job }: { readonly fields?: readonly string[] | undefined } & Job = {},
): Promise<Benchmark> {
  const items: BenchmarkItem[] = [];
  const errors: ReadError[] = [];
  const files = await openFileSource(source, job);
  try {
    for await (const file of files.files()) {
      job.signal?.throwIfAborted();
      if (file.skip !== undefined) continue;
      for await (const read of readFileItems(file, fields, job)) {
        if ("text" in read) items.push(read);
        else errors.push(read);
      }
    }
  } finally {
    await files.close();
  }
  return { items, errors };
}

async function* readFileItems(
  file: SourceFile,
  fields: readonly string[] | undefined,
  { signal }: Job,
): AsyncGenerator<BenchmarkItem | ReadError> {
  const { path } = file;
  if (!RECORDS_NAME.test(path)) {
    yield { id: path, text: new TextDecoder().decode(await file.bytes()) };
    return;
  }
  try {
    for await (const read of readRecords(file, { signal })) {
      const { row = 0 } = read;
      if ("error" in read) {
        yield { path, row, reason: read.error.message, code: read.error.code };
        continue;
      }
      // A JSON file may be one list of all records.
      const list = Array.isArray(read.value) ? read.value : [read.value];
      for (const [i, value] of list.entries()) yield itemOf(value, path, row + i, fields);
    }
  } catch (error) {
    if (!(error instanceof TrajectoryError)) throw error;
    yield { path, reason: error.message, code: error.code };
  }
}

function itemOf(
  value: unknown,
  path: string,
  row: number,
  fields: readonly string[] | undefined,
): BenchmarkItem | ReadError {
  const text = textOf(value, fields);
  if (text.trim() !== "") return { id: idOf(value) ?? `${path}#${row}`, text };
  const looked = fields === undefined ? "any field" : fields.join(", ");
  return { path, row, reason: `no text in ${looked} of this record`, code: "bad-item" };
}

const RECORDS_NAME = /\.(jsonl|ndjson|json|parquet)(\.gz)?$/i;

function textOf(value: unknown, fields: readonly string[] | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  const record = value as Record<string, unknown>;
  const known = fields ??
    KNOWN_FIELDS.find(([first]) => typeof record[first] === "string") ?? Object.keys(record);
  return known.map((field) => record[field]).filter((text) => typeof text === "string").join("\n");
}

function idOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { instance_id, task_id, id } = value as Record<string, unknown>;
  const found = instance_id ?? task_id ?? id;
  return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
}
