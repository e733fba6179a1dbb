/**
 * MinHash signatures of documents, by one permutation (Li, Owen and Zhang, NeurIPS 2012): a shingle's
 * hash names one of 64 bins, and a bin keeps the least of what falls into it. Signatures agree in
 * about the share of bins in which the documents' shingles agree.
 *
 * @module
 */

import code from "../../shaders/stats/min_hash.wgsl?raw" with { type: "text" };
import { createKernel, createProgram, type Gpu, type Job } from "../gpu/mod.ts";
import { concatenate } from "./concatenate.ts";
import { ngramHashCpu, ngramHashWork, NO_NGRAM } from "./ngram_hash.ts";
import { checkDocuments, checkNgramSize, type DocumentTokens, eachChunk } from "./token_chunks.ts";

/** Bins of a signature. */
export const SIGNATURE_BINS = 64;

/** What a bin holds that no shingle fell into. */
export const EMPTY_BIN = 2 ** 32 - 1;

/** Tokens of a shingle. */
export const SHINGLE_N = 5;

/**
 * Signatures on the GPU. Exact: equal to {@linkcode minHashCpu}; those of shards, one after the other,
 * are those of the whole. Reports the phase `measure` in tokens.
 *
 * @returns (K, 64) u32; all {@linkcode EMPTY_BIN} for a document of fewer than 5 tokens.
 * @throws {StatisticsError} "bad-corpus".
 * @throws {GpuError} As `createProgram`, "limit" for a chunk of two million tokens in more documents
 * than fit a binding; the signal's reason when it is aborted.
 */
export async function minHash(
  gpu: Gpu,
  documents: DocumentTokens,
  job: Job = {},
  n = SHINGLE_N,
): Promise<Uint32Array> {
  checkDocuments(documents);
  checkNgramSize(n);
  const signatures = emptySignatures(documents);
  await eachChunk(gpu, documents, n, job, async (chunk, buffers) => {
    const { hashes, documents, dispatch } = await ngramHashWork(gpu, chunk, n, buffers);
    const constants = { wg: WG, bin_bits: BIN_BITS };
    const kernel = await createKernel(gpu, { label: "min_hash", code, constants });
    const first = chunk.firstDocument * SIGNATURE_BINS;
    const part = signatures.subarray(first, first + chunk.documentCount * SIGNATURE_BINS);
    // What the chunk before it found of a document that reaches into this one goes on from there.
    const onGpu = buffers.upload("signatures", part);
    const workgroups = Math.ceil(chunk.items / WG);
    const program = await createProgram(gpu, "min_hash", [
      dispatch,
      { kernel, bindings: [hashes, documents, onGpu], workgroups },
    ]);
    const [bytes] = await program.submit([onGpu]);
    part.set(new Uint32Array(bytes, 0, part.length));
  });
  return signatures;
}

/** The reference: what {@linkcode minHash} gives, in one loop on the CPU. */
export function minHashCpu(documents: DocumentTokens, n = SHINGLE_N): Uint32Array {
  const hashes = ngramHashCpu(documents, n);
  const signatures = emptySignatures(documents);
  const { offsets } = documents;
  for (let k = 0; k + 1 < offsets.length; k++) {
    for (let i = offsets[k]!; i < offsets[k + 1]!; i++) {
      const high = hashes[2 * i + 1]!;
      if (high === NO_NGRAM) continue;
      const bin = k * SIGNATURE_BINS + (high >>> (32 - BIN_BITS));
      const value = Math.min(hashes[2 * i]!, EMPTY_BIN - 1);
      if (value < signatures[bin]!) signatures[bin] = value;
    }
  }
  return signatures;
}

/**
 * The similarity (Jaccard) of the shingles of two documents, from their signatures: agreeing bins by
 * those that are not empty in both. Unbiased, with a deviation of 1/16 at most; 0 where both are empty.
 */
export function signatureSimilarity(signatures: Uint32Array, a: number, b: number): number {
  let [equal, used] = [0, 0];
  for (let bin = 0; bin < SIGNATURE_BINS; bin++) {
    const ofA = signatures[a * SIGNATURE_BINS + bin];
    const ofB = signatures[b * SIGNATURE_BINS + bin];
    if (ofA === EMPTY_BIN && ofB === EMPTY_BIN) continue;
    used++;
    if (ofA === ofB) equal++;
  }
  return used === 0 ? 0 : equal / used;
}

/** The signatures of shards, one after the other: those of the whole. */
export function mergeSignatures(shards: readonly Uint32Array[]): Uint32Array {
  return concatenate(shards);
}

function emptySignatures({ offsets }: DocumentTokens): Uint32Array {
  return new Uint32Array((offsets.length - 1) * SIGNATURE_BINS).fill(EMPTY_BIN);
}

const BIN_BITS = Math.log2(SIGNATURE_BINS);
const WG = 64;
