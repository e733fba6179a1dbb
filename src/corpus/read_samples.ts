/**
 * Reads corpus files: JSONL or Parquet, one sample a record. A record with a text alone, as other
 * corpora have it, reads as one segment of context.
 *
 * @module
 */
import * as v from "valibot";
import {
  blobSource,
  type ReadError,
  readRecords,
  type RecordRead,
  type SourceFile,
  TrajectoryError,
} from "../trajectory/mod.ts";
import { CorpusError } from "./corpus_error.ts";
import { makeSample, type Sample, SAMPLE_KINDS, SAMPLE_ROLES, SAMPLE_TEXTS } from "./sample.ts";

/** Where samples are read from: a file, JSONL (plain or gzipped) or Parquet; a stream of JSONL. */
export type SampleInput = Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array> | SourceFile;

/** How samples are read. */
export interface ReadSamplesOptions {
  /** How errors name the file, where the input has no path of its own. */
  readonly path?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many more bytes of the file were taken in. */
  readonly onBytes?: ((sizeBytes: number) => void) | undefined;
}

/**
 * The samples of a corpus file in their order, and among them why a line is none. Only the current one
 * is held. Segments that do not join to the text, and roles that are not known, are errors of their
 * line: a loss mask made of them would be wrong.
 *
 * @throws the signal's reason if it is aborted
 * @example
 * ```ts
 * import { isSample, readSamples } from "bottega";
 * const lines = new TextEncoder().encode('{"id": "a", "text": "hello"}\n{"id": 1}\n');
 * for await (const read of readSamples(lines)) {
 *   console.log(isSample(read) ? read.text : read.reason);
 * }
 * ```
 */
export async function* readSamples(
  input: SampleInput,
  options: ReadSamplesOptions = {},
): AsyncGenerator<Sample | ReadError> {
  const { path = "path" in input ? input.path : "corpus.jsonl", signal } = options;
  let row = 0;
  try {
    for await (const read of recordsOf(input, path, options)) {
      signal?.throwIfAborted();
      row = read.row ?? row;
      try {
        if ("error" in read) throw read.error;
        yield parseSample(read.value, `${path}#${row}`);
      } catch (error) {
        yield asReadError(error, path, row);
      }
      row++;
    }
  } catch (error) {
    if (error instanceof TrajectoryError && isEmpty(error)) return;
    yield asReadError(error, path, row);
  }
}

/** Whether what was read is a sample, and no error. */
export function isSample(read: Sample | ReadError): read is Sample {
  return "segments" in read;
}

/**
 * A sample from a line's value. Other keys are allowed.
 *
 * @param id what a line without an `id` is called
 * @throws {CorpusError} `bad-sample`, quoting what is wrong
 */
export function parseSample(value: unknown, id: string): Sample {
  const result = v.safeParse(SAMPLE, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const place = v.getDotPath(issue) ?? "the line";
    const received = issue.received.slice(0, 80);
    throw new CorpusError(
      "bad-sample",
      `${place}: expected ${issue.expected ?? "another value"} but received ${received}`,
    );
  }
  const { text, commits, texts, ...read } = result.output;
  const segments = read.segments ?? [{ role: "context" as const, text: text ?? "" }];
  const head = {
    id: read.id ?? id,
    kind: read.kind ?? "code",
    repo: read.repo ?? "",
    base: read.base ?? null,
    ...(commits ? { commits } : {}),
    ...(texts ? { texts } : {}),
  };
  const sample = makeSample(head, segments);
  if (text !== undefined && text !== null && sample.text !== text) {
    throw new CorpusError("bad-sample", `the segments of ${head.id} do not join to its text`);
  }
  if (read.segments === undefined && typeof text !== "string") {
    throw new CorpusError("bad-sample", `${head.id} has neither segments nor a text`);
  }
  return sample;
}

const oneOf = <const T extends readonly string[]>(names: T) => v.picklist(names);

const EDIT = v.variant("kind", [
  v.object({
    kind: v.literal("str_replace"),
    path: v.string(),
    search: v.string(),
    replace: v.string(),
  }),
  v.object({
    kind: v.literal("insert"),
    path: v.string(),
    line: v.pipe(v.number(), v.integer(), v.minValue(0)),
    text: v.string(),
  }),
  v.object({ kind: v.literal("create"), path: v.string(), text: v.string() }),
  v.object({ kind: v.literal("delete"), path: v.string() }),
  v.object({ kind: v.literal("rename"), path: v.string(), newPath: v.string() }),
]);

const SAMPLE = v.object({
  id: v.nullish(v.string()),
  kind: v.nullish(oneOf(SAMPLE_KINDS)),
  repo: v.nullish(v.string()),
  base: v.nullish(v.string()),
  commits: v.nullish(v.array(v.object({
    oid: v.string(),
    message: v.string(),
    edits: v.array(EDIT),
    patch: v.exactOptional(v.string()),
  }))),
  texts: v.nullish(oneOf(SAMPLE_TEXTS)),
  segments: v.optional(v.array(v.object({ role: oneOf(SAMPLE_ROLES), text: v.string() }))),
  text: v.nullish(v.string()),
});

function asReadError(error: unknown, path: string, row: number): ReadError {
  if (!(error instanceof CorpusError) && !(error instanceof TrajectoryError)) throw error;
  return { path, row, reason: error.message, code: error.code };
}

/** An empty file is a corpus of no samples. */
function isEmpty({ code, message }: TrajectoryError): boolean {
  return code === "not-json" && message === "the file is empty";
}

async function* recordsOf(
  input: SampleInput,
  path: string,
  options: ReadSamplesOptions,
): AsyncGenerator<RecordRead> {
  if (input instanceof ReadableStream) return yield* readLines(input, options);
  const { signal, onBytes } = options;
  const blob = input instanceof Uint8Array ? new Blob([input]) : input;
  const files = blob instanceof Blob ? blobSource(path, [{ path, blob }]).files() : [blob];
  for await (const file of files) {
    yield* readRecords(file, { signal, ...(onBytes ? { onBytes } : {}) });
  }
}

/** The lines of a stream that cannot be read twice, so that its beginning tells nothing of it. */
async function* readLines(
  stream: ReadableStream<Uint8Array>,
  { signal, onBytes }: ReadSamplesOptions,
): AsyncGenerator<RecordRead> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let row = 0;
  let rest: string[] = [];
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    onBytes?.(chunk.length);
    const [first = "", ...lines] = decode(decoder, chunk).split("\n");
    rest.push(first);
    for (const line of lines) {
      yield* readLine(rest.join(""), row++);
      rest = [line];
    }
  }
  yield* readLine(rest.join("") + decode(decoder), row);
}

function* readLine(line: string, row: number): Generator<RecordRead> {
  if (line.trim() === "") return;
  try {
    yield { row, value: JSON.parse(line) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    yield { row, error: new TrajectoryError("not-json", reason, { cause: error }) };
  }
}

/** @throws {TrajectoryError} `not-utf8`; what follows cannot be told from what went before */
function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (error) {
    throw new TrajectoryError("not-utf8", "the stream is not UTF-8; convert it", { cause: error });
  }
}
