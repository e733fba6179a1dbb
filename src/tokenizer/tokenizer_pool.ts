/**
 * Encoding on all cores: texts go to workers in batches and come back as tokens, in order, with
 * bounded memory whatever the size of the corpus.
 *
 * @module
 */
import type { Gpu, Job } from "../gpu/mod.ts";
import { concatenateTokens } from "./concatenate_tokens.ts";
import { createPieceEncoder, isForGpu, type PieceEncoder } from "./encode_pieces.ts";
import { WORKERS } from "./start_worker.ts";
import { BATCH_BYTES, type TextBatch, textBatches, type TokenBatch } from "./text_batches.ts";
import { openVocabulary, type TokenizerSource } from "./tokenizer.ts";
import { inOrder, WorkerPool } from "./worker_pool.ts";

/** Texts that are known, or that arrive. */
export type Texts =
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/** Workers with a vocabulary. */
export interface TokenizerPool extends Disposable {
  readonly workers: number;
  /** What encodes: the workers, or the GPU where it was found to be faster; null until it is known. */
  readonly device: "workers" | "gpu" | null;
  /**
   * The tokens of each text, in order, as `Tokenizer.encode` gives them; short texts share a buffer.
   * Texts are taken as workers have time for them. Reports the phase `tokenise` in bytes, or UTF-16
   * units of strings; the total is known for arrays.
   *
   * @throws the signal's reason, at once, when it is aborted.
   */
  encodeAll(texts: Texts, job?: Job): AsyncGenerator<Uint32Array<ArrayBuffer>>;
  /** The tokens of one text, its parts encoded side by side. */
  encode(text: string | Uint8Array, job?: Job): Promise<Uint32Array<ArrayBuffer>>;
}

/**
 * Starts workers and loads a vocabulary in each. They end when the pool is disposed of; until then
 * they keep a Deno process from exiting.
 *
 * @param options.workers how many; by default as many as cores, eight at most
 * @param options.gpu encodes if the first batches show that it is faster than all workers together
 * @throws {TokenizerError} as `loadTokenizer`
 * @example
 * ```ts
 * import { openTokenizerPool } from "bottega";
 * using pool = await openTokenizerPool("o200k_base");
 * for await (const tokens of pool.encodeAll(["one text", "another"])) console.log(tokens.length);
 * ```
 */
export async function openTokenizerPool(
  source: TokenizerSource = "o200k_base",
  { workers = WORKERS, gpu }: { readonly workers?: number; readonly gpu?: Gpu | null } = {},
): Promise<TokenizerPool> {
  const onGpu = gpu ? await gpuEncoder(gpu, source) : null;
  const pool = new WorkerPool(workers);
  const close = () => {
    onGpu?.[Symbol.dispose]();
    pool[Symbol.dispose]();
  };
  const [rule] = await pool.all("load", source).catch((error) => {
    close();
    throw error;
  });
  // Memory goes to a worker and back: allocated anew for each batch, it would be zeroed each time.
  const spare: ArrayBuffer[] = [];
  const onWorkers = async ({ bytes, ends }: TextBatch): Promise<TokenBatch> => {
    const encoded = await pool.run("encode", { bytes, ends }, [bytes.buffer]);
    const { buffer } = encoded.bytes;
    if (buffer.byteLength === BATCH_BYTES) spare.push(buffer);
    return encoded;
  };
  let device: TokenizerPool["device"] = onGpu ? null : "workers";
  const encodeBatch = async (batch: TextBatch): Promise<TokenBatch> => {
    if (onGpu && device === null && batch.bytes.length >= PROBE_BYTES) {
      // Until the choice is made the batches after this one go to the workers.
      device = "workers";
      device = await fasterDevice(batch, onGpu, onWorkers, workers);
    }
    return await (onGpu && device === "gpu" ? onGpu.encode(batch) : onWorkers(batch));
  };

  async function* encodeAll(texts: Texts, { signal, onProgress }: Job = {}) {
    const total = Array.isArray(texts) ? texts.reduce((sum, { length }) => sum + length, 0) : 0;
    let done = 0;
    onProgress?.({ phase: "tokenise", done, total, unit: "bytes" });
    const encoded = inOrder(
      textBatches(texts, rule!, spare),
      async ({ bytes, ends, isLast, length }) => {
        const batch = await encodeBatch({ bytes, ends });
        return { ...batch, isLast, length };
      },
      3 * workers,
      signal,
    );
    let parts: Uint32Array<ArrayBuffer>[] = [];
    for await (const { tokens, ends, isLast, length } of encoded) {
      done += length;
      onProgress?.({ phase: "tokenise", done, total, unit: "bytes" });
      for (let i = 0; i < ends.length; i++) {
        parts.push(tokens.subarray(ends[i - 1] ?? 0, ends[i]));
        if (!isLast[i]) continue;
        yield parts.length === 1 ? parts[0]! : concatenateTokens(parts);
        parts = [];
      }
    }
  }

  return {
    workers,
    get device() {
      return device;
    },
    encodeAll,
    async encode(text, job) {
      for await (const tokens of encodeAll([text], job)) return tokens;
      return new Uint32Array();
    },
    [Symbol.dispose]: close,
  };
}

async function gpuEncoder(gpu: Gpu, source: TokenizerSource): Promise<PieceEncoder | null> {
  const { vocabulary } = await openVocabulary(source);
  return isForGpu(vocabulary) ? await createPieceEncoder(gpu, vocabulary) : null;
}

/** Smaller batches say little. */
const PROBE_BYTES = 1 << 16;

/** Which is faster, warm: the GPU, or all workers side by side. */
async function fasterDevice(
  batch: TextBatch,
  onGpu: PieceEncoder,
  onWorkers: (batch: TextBatch) => Promise<TokenBatch>,
  workers: number,
): Promise<"workers" | "gpu"> {
  const timeMs = async (run: () => Promise<unknown>) => {
    await run();
    const startMs = performance.now();
    await run();
    return performance.now() - startMs;
  };
  const copy = () => ({ ...batch, bytes: batch.bytes.slice() });
  const gpuMs = await timeMs(() => onGpu.encode(batch));
  const workersMs = await timeMs(() =>
    Promise.all(Array.from({ length: workers }, () => onWorkers(copy())))
  );
  return gpuMs < workersMs / workers ? "gpu" : "workers";
}
