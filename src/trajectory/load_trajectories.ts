/**
 * From a SOURCE to its trajectories in one call.
 *
 * @module
 */
import type { Limits } from "./containers/limits.ts";
import { readHistory } from "./read_history.ts";
import { readTrajectories } from "./read_trajectories.ts";
import {
  openFileSource,
  openSourceRepository,
  type SourceInput,
  type SourceOptions,
} from "./sources/open_file_source.ts";
import type { TrajectorySet } from "./trajectory_set.ts";

/** What is read, and how. */
export interface LoadOptions extends SourceOptions {
  /** Reads the commits of a repository instead of its files. */
  readonly history?: boolean | undefined;
  /** At most this many commits of a history. */
  readonly limit?: number | undefined;
  /** What a single record may take in memory. */
  readonly limits?: Limits | undefined;
}

/**
 * Opens a source, reads its trajectories and closes it. A file or row that cannot be read is among the
 * errors of the set; the rest is read.
 *
 * @throws {TrajectoryError} for a source that is not there or of a kind that is not read
 * @throws {GitError} for a repository that cannot be opened
 * @throws the signal's reason if the job is aborted
 * @example
 * ```ts
 * import { loadTrajectories } from "bottega";
 * const { trajectories, errors, skipped } = await loadTrajectories("runs/");
 * const resolved = trajectories.filter((t) => t.outcome.resolved === true).length;
 * ```
 */
export async function loadTrajectories(
  source: SourceInput,
  options: LoadOptions = {},
): Promise<TrajectorySet> {
  const { history, limit, limits, ...opening } = options;
  const { signal, onProgress } = options;
  if (history === true) {
    // Of a remote only what these commits need: each one's parent is its base.
    const part = limit === undefined ? {} : { blobless: true, depth: limit + 1 };
    const { repository, ...which } = await openSourceRepository(source, { ...part, ...opening });
    try {
      return await readHistory(repository, { ...which, limit, signal, onProgress });
    } finally {
      await repository.close();
    }
  }
  const files = await openFileSource(source, opening);
  try {
    return await readTrajectories(files, { signal, onProgress, ...(limits ? { limits } : {}) });
  } finally {
    await files.close();
  }
}
