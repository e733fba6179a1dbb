/**
 * Takes a pack into a repository, once it is known to be whole: isomorphic-git's indexer passes over
 * what it cannot read, and would leave a repository with holes.
 *
 * @module
 */

import git from "isomorphic-git";
import type { Job } from "../gpu/mod.ts";
import { GitError } from "./git_error.ts";
import type { GitFs } from "./storage.ts";
import { toHex } from "./hex.ts";

/**
 * Checks `pack`, writes it below `gitdir` and indexes it. Reports phase `clone` in objects.
 *
 * @returns the object ids in it
 * @throws {GitError} `corrupt` if the pack is cut short, damaged or lacks the base of a delta
 */
export async function storePack(
  fs: GitFs,
  gitdir: string,
  pack: Uint8Array<ArrayBuffer>,
  { signal, onProgress }: Job,
): Promise<ReadonlySet<string>> {
  const total = await checkPack(pack);
  if (total === 0) return new Set();
  const filepath = `objects/pack/pack-${toHex(pack.subarray(-20))}.pack`;
  await fs.promises.writeFile(`${gitdir}/${filepath}`, pack);
  let turnMs = performance.now();
  const { oids } = await git.indexPack({
    fs,
    dir: gitdir,
    gitdir,
    filepath,
    // It is awaited: throwing here is how the indexer is stopped, and waiting how others get a turn.
    async onProgress({ phase, loaded }) {
      const done = phase === "Receiving objects" ? loaded : total;
      onProgress?.({ phase: "clone", done, total, unit: "objects" });
      if (performance.now() - turnMs > 50) {
        await new Promise((resolve) => setTimeout(resolve));
        turnMs = performance.now();
      }
      signal?.throwIfAborted();
    },
  });
  if (oids.length !== total) {
    throw new GitError(
      "corrupt",
      `${total - oids.length} of the pack's ${total} objects cannot be unpacked`,
    );
  }
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
