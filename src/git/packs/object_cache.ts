/**
 * Objects that were unpacked last: most of a pack's objects are differences from others of it.
 *
 * @module
 */

import type { GitObject } from "./pack_reader.ts";

/** Objects by the pack that they are in and their offset. */
export interface ObjectCache {
  get(pack: string, offset: number): GitObject | undefined;
  set(pack: string, offset: number, object: GitObject): void;
}

/** What an object takes beside its bytes, about. */
const OVERHEAD_BYTES = 200;

/** A cache that lets go of what was not used for longest once it holds more than `mostBytes`. */
export function objectCache(mostBytes = 20 * 2 ** 20): ObjectCache {
  // One map for all packs: the key is the number of the pack and the offset.
  const packs = new Map<string, number>();
  const kept = new Map<number, GitObject>();
  let held = 0;

  function keyOf(pack: string, offset: number): number {
    let number = packs.get(pack);
    if (number === undefined) packs.set(pack, number = packs.size);
    return number * 2 ** 41 + offset;
  }
  return {
    get(pack, offset) {
      const key = keyOf(pack, offset);
      const object = kept.get(key);
      if (object === undefined) return undefined;
      kept.delete(key);
      kept.set(key, object);
      return object;
    },
    set(pack, offset, object) {
      const key = keyOf(pack, offset);
      if (object.bytes.length > mostBytes / 4 || kept.has(key)) return;
      kept.set(key, object);
      held += object.bytes.length + OVERHEAD_BYTES;
      for (const [key, { bytes }] of kept) {
        if (held <= mostBytes) break;
        kept.delete(key);
        held -= bytes.length + OVERHEAD_BYTES;
      }
    },
  };
}
