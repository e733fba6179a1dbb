/**
 * Takes a pack into a repository, once it is known to be whole.
 *
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import { GitError } from "./git_error.ts";
import { toHex } from "./hex.ts";
import { memorySource } from "./packs/byte_source.ts";
import { loadCodec } from "./packs/codec.ts";
import { indexPack } from "./packs/index_pack.ts";
import type { GitFs } from "./storage.ts";

/**
 * Checks `pack`, and writes it below `gitdir` with its index, which comes last: a pack without one is
 * not there. Reports phase `clone` in objects.
 *
 * @returns the object ids in it
 * @throws {GitError} `corrupt` if the pack is cut short, damaged or lacks the base of a delta;
 * `too-large`
 */
export async function storePack(
  fs: GitFs,
  gitdir: string,
  pack: Uint8Array<ArrayBuffer>,
  job: Job,
): Promise<ReadonlySet<string>> {
  const total = await checkPack(pack);
  if (total === 0) return new Set();
  const { index, oids } = await indexPack(memorySource(pack), total, await loadCodec(), job);
  const path = `${gitdir}/objects/pack/pack-${toHex(pack.subarray(-20))}`;
  await fs.promises.writeFile(`${path}.pack`, pack);
  // Whoever reads the folder meanwhile must not meet half an index.
  await fs.promises.writeFile(`${path}.idx.new`, index);
  await fs.promises.rename(`${path}.idx.new`, `${path}.idx`);
  return new Set(oids);
}

/** Number of objects that the pack says it holds. */
async function checkPack(pack: Uint8Array<ArrayBuffer>): Promise<number> {
  const header = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  if (pack.length < 32 || header.getUint32(0) !== PACK) {
    throw new GitError("corrupt", "there is no pack");
  }
  if (header.getUint32(4) !== 2) {
    throw new GitError("corrupt", `the pack has version ${header.getUint32(4)}, not 2`);
  }
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-1", pack.subarray(0, -20)));
  if (toHex(sum) !== toHex(pack.subarray(-20))) {
    throw new GitError("corrupt", "the pack is cut short or damaged: its SHA-1 does not agree");
  }
  return header.getUint32(8);
}

/** The letters `PACK`. */
const PACK = 0x5041434b;
