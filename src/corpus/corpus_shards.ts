/**
 * A finished corpus in the form that was asked for: one JSONL or Parquet file, or a folder of shards
 * that are named by their SHA-256. All are written as a stream, a sample at a time.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { Job } from "../gpu/mod.ts";
import { CorpusError } from "./corpus_error.ts";
import { isSample, readSamples } from "./read_samples.ts";
import type { Retention } from "./retention.ts";
import type { Sample } from "./sample.ts";

/** The forms of a corpus file. */
export const CORPUS_FORMATS = ["jsonl", "parquet"] as const;

export type CorpusFormat = typeof CORPUS_FORMATS[number];

/** A shard as the manifest names it. */
export interface CorpusShard {
  /** `<sha256>.jsonl` or `<sha256>.parquet`. */
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly samples: number;
}

/** What stands in `manifest.json` beside the shards. */
export interface CorpusManifest {
  readonly format: "bottega-corpus-1";
  /** What the corpus was made from, and how. */
  readonly run: unknown;
  readonly retention: Retention;
  readonly shards: readonly CorpusShard[];
}

/** The form that a file's name stands for. */
export function formatOf(path: string): CorpusFormat {
  return /\.parquet$/i.test(path) ? "parquet" : "jsonl";
}

/** A filter over a corpus, by the samples' ids. */
export type Keep = (id: string) => boolean;

/** Makes one file, of the form that its name stands for, of the samples of a JSONL file, which goes. */
export async function writeCorpusFile(
  partial: string,
  path: string,
  keep?: Keep,
  job: Job = {},
): Promise<void> {
  if (keep === undefined && formatOf(path) === "jsonl") return await Deno.rename(partial, path);
  const temporary = `${path}.writing`;
  const write = formatOf(path) === "parquet" ? parquetSink : jsonlSink;
  const sink = write(temporary);
  for await (const sample of samplesOf(partial, job)) {
    if (keep?.(sample.id) ?? true) sink.add(sample);
  }
  sink.end();
  await Deno.rename(temporary, path);
  await Deno.remove(partial);
}

/**
 * Makes shards of about `shardBytes` of the samples of a JSONL file, which goes; the manifest is last.
 *
 * @throws {CorpusError} `bad-option` if `folder` is a file
 */
export async function writeCorpusShards(
  partial: string,
  folder: string,
  manifest: Omit<CorpusManifest, "shards" | "format">,
  { format, shardBytes, keep = () => true, ...job }:
    & { format: CorpusFormat; shardBytes: number; keep?: Keep | undefined }
    & Job,
): Promise<CorpusManifest> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new CorpusError("bad-option", `${folder} is a file; shards need a folder.`);
  }
  const temporary = join(folder, "shard.writing");
  const write = format === "parquet" ? parquetSink : jsonlSink;
  const shards: CorpusShard[] = [];
  let open: { sink: Sink; samples: number; sizeBytes: number } | undefined;
  const end = async () => {
    if (open === undefined) return;
    open.sink.end();
    const { sha256, sizeBytes } = await hashFile(temporary);
    const file = `${sha256}.${format}`;
    await Deno.rename(temporary, join(folder, file));
    shards.push({ file, sha256, sizeBytes, samples: open.samples });
    open = undefined;
  };
  for await (const sample of samplesOf(partial, job)) {
    if (!keep(sample.id)) continue;
    open ??= { sink: write(temporary), samples: 0, sizeBytes: 0 };
    open.sink.add(sample);
    open.samples++;
    open.sizeBytes += JSON.stringify(sample).length;
    if (open.sizeBytes >= shardBytes) await end();
  }
  await end();
  const whole: CorpusManifest = { format: "bottega-corpus-1", ...manifest, shards };
  await Deno.writeTextFile(join(folder, "manifest.json"), `${JSON.stringify(whole, null, 2)}\n`);
  await Deno.remove(partial);
  return whole;
}

/** The samples of a JSONL file of ours. @throws {CorpusError} `bad-sample` for a line that is none */
export async function* samplesOf(path: string, { signal }: Job = {}): AsyncGenerator<Sample> {
  using file = await Deno.open(path);
  for await (const read of readSamples(file.readable, { path, signal })) {
    if (!isSample(read)) throw new CorpusError("bad-sample", `${path}: ${read.reason}`);
    yield read;
  }
}

interface Sink {
  add(sample: Sample): void;
  end(): void;
}

function jsonlSink(path: string): Sink {
  const file = Deno.openSync(path, { write: true, create: true, truncate: true });
  return {
    add(sample) {
      const bytes = new TextEncoder().encode(`${JSON.stringify(sample)}\n`);
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    },
    end: () => file.close(),
  };
}

/** Rows that wait for their group, of at most so many characters. */
const GROUP_CHARACTERS = 16 * 2 ** 20;

function parquetSink(path: string): Sink {
  const text = { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" } as const;
  const json = { ...text, converted_type: "JSON" } as const;
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [
      { name: "sample", num_children: 8 },
      { ...text, name: "id" },
      { ...text, name: "kind" },
      { ...text, name: "repo" },
      { ...text, name: "base", repetition_type: "OPTIONAL" },
      { ...text, name: "texts", repetition_type: "OPTIONAL" },
      { ...json, name: "commits", repetition_type: "OPTIONAL" },
      { ...json, name: "segments" },
      { ...text, name: "text" },
    ],
    createdBy: "bottega",
  });
  let rows: Sample[] = [];
  let characters = 0;
  const flush = () => {
    if (rows.length === 0) return;
    writer.write({
      columnData: [
        { name: "id", data: rows.map(({ id }) => id) },
        { name: "kind", data: rows.map(({ kind }) => kind) },
        { name: "repo", data: rows.map(({ repo }) => repo) },
        { name: "base", data: rows.map(({ base }) => base) },
        { name: "texts", data: rows.map(({ texts }) => texts ?? null) },
        { name: "commits", data: rows.map(({ commits }) => commits ?? null) },
        { name: "segments", data: rows.map(({ segments }) => segments) },
        { name: "text", data: rows.map(({ text }) => text) },
      ],
      rowGroupSize: rows.length,
    });
    rows = [];
    characters = 0;
  };
  return {
    add(sample) {
      rows.push(sample);
      characters += sample.text.length;
      if (characters >= GROUP_CHARACTERS) flush();
    },
    end() {
      flush();
      writer.finish();
    },
  };
}

async function hashFile(path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  using file = await Deno.open(path);
  for await (const chunk of file.readable) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}
