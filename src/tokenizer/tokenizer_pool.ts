/**
 * Encoding on all cores: texts go to workers in batches and come back as tokens, in order, with
 * bounded memory whatever the size of the corpus.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { concatenateTokens } from "./concatenate_tokens.ts";
import { WORKERS } from "./start_worker.ts";
import { textBatches } from "./text_batches.ts";
import type { TokenizerSource } from "./tokenizer.ts";
import { inOrder, WorkerPool } from "./worker_pool.ts";

/** Texts that are known, or that arrive. */
export type Texts =
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/** Workers with a vocabulary. */
export interface TokenizerPool extends Disposable {
  readonly workers: number;
  /**
   * The tokens of each text, in order, as `Tokenizer.encode` gives them. Texts are taken as workers
   * have time for them. Reports the phase `tokenise` in bytes, or UTF-16 units of strings; the total is
   * known for arrays.
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
  { workers = WORKERS }: { readonly workers?: number } = {},
): Promise<TokenizerPool> {
  const pool = new WorkerPool(workers);
  const [rule] = await pool.all("load", source).catch((error) => {
    pool[Symbol.dispose]();
    throw error;
  });

  async function* encodeAll(texts: Texts, { signal, onProgress }: Job = {}) {
    const total = Array.isArray(texts) ? texts.reduce((sum, { length }) => sum + length, 0) : 0;
    let done = 0;
    onProgress?.({ phase: "tokenise", done, total, unit: "bytes" });
    const encoded = inOrder(
      textBatches(texts, rule!),
      async ({ bytes, ends, isLast, length }) => {
        const batch = await pool.run("encode", { bytes, ends }, [bytes.buffer]);
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
        parts.push(tokens.slice(ends[i - 1] ?? 0, ends[i]));
        if (!isLast[i]) continue;
        yield parts.length === 1 ? parts[0]! : concatenateTokens(parts);
        parts = [];
      }
    }
  }

  return {
    workers,
    encodeAll,
    async encode(text, job) {
      for await (const tokens of encodeAll([text], job)) return tokens;
      return new Uint32Array();
    },
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}
