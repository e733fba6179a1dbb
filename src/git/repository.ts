/**
 * A repository's files and history.
 *
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import { GitError, toGitError } from "./git_error.ts";
import { type Commit, type LogOptions, mergeBase, walkCommits } from "./history.ts";
import { type FetchMissing, type ObjectReader, objectReader } from "./objects.ts";
import { checkLfs, type LfsPointer } from "./lfs.ts";
import { checkSize, MAX_OBJECT_BYTES } from "./packs/limits.ts";
import {
  type FilePatch,
  filePatch,
  isOtherKind,
  MAX_PATCH_BYTES,
  type PatchOptions,
} from "./patch.ts";
import { quote } from "./quote.ts";
import { type RenameOptions, withRenames } from "./renames.ts";
import { resolveRevision } from "./revision.ts";
import { type GitFs, isMissing } from "./storage.ts";
import {
  type FileMode,
  fileMode,
  filesOfTree,
  findEntry,
  isFile,
  isFolder,
  type TreeFile,
} from "./tree.ts";
import { blobsOf, type FileChange } from "./tree_changes.ts";

/** An open repository. Every method throws {@linkcode GitError}, `closed` after `close()`. */
export interface Repository {
  /** What was opened, as the user named it, without credentials. */
  readonly source: string;
  /**
   * The commit that a branch, a tag, `HEAD` or a full or abbreviated object id stands for.
   *
   * @throws {GitError} `no-such-revision`, quoting it
   */
  resolve(revision?: string): Promise<string>;
  /** One commit, by its full id. */
  commit(oid: string): Promise<Commit>;
  /**
   * The regular and executable files of a commit, in git's order; below the folder `under`, or that
   * one file. Submodules are left out, links are neither listed nor followed.
   *
   * @throws {GitError} `no-such-object`; `no-such-path` if the commit has no `under`
   */
  files(commit: string, under?: string): AsyncIterable<TreeFile>;
  /**
   * The bytes of a blob, the caller's own copy.
   *
   * @throws {GitError} `too-large` over `maxBytes`, by default {@linkcode MAX_OBJECT_BYTES}
   */
  read(oid: string, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The bytes of the file `path` in a commit.
   *
   * @throws {GitError} `no-such-path`; as `read`
   */
  readFile(commit: string, path: string, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The commit and its ancestors, newest first, each read when it is asked for; with `until` those
   * that are no ancestors of others: a range, a branch before its merge.
   */
  log(commit: string, options?: LogOptions): AsyncIterable<Commit>;
  /** What a commit changed of its first parent, by path; of a root commit all is new. */
  changes(commit: Commit, options?: ChangeOptions): Promise<FileChange[]>;
  /** What differs between two commits, by path. */
  compare(before: string, after: string, options?: ChangeOptions): Promise<FileChange[]>;
  /** A change as text that `git apply` takes. Content over `maxBytes` is not read, but told. */
  patch(change: FileChange, options?: PatchOptions): Promise<FilePatch>;
  /** The best common ancestor, as `git merge-base` tells it; nothing if there is none. */
  mergeBase(one: string, other: string): Promise<string | undefined>;
  /**
   * The file that an LFS pointer (see `parseLfsPointer`) points at: from the repository's own store
   * on this disk, else from the remote's LFS server.
   *
   * @throws {GitError} `no-such-object`, `too-large`, `corrupt`, `network`, `forbidden`
   */
  readLfs(pointer: LfsPointer, job?: Job): Promise<Uint8Array<ArrayBuffer>>;
  /** Fetches the blobs that a blobless clone lacks in few requests; else there is nothing to do. */
  prefetch(oids: readonly string[], job?: Job): Promise<void>;
  /** Lets go of the memory and of the clone; the clone stays for the next time. */
  close(): Promise<void>;
}

/** How a blob is read. */
export interface ReadOptions {
  /** Longer blobs are refused before they are unpacked. */
  readonly maxBytes?: number | undefined;
  /** Gives bytes that others may be given too: not to be changed. Saves a copy. */
  readonly shared?: boolean | undefined;
}

/** How changes are told. */
export interface ChangeOptions {
  /** Tells renames as git does; `true` is a similarity of 50 percent. Reads what went and came. */
  readonly renames?: boolean | RenameOptions | undefined;
}

/** Where a repository's data lies. */
export interface RepositoryPlace {
  readonly fs: GitFs;
  /** The folder with `objects` and `refs`. */
  readonly gitdir: string;
  readonly source: string;
  /** Gets objects that were left out of the clone. */
  readonly fetchMissing?: FetchMissing;
  /** Gets files that LFS keeps elsewhere. */
  readonly fetchLfs?: (pointer: LfsPointer, job: Job) => Promise<Uint8Array<ArrayBuffer>>;
  /** Called once, by `close()`. */
  readonly onClose?: () => Promise<void>;
}

/** Reads the repository at `place`, which must be whole. Nothing is read until a method is called. */
export function readRepository(place: RepositoryPlace): Repository {
  const { fs, gitdir, source, fetchMissing, onClose } = place;
  let reader: ObjectReader | undefined = objectReader(fs, gitdir, fetchMissing);

  /** Runs one call and gives its failures a type. */
  async function told<T>(doing: string, call: (reader: ObjectReader) => Promise<T>): Promise<T> {
    if (reader === undefined) throw new GitError("closed", `${quote(source)} is closed.`);
    try {
      return await call(reader);
    } catch (error) {
      throw toGitError(error, `${doing} of ${quote(source)}`);
    }
  }

  const readCommit = (oid: string) => told(`commit ${oid}`, (reader) => reader.commit(oid));
  const readTree = (oid: string) => told(`tree ${oid}`, (reader) => reader.tree(oid));
  const noSuchPath = (path: string, commit: string) =>
    new GitError(
      "no-such-path",
      `${quote(source)} has no file or folder ${quote(path)} in commit ${commit}.`,
    );

  async function read(oid: string, { maxBytes, shared = false }: ReadOptions = {}) {
    const bytes = await told(`file ${oid}`, (reader) => reader.blob(oid, maxBytes));
    // A copy can be kept or transferred; the original is kept for its neighbours.
    return shared ? bytes : bytes.slice();
  }

  /** Bytes unless there are too many. */
  async function readUpTo(oid: string, maxBytes: number): Promise<Uint8Array | undefined> {
    try {
      return await read(oid, { maxBytes, shared: true });
    } catch (error) {
      if (error instanceof GitError && error.code === "too-large") return undefined;
      throw error;
    }
  }

  /** One side of a change, as `filePatch` takes it. */
  async function side(oid: string | undefined, mode: FileMode | undefined, maxBytes: number) {
    if (oid === undefined || mode === "160000") return undefined;
    return await readUpTo(oid, maxBytes) ?? "too-large";
  }

  const prefetch = (oids: readonly string[], job: Job = {}) =>
    told("files", (reader) => reader.prefetch(oids, job));

  async function difference(
    before: string | undefined,
    after: string,
    { renames = false }: ChangeOptions = {},
  ): Promise<FileChange[]> {
    const changes = await told(`tree ${after}`, (reader) => reader.difference(before, after));
    if (renames === false) return changes;
    return await withRenames(changes, readUpTo, renames === true ? {} : renames, prefetch);
  }

  return {
    source,
    resolve: (revision = "HEAD") =>
      told(
        `revision ${quote(revision)}`,
        (reader) => resolveRevision(reader, fs, gitdir, revision, source),
      ),
    async *files(commit, under = "") {
      const { tree } = await readCommit(commit);
      const entry = await findEntry(readTree, tree, under);
      const path = under.split("/").filter((part) => part !== "").join("/");
      if (entry && isFolder(entry)) {
        yield* filesOfTree(readTree, entry.oid, path === "" ? "" : `${path}/`);
      } else if (entry && isFile(entry)) {
        yield { path, oid: entry.oid, mode: fileMode(entry.mode) };
      } else {
        throw noSuchPath(under, commit);
      }
    },
    commit: readCommit,
    read,
    async readFile(commit, path, options) {
      const entry = await findEntry(readTree, (await readCommit(commit)).tree, path);
      if (entry && isFile(entry)) return await read(entry.oid, options);
      throw noSuchPath(path, commit);
    },
    log: (commit, options) => walkCommits(readCommit, commit, options),
    async changes({ tree, parents: [parent] }, options) {
      const before = parent === undefined ? undefined : (await readCommit(parent)).tree;
      return await difference(before, tree, options);
    },
    async compare(before, after, options) {
      return await difference(
        (await readCommit(before)).tree,
        (await readCommit(after)).tree,
        options,
      );
    },
    async patch(change, options = {}) {
      const { maxBytes = MAX_PATCH_BYTES } = options;
      // Of a file of a new mode or name nothing is shown, unless it became a link.
      if (change.before === change.after && !isOtherKind(change)) {
        return filePatch(change, undefined, undefined, options);
      }
      await prefetch(blobsOf(change));
      const before = await side(change.before, change.beforeMode, maxBytes);
      const after = await side(change.after, change.afterMode, maxBytes);
      return filePatch(change, before, after, options);
    },
    mergeBase: (one, other) => mergeBase(readCommit, one, other),
    readLfs: (pointer, job = {}) =>
      told(`LFS file ${pointer.oid}`, () => readLfs(place, pointer, job)),
    prefetch,
    async close() {
      if (reader === undefined) return;
      const open = reader;
      reader = undefined;
      await open.close();
      await onClose?.();
    },
  };
}

async function readLfs(
  { fs, gitdir, source, fetchLfs }: RepositoryPlace,
  pointer: LfsPointer,
  job: Job,
): Promise<Uint8Array<ArrayBuffer>> {
  const { oid } = pointer;
  if (fetchLfs !== undefined) return await fetchLfs(pointer, job);
  checkSize(pointer.sizeBytes, MAX_OBJECT_BYTES, `LFS file ${oid}`);
  try {
    const path = `${gitdir}/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`;
    const bytes = new Uint8Array(await fs.promises.readFile(path) as Uint8Array);
    await checkLfs(bytes, pointer, source);
    return bytes;
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new GitError(
      "no-such-object",
      `${quote(source)} keeps LFS file ${oid} elsewhere; run git lfs fetch, or open its URL.`,
      { cause },
    );
  }
}
