/**
 * Objects of a repository by their ids: read from its packs without waiting where they are there,
 * and fetched where the clone was made without them.
 *
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import { parseCommit, taggedObject } from "./commit.ts";
import { GitError } from "./git_error.ts";
import { fromHex, isOid } from "./hex.ts";
import type { Commit } from "./history.ts";
import { MAX_OBJECT_BYTES } from "./packs/limits.ts";
import { type ObjectStore, openObjectStore } from "./packs/object_store.ts";
import type { GitObject } from "./packs/pack_reader.ts";
import { quote } from "./quote.ts";
import { type GitFs, isMissing } from "./storage.ts";
import { parseTree, type TreeEntry } from "./tree.ts";
import { type FileChange, treeChanges } from "./tree_changes.ts";

/** Reads objects by id. */
export interface ObjectReader {
  /** The commit of that id, or the one that the annotated tag of that id stands for. */
  commit(oid: string): Promise<Commit>;
  tree(oid: string): Promise<readonly TreeEntry[]>;
  /** The bytes, which are shared and not to be changed. */
  blob(oid: string, maxBytes?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** What differs between two trees; none stands for the empty one. */
  difference(before: string | undefined, after: string): Promise<FileChange[]>;
  /** Object ids that begin so: none, one, or some of several. */
  expand(prefix: string): Promise<string[]>;
  /** Fetches what is not there. */
  prefetch(oids: readonly string[], job: Job): Promise<void>;
  close(): Promise<void>;
}

/** Fetches objects into the repository, as one more pack. */
export type FetchMissing = (oids: readonly string[], job: Job) => Promise<void>;

/** An {@linkcode ObjectReader} over the repository in `gitdir`. */
export function objectReader(
  fs: GitFs,
  gitdir: string,
  fetchMissing?: FetchMissing,
): ObjectReader {
  let opened: Promise<{ store: ObjectStore; shallow: ReadonlySet<string> }> | undefined;
  // Parents are read to order a log, and again as what it tells.
  const commits = new Map<string, Commit>();

  async function open() {
    const [store, shallow] = await Promise.all([
      openObjectStore(fs, gitdir),
      readShallow(fs, gitdir),
    ]);
    return { store, shallow };
  }

  /** Runs `call`, and once more if what it lacked has been packed elsewhere or can be fetched. */
  async function run<T>(call: (store: ObjectStore) => T, lacking: readonly string[] = []) {
    const { store } = await (opened ??= open());
    try {
      return call(store);
    } catch (error) {
      if (!(error instanceof GitError) || error.code !== "no-such-object") throw error;
      // Without a look at the packs first: what is read at the same moment is fetched together.
      const missing = fetchMissing ? lackingIn(store, lacking) : [];
      if (missing.length > 0) await fetchInto(store, missing, {});
      else if (!(await store.refresh())) throw error;
    }
    return call(store);
  }

  async function fetchInto(store: ObjectStore, oids: readonly string[], job: Job): Promise<void> {
    await fetchMissing?.(oids, job);
    await store.refresh();
  }

  function readAs(store: ObjectStore, oid: string, type: "tree" | "blob", maxBytes?: number) {
    const found = store.read(fromHex(fullOid(oid)), 0, maxBytes);
    if (found.type === type) return found.bytes;
    throw new GitError("no-such-object", `${oid} is a ${found.type}, not a ${type}.`);
  }

  function readCommit(store: ObjectStore, shallow: ReadonlySet<string>, given: string): Commit {
    let oid = fullOid(given);
    let found: GitObject = store.read(fromHex(oid), 0);
    for (let tags = 0; found.type === "tag" && tags < MAX_TAGS; tags++) {
      oid = taggedObject(found.bytes) ?? oid;
      found = store.read(fromHex(oid), 0);
    }
    if (found.type !== "commit") {
      throw new GitError("no-such-object", `${oid} is a ${found.type}, not a commit.`);
    }
    const commit = parseCommit(oid, found.bytes);
    return shallow.has(oid) ? { ...commit, parents: [], shallow: true } : commit;
  }

  return {
    async commit(oid) {
      const known = commits.get(oid);
      if (known !== undefined) return known;
      const { shallow } = await (opened ??= open());
      const commit = await run((store) => readCommit(store, shallow, oid));
      const [oldest] = commits.keys();
      if (commits.size >= 4096 && oldest !== undefined) commits.delete(oldest);
      commits.set(oid, commit);
      return commit;
    },
    tree: (oid) => run((store) => parseTree(readAs(store, oid, "tree"))),
    blob: (oid, maxBytes = MAX_OBJECT_BYTES) =>
      run((store) => readAs(store, oid, "blob", maxBytes), [oid]),
    difference: (before, after) => run((store) => treeChanges(store, before, after)),
    async expand(prefix) {
      const { store } = await (opened ??= open());
      return await store.startingWith(prefix);
    },
    async prefetch(oids, job) {
      if (fetchMissing === undefined) return;
      const { store } = await (opened ??= open());
      const missing = lackingIn(store, oids);
      if (missing.length > 0) await fetchInto(store, missing, job);
    },
    async close() {
      const [result] = await Promise.allSettled([opened]);
      if (result.status === "fulfilled") result.value?.store.close();
    },
  };
}

/** How many annotated tags may stand for each other. */
const MAX_TAGS = 32;

function lackingIn(store: ObjectStore, oids: readonly string[]): string[] {
  return [...new Set(oids)].filter((oid) => isOid(oid) && !store.has(fromHex(oid), 0));
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
  if (isOid(oid)) return oid;
  throw new GitError(
    "no-such-object",
    `${quote(oid)} is not an object id of 40 lower-case hexadecimal digits; resolve() gives one.`,
  );
}
