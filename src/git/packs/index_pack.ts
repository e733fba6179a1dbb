/**
 * Makes the index of a pack: names every object in it. The pack is unpacked once, in order; what
 * differs from another object is named once that one is known. No object outgrows the limits of
 * `limits.ts`, and only those that others differ from are kept a while.
 *
 * @see https://git-scm.com/docs/git-index-pack
 * @module
 */

import type { Job } from "../../gpu/mod.ts";
import { GitError } from "../git_error.ts";
import { toHex } from "../hex.ts";
import type { ByteSource } from "./byte_source.ts";
import type { Codec } from "./codec.ts";
import { crc32 } from "./crc32.ts";
import { checkSize, MAX_OBJECT_BYTES } from "./limits.ts";
import { objectCache } from "./object_cache.ts";
import { inflateFrom, packReader, readEntry } from "./pack_reader.ts";

/** An index, and what it names. */
export interface IndexedPack {
  /** The bytes of the `.idx` file, version 2. */
  readonly index: Uint8Array<ArrayBuffer>;
  /** Object ids, sorted. */
  readonly oids: readonly string[];
}

/** An object of the pack. */
interface Entry {
  readonly offset: number;
  readonly crc: number;
  /** Its 20 bytes, once they are known. */
  id: Uint8Array | undefined;
  /** What it differs from: an offset, or an id in hexadecimal digits. */
  readonly base: number | string | undefined;
}

/**
 * Indexes the pack `source`, whose last 20 bytes are its sum. Reports phase `clone` in objects.
 *
 * @throws {GitError} `corrupt` with a reason that begins in lower case; `too-large`
 * @throws the signal's reason if the job is aborted
 */
export async function indexPack(
  source: ByteSource,
  total: number,
  codec: Codec,
  { signal, onProgress }: Job,
): Promise<IndexedPack> {
  const byOffset = new Map<number, Entry>();
  const byId = new Map<string, Entry>();
  const cache = objectCache();
  let done = 0;
  let turnMs = performance.now();

  const reader = packReader(source, "received", codec, cache, (id) => {
    const base = byId.get(toHex(id));
    if (base === undefined) throw new RangeError(`the base ${toHex(id)} is not in the pack`);
    return base.offset;
  });
  async function turn(): Promise<void> {
    onProgress?.({ phase: "clone", done, total, unit: "objects" });
    signal?.throwIfAborted();
    if (performance.now() - turnMs < 20) return;
    // Lets others in, the one who stops this among them.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    turnMs = performance.now();
  }
  function name(entry: Entry, type: string, bytes: Uint8Array): void {
    const head = new TextEncoder().encode(`${type} ${bytes.length}\0`);
    entry.id = codec.sha1(head, bytes);
    byId.set(toHex(entry.id), entry);
    done++;
  }

  let offset = 12;
  for (let count = 0; count < total; count++) {
    await turn();
    const { entry, type, bytes, end } = scan(source, codec, offset);
    byOffset.set(offset, entry);
    if (type !== undefined) {
      name(entry, type, bytes);
      cache.set("received", offset, { type, bytes });
    }
    offset = end;
  }
  if (offset !== source.sizeBytes - 20) {
    throw new GitError("corrupt", `the pack has ${source.sizeBytes - 20 - offset} bytes too many`);
  }

  for (const entry of inOrderOfBases(byOffset)) {
    await turn();
    try {
      const { type, bytes } = reader.read(entry.offset);
      name(entry, type, bytes);
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      throw new GitError(error.code, error.message.replace(/^The/, "the").replace(/\.$/, ""), {
        cause: error,
      });
    }
  }
  await turn();
  const entries = [...byId.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  if (done !== total) {
    throw new GitError(
      "corrupt",
      `${total - done} of the pack's ${total} objects cannot be unpacked`,
    );
  }
  const sum = source.read(source.sizeBytes - 20, 20).slice();
  return {
    index: writeIndex(entries.map(([, entry]) => entry), sum, codec),
    oids: entries.map(([oid]) => oid),
  };

  /** Deltas after what they differ from; of ids, only those that get known. */
  function* inOrderOfBases(entries: ReadonlyMap<number, Entry>): Generator<Entry> {
    const waiting = new Map<number | string, Entry[]>();
    for (const entry of entries.values()) {
      if (entry.base === undefined) continue;
      const list = waiting.get(entry.base);
      if (list === undefined) waiting.set(entry.base, [entry]);
      else list.push(entry);
    }
    const open = [...entries.values()].filter(({ base }) => base === undefined).reverse();
    // Depth first: a base is still in the cache when its deltas are read.
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next.base !== undefined) yield next;
      const id = next.id === undefined ? "" : toHex(next.id);
      for (const key of [next.offset, id]) {
        const list = waiting.get(key) ?? [];
        waiting.delete(key);
        for (const entry of list.reverse()) open.push(entry);
      }
    }
  }
}

/** One entry, and its bytes where it is a whole object. */
function scan(source: ByteSource, codec: Codec, offset: number) {
  try {
    const { kind, sizeBytes, dataStart, baseOffset, baseId } = readEntry(source, offset);
    checkSize(sizeBytes, MAX_OBJECT_BYTES, `an object at byte ${offset} of the pack`);
    const { bytes, end } = inflateFrom(source, codec, dataStart, sizeBytes);
    const crc = crc32(source.read(offset, end - offset));
    const base = baseOffset ?? (baseId && toHex(baseId));
    const type = kind === "ofs-delta" || kind === "ref-delta" ? undefined : kind;
    return { entry: { offset, crc, id: undefined, base } as Entry, type, bytes, end };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new GitError("corrupt", `at byte ${offset} of the pack ${error.message}`, {
      cause: error,
    });
  }
}

/** Version 2 of the format; see `pack_index.ts`. */
function writeIndex(
  entries: readonly Entry[],
  packSum: Uint8Array,
  codec: Codec,
): Uint8Array<ArrayBuffer> {
  const count = entries.length;
  const large = entries.filter(({ offset }) => offset >= 2 ** 31).length;
  const bytes = new Uint8Array(8 + 1024 + count * 28 + large * 8 + 40);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xff744f63);
  view.setUint32(4, 2);
  const [ids, crcs, offsets] = [1032, 1032 + count * 20, 1032 + count * 24];
  const fanout = new Uint32Array(256);
  let largeCount = 0;
  entries.forEach(({ id = new Uint8Array(20), crc, offset }, index) => {
    const first = id[0] ?? 0;
    fanout[first] = (fanout[first] ?? 0) + 1;
    bytes.set(id, ids + index * 20);
    view.setUint32(crcs + index * 4, crc);
    if (offset < 2 ** 31) {
      view.setUint32(offsets + index * 4, offset);
    } else {
      view.setUint32(offsets + index * 4, 2 ** 31 + largeCount);
      const place = offsets + count * 4 + largeCount++ * 8;
      view.setUint32(place, Math.floor(offset / 2 ** 32));
      view.setUint32(place + 4, offset % 2 ** 32);
    }
  });
  fanout.reduce((sum, here, first) => {
    view.setUint32(8 + first * 4, sum + here);
    return sum + here;
  }, 0);
  bytes.set(packSum, bytes.length - 40);
  bytes.set(codec.sha1(bytes.subarray(0, -20)), bytes.length - 20);
  return bytes;
}
