/**
 * Repositories by plain values, as a worker serves them: by handle, and their lists in batches,
 * since comlink carries no iterators. `git_in_worker.ts` is the side that calls.
 *
 * @module
 */
import { transfer } from "comlink";
import type { Job } from "../gpu/mod.ts";
import {
  type ChangeOptions,
  type Commit,
  type FileChange,
  type FilePatch,
  GitError,
  type LfsPointer,
  type LogOptions,
  type OpenOptions,
  openRepository,
  openStorage,
  type PatchOptions,
  type ReadOptions,
  type Repository,
  type RepositorySource,
  type TreeFile,
} from "../git/mod.ts";

/** Options of `openRepository` that can be sent to a worker. */
export interface SentOptions extends Omit<OpenOptions, keyof Job | "storage"> {
  /** Folder or database for the clones; see {@linkcode openStorage}. */
  readonly cache?: string | undefined;
}

/** What to open, under a number that the caller chooses: he can close it whatever came of it. */
export interface OpenRequest extends SentOptions {
  readonly handle: number;
  readonly source: RepositorySource;
}

/** Which list; see {@linkcode Repository}. */
export type ListRequest =
  & { readonly handle: number; readonly commit: string }
  & (
    | { readonly of: "files"; readonly under: string | undefined }
    | { readonly of: "log"; readonly options: LogOptions | undefined }
  );

/** Whose bytes, and at most how many. */
export interface ReadRequest {
  readonly handle: number;
  readonly options: ReadOptions | undefined;
}

/** Some items of a list; `done` if there are no more. */
export interface Batch {
  readonly items: readonly (TreeFile | Commit)[];
  readonly done: boolean;
}

/** The methods, as a worker serves them. */
export type GitService = {
  /** Gives the name of what was opened. */
  open(request: OpenRequest, job: Job): Promise<string>;
  resolve(request: { handle: number; revision: string | undefined }): Promise<string>;
  /** The bytes are moved, not copied. */
  read(request: ReadRequest & { oid: string }): Promise<Uint8Array<ArrayBuffer>>;
  /** As `read`. */
  readFile(
    request: ReadRequest & { commit: string; path: string },
  ): Promise<Uint8Array<ArrayBuffer>>;
  commit(request: { handle: number; oid: string }): Promise<Commit>;
  changes(
    request: { handle: number; commit: Commit; options: ChangeOptions | undefined },
  ): Promise<FileChange[]>;
  compare(
    request: { handle: number; before: string; after: string; options: ChangeOptions | undefined },
  ): Promise<FileChange[]>;
  patch(
    request: { handle: number; change: FileChange; options: PatchOptions | undefined },
  ): Promise<FilePatch>;
  mergeBase(
    request: { handle: number; one: string; other: string },
  ): Promise<string | undefined>;
  /** As `read`. */
  readLfs(
    request: { handle: number; pointer: LfsPointer },
    job: Job,
  ): Promise<Uint8Array<ArrayBuffer>>;
  prefetch(request: { handle: number; oids: readonly string[] }, job: Job): Promise<void>;
  /** Gives a cursor over files or commits. */
  list(request: ListRequest): Promise<number>;
  /** The next items of a cursor, as many as come within a moment, at least one. */
  next(request: { cursor: number }): Promise<Batch>;
  /** Forgets a cursor that is not read to its end. */
  stop(request: { cursor: number }): Promise<void>;
  /** Waits for an `open` that winds down. */
  close(request: { handle: number }): Promise<void>;
};

/** The service over {@linkcode openRepository}. */
export function createGitService(): GitService {
  const repositories = new Map<number, Promise<Repository>>();
  const cursors = new Map<number, AsyncIterator<TreeFile | Commit>>();
  let lastCursor = 0;

  function find(handle: number): Promise<Repository> {
    const found = repositories.get(handle);
    return found ?? Promise.reject(new GitError("closed", "The repository is closed."));
  }
  return {
    async open({ handle, source, cache, ...options }, job) {
      const opened = cache === undefined ? Promise.resolve(undefined) : openStorage(cache);
      const opening = opened.then((storage) =>
        openRepository(source, { ...options, ...job, storage })
      );
      repositories.set(handle, opening);
      return (await opening).source;
    },
    resolve: async ({ handle, revision }) => (await find(handle)).resolve(revision),
    async read({ handle, oid, options }) {
      const bytes = await (await find(handle)).read(oid, own(options));
      return transfer(bytes, [bytes.buffer]);
    },
    async readFile({ handle, commit, path, options }) {
      const bytes = await (await find(handle)).readFile(commit, path, own(options));
      return transfer(bytes, [bytes.buffer]);
    },
    commit: async ({ handle, oid }) => (await find(handle)).commit(oid),
    changes: async ({ handle, commit, options }) => (await find(handle)).changes(commit, options),
    compare: async ({ handle, before, after, options }) =>
      (await find(handle)).compare(before, after, options),
    patch: async ({ handle, change, options }) => (await find(handle)).patch(change, options),
    mergeBase: async ({ handle, one, other }) => (await find(handle)).mergeBase(one, other),
    async readLfs({ handle, pointer }, job) {
      const bytes = await (await find(handle)).readLfs(pointer, job);
      return transfer(bytes, [bytes.buffer]);
    },
    prefetch: async ({ handle, oids }, job) => (await find(handle)).prefetch(oids, job),
    async list({ handle, commit, ...list }) {
      const repository = await find(handle);
      const items = list.of === "files"
        ? repository.files(commit, list.under)
        : repository.log(commit, list.options);
      cursors.set(++lastCursor, items[Symbol.asyncIterator]());
      return lastCursor;
    },
    async next({ cursor }) {
      const items = cursors.get(cursor);
      const batch = items === undefined ? { items: [], done: true } : await nextBatch(items);
      if (batch.done) cursors.delete(cursor);
      return batch;
    },
    async stop({ cursor }) {
      await cursors.get(cursor)?.return?.();
      cursors.delete(cursor);
    },
    async close({ handle }) {
      const [opened] = await Promise.allSettled([repositories.get(handle)]);
      repositories.delete(handle);
      if (opened.status === "fulfilled") await opened.value?.close();
    },
  };
}

/** Bytes that are moved away must be a copy. */
function own(options: ReadOptions | undefined): ReadOptions {
  return { ...options, shared: false };
}

/** How long a batch is collected. */
const MOMENT_MS = 50;

async function nextBatch<T>(iterator: AsyncIterator<T>): Promise<{ items: T[]; done: boolean }> {
  const items: T[] = [];
  const end = performance.now() + MOMENT_MS;
  do {
    const { done, value } = await iterator.next();
    if (done) return { items, done: true };
    items.push(value);
  } while (performance.now() < end);
  return { items, done: false };
}
