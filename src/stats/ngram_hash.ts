/**
 * 64 bits of hash for each n-gram of tokens: what n-grams are known by, wherever they are counted.
 * Two different ones share theirs once in 2⁶⁴ pairs: among ten million, with a chance of 1 in 370,000.
 *
 * @module
 */

import code from "../../shaders/stats/ngram_hash.wgsl?raw" with { type: "text" };
import { createKernel, createProgram, type Dispatch, type Gpu, type Job } from "../gpu/mod.ts";
import {
  checkDocuments,
  checkNgramSize,
  type DocumentTokens,
  eachChunk,
  type TokenChunk,
} from "./token_chunks.ts";

/** The high word of what stands where no n-gram begins; no hash has it. */
export const NO_NGRAM = 2 ** 32 - 1;

/**
 * Hashes on the GPU. Exact: equal to {@linkcode ngramHashCpu}.
 *
 * @param n 1 to 64.
 * @returns (N, 2) u32: the low and the high word of the n-gram that begins at each token; both
 * {@linkcode NO_NGRAM} where its document ends before the n-gram does.
 * @throws {StatisticsError} "bad-corpus", "bad-size".
 * @throws {GpuError} As `createProgram`.
 */
export async function ngramHash(
  gpu: Gpu,
  documents: DocumentTokens,
  n: number,
  job: Job = {},
): Promise<Uint32Array> {
  checkDocuments(documents);
  checkNgramSize(n);
  const hashes = new Uint32Array(2 * documents.tokens.length);
  let at = 0;
  await eachChunk(gpu, documents, n, job, async (chunk, buffers) => {
    const { hashes: onGpu, dispatch } = await ngramHashWork(gpu, chunk, n, buffers);
    const program = await createProgram(gpu, "ngram_hash", [dispatch]);
    const [bytes] = await program.submit([onGpu]);
    hashes.set(new Uint32Array(bytes), at);
    at += 2 * chunk.items;
  });
  return hashes;
}

/** The reference: what {@linkcode ngramHash} gives, in one loop on the CPU. */
export function ngramHashCpu(documents: DocumentTokens, n: number): Uint32Array {
  checkDocuments(documents);
  checkNgramSize(n);
  const { tokens, offsets } = documents;
  const hashes = new Uint32Array(2 * tokens.length).fill(NO_NGRAM);
  for (let k = 0; k + 1 < offsets.length; k++) {
    for (let i = offsets[k]!; i + n <= offsets[k + 1]!; i++) {
      hashes[2 * i] = lowHash(tokens, i, n);
      hashes[2 * i + 1] = highHash(tokens, i, n);
    }
  }
  return hashes;
}

/** The kernel's run over a chunk, and the (M, 2) u32 that it leaves on the GPU. */
export async function ngramHashWork(
  gpu: Gpu,
  chunk: TokenChunk,
  n: number,
  buffers: {
    upload(label: string, data: ArrayBufferView): GPUBuffer;
    zeroed(label: string, sizeBytes: number): GPUBuffer;
  },
): Promise<{ hashes: GPUBuffer; documents: GPUBuffer; dispatch: Dispatch }> {
  const kernel = await createKernel(gpu, { label: "ngram_hash", code, constants: { wg: WG, n } });
  const tokens = buffers.upload("tokens", chunk.tokens);
  const documents = buffers.upload("documents", chunk.documents);
  const hashes = buffers.zeroed("ngram_hashes", 8 * chunk.items);
  const bindings = [tokens, documents, hashes];
  const workgroups = Math.ceil(chunk.items / WG);
  return { hashes, documents, dispatch: { kernel, bindings, workgroups } };
}

/** The low word of the hash of the n-gram that begins at token `i`. */
export function lowHash(tokens: Uint32Array, i: number, n: number): number {
  let low = 0x9e3779b9;
  for (let t = i; t < i + n; t++) {
    low = Math.imul(low ^ tokens[t]!, 0x9e3779b1);
    low ^= low >>> 15;
  }
  return mix(low);
}

/** The high word; never {@linkcode NO_NGRAM}. */
export function highHash(tokens: Uint32Array, i: number, n: number): number {
  let high = 0x7f4a7c15;
  for (let t = i; t < i + n; t++) {
    high = Math.imul(high + tokens[t]!, 0x85ebca77);
    high ^= high >>> 13;
  }
  return Math.min(mix(high), NO_NGRAM - 1);
}

/** The finaliser of MurmurHash3 (Appleby 2011, public domain). */
function mix(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const WG = 64;
