/**
 * A pack's index: where in the pack each object is.
 *
 * @see https://git-scm.com/docs/pack-format#_version_2_pack_idx_files_support_packs_larger_than_4_gib_and
 * @module
 */

import { GitError } from "../git_error.ts";
import { toHex } from "../hex.ts";

/** Where objects are, by the 20 bytes of their ids. */
export interface PackIndex {
  readonly count: number;
  /** Offset in the pack of the object whose id is at `at` of `bytes`; -1 if it has none. */
  find(bytes: Uint8Array, at: number): number;
  /** The ids, in hexadecimal digits, that begin with these; at most two. */
  startingWith(prefix: string): string[];
}

const SIGNATURE = 0xff744f63;
const FANOUT = 8;
const IDS = FANOUT + 256 * 4;

/**
 * Reads an index of version 2.
 *
 * @param packTail the last 20 bytes of the pack, which the index repeats
 * @throws {GitError} `corrupt`, `unsupported`
 */
export function parsePackIndex(bytes: Uint8Array, packTail: Uint8Array, name: string): PackIndex {
  const damaged = (why: string) => new GitError("corrupt", `The pack index ${name} ${why}.`);
  if (bytes.length < IDS + 40) throw damaged("is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== SIGNATURE || view.getUint32(4) !== 2) {
    throw new GitError(
      "unsupported",
      `The pack index ${name} is not of version 2; run git repack.`,
    );
  }
  const fanout = Array.from({ length: 256 }, (_, index) => view.getUint32(FANOUT + index * 4));
  const count = fanout[255] ?? 0;
  const offsets = IDS + count * 24;
  const large = offsets + count * 4;
  const largeCount = (bytes.length - large - 40) / 8;
  if (fanout.some((value, index) => value < (fanout[index - 1] ?? 0)) || largeCount < 0) {
    throw damaged("is damaged");
  }
  if (!equal(bytes.subarray(-40, -20), packTail)) throw damaged("is not that of its pack");

  function offsetAt(index: number): number {
    const offset = view.getUint32(offsets + index * 4);
    if (offset < 2 ** 31) return offset;
    const slot = offset - 2 ** 31;
    if (slot >= largeCount) throw damaged("is damaged");
    return view.getUint32(large + slot * 8) * 2 ** 32 + view.getUint32(large + slot * 8 + 4);
  }
  return {
    count,
    find(id, at) {
      const first = id[at] ?? 0;
      let low = first === 0 ? 0 : fanout[first - 1] ?? 0;
      let high = fanout[first] ?? 0;
      while (low < high) {
        const middle = (low + high) >> 1;
        const place = IDS + middle * 20;
        let order = 0;
        for (let byte = 1; byte < 20 && order === 0; byte++) {
          order = (id[at + byte] as number) - (bytes[place + byte] as number);
        }
        if (order === 0) return offsetAt(middle);
        if (order < 0) high = middle;
        else low = middle + 1;
      }
      return -1;
    },
    startingWith(prefix) {
      const first = parseInt(prefix.slice(0, 2), 16);
      const found: string[] = [];
      const end = fanout[first] ?? 0;
      for (let index = fanout[first - 1] ?? 0; index < end && found.length < 2; index++) {
        const place = IDS + index * 20;
        const id = toHex(bytes.subarray(place, place + 20));
        if (id.startsWith(prefix)) found.push(id);
      }
      return found;
    },
  };
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
