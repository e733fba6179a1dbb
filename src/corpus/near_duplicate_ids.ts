/**
 * Which samples of a corpus are nearly the same as one before them, by MinHash over five tokens in a
 * row. The corpus is read as a stream; of each sample only its signature is kept, 256 bytes.
 *
 * @module
 */
import { chooseGpu, type DeviceChoice, type Job } from "../gpu/mod.ts";
import {
  type DocumentTokens,
  mergeSignatures,
  minHash,
  minHashCpu,
  nearDuplicates,
} from "../stats/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import type { Sample } from "./sample.ts";

/** How duplicates are looked for. */
export interface NearDuplicateOptions extends Job {
  readonly tokenizer: Tokenizer;
  /** The least similarity (Jaccard, of their shingles), above 0, at most 1. */
  readonly similarity: number;
  readonly device?: DeviceChoice | undefined;
}

/** Tokens that are looked at in one go. */
const BATCH_TOKENS = 2 ** 20;

/**
 * The samples to leave out, with their tokens, by id: of each cluster all but the first.
 *
 * @throws {RangeError} for a similarity that is none
 * @throws the signal's reason if the job is aborted
 */
export async function nearDuplicateIds(
  samples: AsyncIterable<Sample>,
  { tokenizer, similarity, device = "auto", ...job }: NearDuplicateOptions,
): Promise<Map<string, number>> {
  const { gpu } = await chooseGpu(device);
  using _opened = gpu;
  const ids: string[] = [];
  const lengths: number[] = [];
  const signatures: Uint32Array[] = [];
  let batch: Uint32Array[] = [];
  let size = 0;
  const flush = async () => {
    const documents = join(batch, size);
    signatures.push(
      gpu === null ? minHashCpu(documents) : await minHash(gpu, documents, { signal: job.signal }),
    );
    batch = [];
    size = 0;
  };
  for await (const { id, segments } of samples) {
    job.signal?.throwIfAborted();
    const parts = segments.map(({ text }) => tokenizer.encode(text));
    const tokens = join(parts, parts.reduce((sum, { length }) => sum + length, 0)).tokens;
    ids.push(id);
    lengths.push(tokens.length);
    batch.push(tokens);
    size += tokens.length;
    if (size >= BATCH_TOKENS) await flush();
    job.onProgress?.({ phase: "near duplicates", done: ids.length, total: 0, unit: "samples" });
  }
  await flush();
  const { clusters } = nearDuplicates(mergeSignatures(signatures), similarity);
  return new Map(
    clusters.flatMap((cluster) => cluster.slice(1))
      .map((index): [string, number] => [ids[index] ?? "", lengths[index] ?? 0]),
  );
}

function join(parts: readonly Uint32Array[], size: number): DocumentTokens {
  const tokens = new Uint32Array(size);
  const offsets = new Uint32Array(parts.length + 1);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    tokens.set(part, at);
    at += part.length;
    offsets[i + 1] = at;
  }
  return { tokens, offsets };
}
