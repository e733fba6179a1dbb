/**
 * Answers that are kept in a folder, a file each.
 *
 * @module
 */
import { join } from "node:path";
import { CorpusError } from "./corpus_error.ts";
import type { TextCache } from "./text_cache.ts";

/** A cache in `folder`, made when something is kept; its keys are SHA-256 in hexadecimal digits. */
export function folderCache(folder: string): TextCache {
  const pathOf = (key: string) => {
    if (/^[0-9a-f]{64}$/.test(key)) return join(folder, key.slice(0, 2), key);
    throw new CorpusError("bad-option", `${JSON.stringify(key)} is no SHA-256.`);
  };
  return {
    async get(key) {
      try {
        return await Deno.readTextFile(pathOf(key));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    },
    async set(key, text) {
      const path = pathOf(key);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      const temporary = `${path}.${crypto.randomUUID()}`;
      await Deno.writeTextFile(temporary, text);
      await Deno.rename(temporary, path);
    },
  };
}
