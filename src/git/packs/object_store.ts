/**
 * Objects of a repository without waiting: from its packs, and on a disk also from loose files.
 *
 * @module
 */

import { GitError } from "../git_error.ts";
import { toHex } from "../hex.ts";
import { quote } from "../quote.ts";
import { type GitFs, namesIn } from "../storage.ts";
import { type ByteSource, fileSource, memorySource } from "./byte_source.ts";
import { loadCodec } from "./codec.ts";
import { checkSize, MAX_OBJECT_BYTES } from "./limits.ts";
import { objectCache } from "./object_cache.ts";
import { type PackIndex, parsePackIndex } from "./pack_index.ts";
import { type GitObject, type ObjectType, type PackReader, packReader } from "./pack_reader.ts";

/** Objects by the 20 bytes of their ids, at `at` of `bytes`. */
export interface ObjectStore {
  /**
   * An object; its bytes are shared, and not to be changed.
   *
   * @throws {GitError} `no-such-object`, `too-large` (unpacked only up to `maxBytes`), `corrupt`
   */
  read(bytes: Uint8Array, at: number, maxBytes?: number): GitObject;
  has(bytes: Uint8Array, at: number): boolean;
  /** The ids that begin with these digits, at least four; of very many only the first ones. */
  startingWith(prefix: string): Promise<string[]>;
  /** Takes in packs that were added; whether there were any. */
  refresh(): Promise<boolean>;
  close(): void;
}

interface Pack {
  readonly name: string;
  readonly index: PackIndex;
  readonly reader: PackReader;
}

/** The objects of the repository in `gitdir`. On a disk, packs are read by windows. */
export async function openObjectStore(fs: GitFs, gitdir: string): Promise<ObjectStore> {
  const folder = `${gitdir}/objects/pack`;
  const codec = await loadCodec();
  const cache = objectCache();
  const packs: Pack[] = [];

  let refreshing = Promise.resolve(false);
  function refresh(): Promise<boolean> {
    // One after the other: two at once would take in the same packs.
    refreshing = refreshing.then(takeIn, takeIn);
    return refreshing;
  }

  async function takeIn(): Promise<boolean> {
    const names = await namesIn(fs, folder);
    const there = new Set(names);
    const known = new Set(packs.map(({ name }) => name));
    const added = names.filter((name) => name.endsWith(".idx")).map((name) => name.slice(0, -4))
      .filter((name) => !known.has(name) && there.has(`${name}.pack`));
    for (const name of added) {
      const source = await openSource(fs, `${folder}/${name}.pack`);
      try {
        const bytes = await fs.promises.readFile(`${folder}/${name}.idx`);
        if (typeof bytes === "string") throw new TypeError("a file was read as text");
        const index = parsePackIndex(bytes, source.read(source.sizeBytes - 20, 20), name);
        const reader = packReader(source, name, codec, cache, (id) => {
          const offset = index.find(id, 0);
          if (offset < 0) throw new RangeError(`the base ${toHex(id)} is not in the pack`);
          return offset;
        });
        packs.push({ name, index, reader });
      } catch (error) {
        source.close();
        throw error;
      }
    }
    return added.length > 0;
  }

  /** The pack that has the object, and where; the one that had the last one is asked first. */
  let last = 0;
  let offset = -1;
  function findPack(bytes: Uint8Array, at: number): Pack | undefined {
    const recent = packs[last];
    offset = recent === undefined ? -1 : recent.index.find(bytes, at);
    if (offset >= 0) return recent;
    for (const [number, pack] of packs.entries()) {
      offset = pack.index.find(bytes, at);
      if (offset < 0) continue;
      last = number;
      return pack;
    }
    return undefined;
  }

  function readLoose(oid: string, maxBytes: number): GitObject | undefined {
    const path = `${gitdir}/objects/${oid.slice(0, 2)}/${oid.slice(2)}`;
    const raw = fs.disk?.readInflated(path, Math.min(maxBytes, MAX_OBJECT_BYTES) + 64);
    if (raw === undefined) return undefined;
    if (raw === "too-large") checkSize(Infinity, maxBytes, `Object ${oid}`);
    return parseLoose(oid, raw as Uint8Array<ArrayBuffer>, maxBytes);
  }

  await refresh();
  return {
    read(bytes, at, maxBytes = MAX_OBJECT_BYTES) {
      const pack = findPack(bytes, at);
      if (pack !== undefined) return pack.reader.read(offset, maxBytes);
      const oid = oidAt(bytes, at);
      const loose = readLoose(oid, maxBytes);
      if (loose !== undefined) return loose;
      throw new GitError("no-such-object", `There is no object ${oid}.`);
    },
    has: (bytes, at) => findPack(bytes, at) !== undefined || readLooseExists(fs, gitdir, bytes, at),
    async startingWith(prefix) {
      const found = new Set(packs.flatMap(({ index }) => index.startingWith(prefix)));
      for (const name of await namesIn(fs, `${gitdir}/objects/${prefix.slice(0, 2)}`)) {
        const oid = prefix.slice(0, 2) + name;
        if (oid.startsWith(prefix) && oid.length === 40) found.add(oid);
      }
      return [...found];
    },
    refresh,
    close() {
      for (const { reader } of packs.splice(0)) reader.close();
    },
  };
}

function oidAt(bytes: Uint8Array, at: number): string {
  return toHex(bytes.subarray(at, at + 20));
}

function readLooseExists(fs: GitFs, gitdir: string, bytes: Uint8Array, at: number): boolean {
  const oid = oidAt(bytes, at);
  return fs.disk?.exists(`${gitdir}/objects/${oid.slice(0, 2)}/${oid.slice(2)}`) ?? false;
}

async function openSource(fs: GitFs, path: string): Promise<ByteSource> {
  if (fs.disk !== undefined) return fileSource(fs.disk.open(path));
  const bytes = await fs.promises.readFile(path);
  if (typeof bytes === "string") throw new TypeError("a file was read as text");
  return memorySource(bytes);
}

/** A loose object begins with its kind and its size. */
function parseLoose(oid: string, raw: Uint8Array<ArrayBuffer>, maxBytes: number): GitObject {
  const zero = raw.subarray(0, 32).indexOf(0);
  const head = new TextDecoder().decode(raw.subarray(0, Math.max(0, zero)));
  const [, type, digits] = /^(commit|tree|blob|tag) (\d+)$/.exec(head) ?? [];
  checkSize(Number(digits ?? 0), maxBytes, `Object ${oid}`);
  const bytes = raw.subarray(zero + 1);
  if (type === undefined || Number(digits) !== bytes.length) {
    throw new GitError("corrupt", `The loose object ${oid} begins with ${quote(head)}.`);
  }
  return { type: type as ObjectType, bytes };
}
