/**
 * Many commits with everything that they changed, in one pass.
 *
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import type { Commit, LogOptions } from "./history.ts";
import type { ChangeOptions, Repository } from "./repository.ts";
import type { FileChange } from "./tree_changes.ts";

/** Which commits are walked, and what is told of them. */
export type WalkOptions = LogOptions & ChangeOptions & Job & {
  /** Reads the bytes of both sides of each change. */
  readonly blobs?: boolean | undefined;
};

/** A commit, what it changed, and, where blobs were asked for, their bytes by object id. */
export interface WalkedCommit {
  readonly commit: Commit;
  readonly changes: readonly FileChange[];
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/**
 * Walks from `start` back, newest first. Reports phase `read` in commits.
 *
 * @throws the signal's reason if the job is aborted
 */
export async function* walkHistory(
  repository: Repository,
  start: string,
  options: WalkOptions = {},
): AsyncGenerator<WalkedCommit> {
  const { blobs: wanted = false, limit, signal, onProgress } = options;
  let done = 0;
  for await (const commit of repository.log(start, options)) {
    signal?.throwIfAborted();
    const changes = await repository.changes(commit, options);
    const blobs = new Map<string, Uint8Array>();
    for (const { before, beforeMode, after, afterMode } of wanted ? changes : []) {
      if (before && beforeMode !== "160000") blobs.set(before, await repository.read(before));
      if (after && afterMode !== "160000") blobs.set(after, await repository.read(after));
    }
    yield { commit, changes, blobs };
    onProgress?.({ phase: "read", done: ++done, total: limit ?? 0, unit: "commits" });
  }
}
