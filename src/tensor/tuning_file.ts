/**
 * Choices of kernels in a file.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { TuningStore } from "./stored_tuning.ts";

/** Keeps them in a file, by default in `.bottega` below the current folder. */
export function tuningFile(path = join(".bottega", "tuning.json")): TuningStore {
  return {
    async read() {
      try {
        return await Deno.readTextFile(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        throw error;
      }
    },
    async write(text) {
      await Deno.mkdir(dirname(path), { recursive: true });
      const temporary = `${path}.${crypto.randomUUID()}`;
      await Deno.writeTextFile(temporary, text);
      await Deno.rename(temporary, path);
    },
  };
}
