/**
 * Repositories read in a worker of their own, so that unpacking a clone and measuring tokens go on
 * side by side.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import {
  type Commit,
  GitError,
  type GitErrorCode,
  openingStopped,
  type openRepository,
  type Repository,
  type RepositorySource,
  type TreeFile,
} from "../git/mod.ts";
import type { GitService, ListRequest, SentOptions } from "./git_service.ts";
import { openLink, WorkerError } from "./worker_link.ts";

/** As `openRepository`, in a worker that is started on first use, and anew after it has ended. */
export const openRepositoryInWorker: typeof openRepository = (source, options = {}) => {
  const { storage: _ofThisThread, ...sent } = options;
  if (kept === null || kept.ended) {
    // It would keep a Deno process from exiting. (A worker's own worker takes a second to end.)
    const endsIdle = "Deno" in globalThis && !("WorkerGlobalScope" in globalThis);
    kept = startGitWorker({ endsIdle });
  }
  return kept.openRepository(source, sent);
};

/**
 * One more worker for repositories, the caller's own: several read stretches of one history side by
 * side, each through a repository that it opens itself. Close it when it is done.
 */
export function startGitWorker(options: { readonly endsIdle?: boolean } = {}): GitWorker {
  // The bundler of the page knows a worker by this very expression.
  const worker = new Worker(new URL("../../workers/git.ts", import.meta.url), { type: "module" });
  return connectGitWorker(worker, options);
}

let kept: GitWorker | null = null;

/** A worker that reads repositories. */
export interface GitWorker {
  readonly ended: boolean;
  /**
   * As `openRepository`. When the signal aborts it rejects at once, and the worker cleans up after.
   *
   * @throws {GitError} as `openRepository`; `closed` when the worker ends, as all calls do then
   */
  openRepository(source: RepositorySource, options?: Job & SentOptions): Promise<Repository>;
  close(): void;
}

/**
 * Connects to `worker`, which runs `workers/git.ts`, and owns it from now on.
 *
 * @param options.endsIdle whether it ends when none of its repositories is open any more
 */
export function connectGitWorker(worker: Worker, { endsIdle = false } = {}): GitWorker {
  const link = openLink<GitService>(worker);
  const open = new Set<number>();
  let last = 0;

  const call: typeof link.call = (method, request, job) =>
    link.call(method, request, job).catch((error) => {
      throw asGitError(error);
    });

  async function close(handle: number) {
    try {
      await call("close", { handle });
    } catch (error) {
      // A worker that has ended holds nothing open.
      if (!link.ended) throw error;
    } finally {
      open.delete(handle);
      if (endsIdle && open.size === 0) link.close();
    }
  }

  async function* items<T extends TreeFile | Commit>(request: ListRequest): AsyncGenerator<T> {
    const cursor = await call("list", request);
    let whole = false;
    try {
      while (!whole) {
        const batch = await call("next", { cursor });
        yield* batch.items as readonly T[];
        whole = batch.done;
      }
    } finally {
      if (!whole) await call("stop", { cursor });
    }
  }

  return {
    get ended() {
      return link.ended;
    },
    async openRepository(source, { signal, onProgress, ...options } = {}) {
      const handle = ++last;
      open.add(handle);
      try {
        const request = { handle, source, ...options };
        return {
          source: await call("open", request, { signal, onProgress }),
          resolve: (revision) => call("resolve", { handle, revision }),
          files: (commit, under) => items({ handle, commit, of: "files", under }),
          commit: (oid) => call("commit", { handle, oid }),
          read: (oid, options) => call("read", { handle, oid, options }),
          readFile: (commit, path, options) => call("readFile", { handle, commit, path, options }),
          log: (commit, options) => items({ handle, commit, of: "log", options }),
          changes: (commit, options) => call("changes", { handle, commit, options }),
          compare: (before, after, options) => call("compare", { handle, before, after, options }),
          patch: (change, options) => call("patch", { handle, change, options }),
          mergeBase: (one, other) => call("mergeBase", { handle, one, other }),
          readLfs: (pointer, job = {}) => call("readLfs", { handle, pointer }, job),
          prefetch: (oids, job = {}) => call("prefetch", { handle, oids }, job),
          close: () => close(handle),
        };
      } catch (error) {
        // The caller does not wait for the worker to clean up; it may be busy.
        close(handle).catch((late) => console.warn("A repository was not closed:", late));
        throw signal?.aborted ? openingStopped(source) : error;
      }
    },
    close: () => link.close(),
  };
}

/** What a repository of this thread would have thrown. */
function asGitError(error: unknown): unknown {
  if (!(error instanceof WorkerError)) return error;
  const { code, message } = error;
  if (error.name === "GitError") return new GitError(code as GitErrorCode, message);
  const ended = code === "worker-closed" || code === "worker-died";
  return ended ? new GitError("closed", message) : error;
}
