/**
 * Choices of kernels that outlive the process: timed once an adapter and class of shapes.
 *
 * @module
 */

import type { Tuning } from "./tuning.ts";

/** Where the text of all choices is kept. */
export interface TuningStore {
  /** What was kept last; null where nothing is. */
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
}

/** Choices that are kept. */
export interface StoredTuning extends Tuning {
  /** Resolves when everything that was chosen so far is kept. */
  saved(): Promise<void>;
}

/**
 * Reads what is kept, and keeps what is chosen from now on. A text that is not ours counts as none: the
 * choices are made anew.
 *
 * @example
 * ```ts
 * import { openTuning } from "bottega";
 * let kept: string | null = null;
 * const tuning = await openTuning({
 *   read: () => Promise.resolve(kept),
 *   write: (text) => Promise.resolve(void (kept = text)),
 * });
 * ```
 */
export async function openTuning(store: TuningStore): Promise<StoredTuning> {
  const choices = parse(await store.read());
  let writing: Promise<void> | null = null;
  let failure: { error: unknown } | null = null;

  /** Those made while one write is under way go into the next. */
  async function write(): Promise<void> {
    await Promise.resolve();
    writing = null;
    try {
      await store.write(JSON.stringify(Object.fromEntries(choices)));
    } catch (error) {
      failure = { error };
    }
  }
  let last: Promise<void> = Promise.resolve();
  return {
    get: (key) => choices.get(key),
    set(key, variant) {
      if (choices.get(key) === variant) return;
      choices.set(key, variant);
      writing ??= last = last.then(write);
    },
    async saved() {
      await last;
      const failed = failure;
      failure = null;
      if (failed) throw failed.error;
    },
  };
}

function parse(text: string | null): Map<string, string> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    const entries = Object.entries(typeof value === "object" ? value ?? {} : {});
    return new Map(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
}
