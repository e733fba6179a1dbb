/**
 * The workers that the tokeniser's room starts.
 *
 * @module
 */

/** How many it starts unless told otherwise: one a core, up to eight. */
export const WORKERS = Math.min(8, navigator.hardwareConcurrency || 1);

/** A worker that runs `workers/tokenizer.ts`. */
export function startTokenizerWorker(): Worker {
  return new Worker(new URL("../../workers/tokenizer.ts", import.meta.url), { type: "module" });
}
