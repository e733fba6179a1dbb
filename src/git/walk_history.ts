/**
 * Many commits with everything that they changed, in one pass.
 *
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import { GitError } from "./git_error.ts";
import type { Commit, LogOptions } from "./history.ts";
import { checkSize } from "./packs/limits.ts";
import type { ChangeOptions, Repository } from "./repository.ts";
import { blobsOf, type FileChange } from "./tree_changes.ts";

/** Which commits are walked, and what is told of them. */
export type WalkOptions = LogOptions & ChangeOptions & Job & {
  /** Reads the bytes of both sides of each change. */
  readonly blobs?: boolean | undefined;
  /** Longer blobs are left out; 16 MiB by default. */
  readonly maxBytes?: number | undefined;
};

/** A commit and what it changed. */
export interface WalkedCommit {
  readonly commit: Commit;
  readonly changes: readonly FileChange[];
  /**
   * The bytes of files and links, before and after, by object id, where they were asked for. They are
   * shared, and not to be changed.
   */
  readonly blobs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Why the commit cannot be told, where an object is missing or damaged: then it has no changes. */
  readonly error?: GitError;
}

/** The longest blob, and the most of a commit, that is told; a commit of more is told with an error. */
const MOST_BLOB_BYTES = 16 * 2 ** 20;
const MOST_COMMIT_BYTES = 128 * 2 ** 20;

/** How many commits are looked at ahead: what a blobless clone lacks for them is fetched at once. */
const AHEAD = 64;

/**
 * Walks from `start` back, newest first; with `until` a range. Or walks the commits that are listed,
 * in their order: so a history is divided among workers, each with a stretch of its own. A commit
 * that cannot be read is told with its error, and the walk goes on. Reports phase `read` in commits.
 *
 * @throws {GitError} `no-such-object` if the log itself breaks off; `network`, `closed`
 * @throws the signal's reason if the job is aborted
 * @example
 * ```ts
 * import { openRepository, walkHistory } from "bottega";
 * const repository = await openRepository(".");
 * const head = await repository.resolve();
 * for await (const { commit, changes } of walkHistory(repository, head, { limit: 10 })) {
 *   console.log(commit.oid, changes.length);
 * }
 * await repository.close();
 * ```
 */
export async function* walkHistory(
  repository: Repository,
  start: string | readonly string[],
  { signal, onProgress, ...options }: WalkOptions = {},
): AsyncGenerator<WalkedCommit> {
  // What is handed on may have to cross to a worker, where a listener cannot go.
  const isListed = typeof start !== "string";
  const commits = isListed ? commitsOf(repository, start) : repository.log(start, options);
  const total = isListed ? start.length : options.limit ?? 0;
  let done = 0;
  for await (const some of inBatches(commits, AHEAD)) {
    const batch: WalkedCommit[] = [];
    for (const commit of some) {
      signal?.throwIfAborted();
      batch.push(await told(commit, () => repository.changes(commit, options)));
    }
    if (options.blobs) {
      const oids = batch.flatMap(({ changes }) => changes.flatMap(blobsOf));
      await repository.prefetch(oids, { signal });
    }
    for (const walked of batch) {
      signal?.throwIfAborted();
      yield options.blobs ? await withBlobs(repository, walked, options) : walked;
      onProgress?.({ phase: "read", done: ++done, total, unit: "commits" });
    }
  }
}

async function* commitsOf(repository: Repository, oids: readonly string[]) {
  for (const oid of oids) yield await repository.commit(oid);
}

async function told(
  commit: Commit,
  changes: () => Promise<readonly FileChange[]>,
): Promise<WalkedCommit> {
  try {
    return { commit, changes: await changes(), blobs: new Map() };
  } catch (error) {
    if (!(error instanceof GitError) || !OF_ONE_COMMIT.has(error.code)) throw error;
    return { commit, changes: [], blobs: new Map(), error };
  }
}

/** What concerns one commit, and not the whole repository. */
const OF_ONE_COMMIT: ReadonlySet<string> = new Set(["no-such-object", "corrupt", "too-large"]);

async function withBlobs(
  repository: Repository,
  walked: WalkedCommit,
  { maxBytes = MOST_BLOB_BYTES }: WalkOptions,
): Promise<WalkedCommit> {
  if (walked.error !== undefined) return walked;
  const blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  let total = 0;
  const read = await told(walked.commit, async () => {
    for (const oid of walked.changes.flatMap(blobsOf)) {
      if (blobs.has(oid)) continue;
      const bytes = await repository.read(oid, { maxBytes, shared: true }).catch((error) => {
        if (error instanceof GitError && error.code === "too-large") return undefined;
        throw error;
      });
      if (bytes === undefined) continue;
      checkSize(total += bytes.length, MOST_COMMIT_BYTES, `Commit ${walked.commit.oid}`);
      blobs.set(oid, bytes);
    }
    return walked.changes;
  });
  return read.error === undefined ? { ...walked, blobs } : read;
}

/** Items in lists of at most `most`; those before a failure are given before it. */
async function* inBatches<T>(items: AsyncIterable<T>, most: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  try {
    for await (const item of items) {
      batch.push(item);
      if (batch.length < most) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}
