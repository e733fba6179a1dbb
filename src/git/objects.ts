/**
 * Objects of a repository, read by isomorphic-git. One cache object goes to every call: without it
 * each one parses the pack's index and checks its sum anew. Objects are read by id, never by path.
 *
 * @module
 */

import git from "isomorphic-git";
import { GitError } from "./git_error.ts";
import type { Commit } from "./history.ts";
import { quote } from "./quote.ts";
import { type GitFs, isMissing } from "./storage.ts";
import { parseTree, type TreeEntry } from "./tree.ts";

/** Reads objects by id; what it throws is isomorphic-git's own. */
export interface ObjectReader {
  commit(oid: string): Promise<Commit>;
  tree(oid: string): Promise<readonly TreeEntry[]>;
  blob(oid: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The one object id that begins so. */
  expand(prefix: string): Promise<string>;
}

/** The largest object that is ever unpacked, bytes: hosts take files of 100 MB. */
export const MAX_OBJECT_BYTES = 256 * 2 ** 20;

/** An {@linkcode ObjectReader} over the repository in `gitdir`. */
export function objectReader(fs: GitFs, gitdir: string): ObjectReader {
  const cache = {};
  // Neighbouring commits share nearly all of their trees; a commit is its child's parent.
  const trees = memo(async (oid) => parseTree(await object(oid, "tree")));
  const commits = memo(readCommit);
  let shallow: Promise<ReadonlySet<string>> | undefined;

  async function object(oid: string, type: "tree" | "blob"): Promise<Uint8Array> {
    const found = await git.readObject({ fs, gitdir, cache, oid: fullOid(oid), format: "content" });
    if (found.type !== type) {
      throw new GitError("no-such-object", `${oid} is a ${found.type}, not a ${type}.`);
    }
    return found.object as Uint8Array;
  }

  async function readCommit(given: string): Promise<Commit> {
    const { oid, commit } = await git.readCommit({ fs, gitdir, cache, oid: fullOid(given) });
    const isCut = (await (shallow ??= readShallow(fs, gitdir))).has(oid);
    const parents = isCut ? [] : commit.parent;
    const { message, tree, author, committer } = commit;
    return {
      oid,
      parents,
      message,
      author: signature(author),
      committer: signature(committer),
      tree,
      ...(isCut && { shallow: true }),
    };
  }

  return {
    commit: commits,
    tree: trees,
    // The copy lets the caller keep or transfer the bytes; the original may lie within the pack.
    blob: async (oid) => new Uint8Array(await object(oid, "blob")),
    expand: (prefix) => git.expandOid({ fs, gitdir, cache, oid: prefix }),
  };
}

/** `read`, with its latest few thousand results kept. */
function memo<T>(read: (oid: string) => Promise<T>): (oid: string) => Promise<T> {
  const kept = new Map<string, T>();
  return async (oid) => {
    const known = kept.get(oid);
    if (known !== undefined) return known;
    const value = await read(oid);
    if (kept.size >= 4096) [...kept.keys()].slice(0, 1024).forEach((key) => kept.delete(key));
    kept.set(oid, value);
    return value;
  };
}

function signature({ name, email, timestamp }: { name: string; email: string; timestamp: number }) {
  return { name, email, timestampMs: timestamp * 1000 };
}

/** In a shallow clone, the commits whose parents are not there. */
async function readShallow(fs: GitFs, gitdir: string): Promise<ReadonlySet<string>> {
  try {
    const text = await fs.promises.readFile(`${gitdir}/shallow`, { encoding: "utf8" });
    return new Set(String(text).split("\n").filter((line) => line !== ""));
  } catch (error) {
    if (isMissing(error)) return new Set();
    throw error;
  }
}

function fullOid(oid: string): string {
  if (FULL_OID.test(oid)) return oid;
  throw new GitError(
    "no-such-object",
    `${quote(oid)} is not an object id of 40 lower-case hexadecimal digits; resolve() gives one.`,
  );
}

const FULL_OID = /^[0-9a-f]{40}$/;
