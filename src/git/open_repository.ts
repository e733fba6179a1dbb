/**
 * Opens a repository, wherever it is.
 *
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import { unpackBundle } from "./bundle.ts";
import { openClone } from "./clone_store.ts";
import { fetchInto, fetchObjects, selectAll, selectPart } from "./fetch_pack.ts";
import { GitError, toGitError } from "./git_error.ts";
import { fetchLfs } from "./lfs.ts";
import type { FetchMissing } from "./objects.ts";
import { quote } from "./quote.ts";
import { remoteAt, type RemoteOptions, withoutCredentials } from "./remote.ts";
import { readRepository, type Repository } from "./repository.ts";
import { hasDisk, openStorage, type Storage } from "./storage.ts";
import { toHex } from "./hex.ts";

/**
 * A local folder (work tree or bare), an http(s) URL, the path of a bundle, or the bytes of a bundle
 * under a name.
 */
export type RepositorySource =
  | string
  | { readonly name: string; readonly bundle: Uint8Array | Blob };

/** How a repository is opened. */
export interface OpenOptions extends Job, RemoteOptions {
  /**
   * Takes only one branch of a remote and only this many commits of its history: quick for reading
   * files. `log` ends there.
   */
  readonly depth?: number | undefined;
  /**
   * Leaves the contents of files out of a remote's clone. They are fetched when they are read, or
   * before, in few requests, by `prefetch`. A remote that cannot leave them out is cloned as usual.
   */
  readonly blobless?: boolean | undefined;
  /** Takes only this branch, tag or (where the remote allows it) full commit id of a remote. */
  readonly revision?: string | undefined;
  /** Where clones are kept; see {@linkcode openStorage}. Local folders need none. */
  readonly storage?: Storage | undefined;
}

/**
 * Opens a repository. A local folder is read in place. A remote is cloned, without checkout, and the
 * clone used again as long as the remote's references have not changed; a bundle is unpacked once
 * for its content. Reports phase `clone`. Stopping or failing leaves nothing behind.
 *
 * @throws {GitError} every code but `closed`; the source is quoted without credentials
 * @example
 * ```ts
 * import { openRepository } from "bottega";
 * const repository = await openRepository(".");
 * const commit = await repository.resolve("HEAD");
 * for await (const { path } of repository.files(commit, "src")) console.log(path);
 * await repository.close();
 * ```
 */
export async function openRepository(
  source: RepositorySource,
  options: OpenOptions = {},
): Promise<Repository> {
  try {
    options.signal?.throwIfAborted();
    const repository = typeof source !== "string"
      ? await openBundle(source.name, await bytesOf(source.bundle), options)
      : /^[a-z][a-z0-9+.-]+:\/\//i.test(source)
      ? await openRemote(source, options)
      : await openPath(source, options);
    if (!options.signal?.aborted) return repository;
    await repository.close();
    throw options.signal.reason;
  } catch (error) {
    if (options.signal?.aborted) throw openingStopped(source);
    throw toGitError(error, `Cannot open ${quote(nameOf(source))}`);
  }
}

/** What an `openRepository` that its caller stopped throws. */
export function openingStopped(source: RepositorySource): GitError {
  return new GitError("aborted", `Opening ${quote(nameOf(source))} was stopped.`);
}

function nameOf(source: RepositorySource): string {
  return typeof source === "string" ? withoutCredentials(source) : source.name;
}

async function openRemote(url: string, options: OpenOptions): Promise<Repository> {
  const { depth, revision } = options;
  if (depth !== undefined && !(Number.isInteger(depth) && depth > 0)) {
    throw new GitError("unsupported", `A depth of ${depth} is no number of commits.`);
  }
  const remote = remoteAt(url, options);
  const able = options.blobless ? await remote.advertisement2() : undefined;
  const blobless = able?.capabilities.has("filter") ?? false;
  const offered = blobless && able !== undefined ? able : await remote.advertisement();
  const part = depth === undefined && revision === undefined
    ? selectAll(offered)
    : selectPart(offered, revision, depth, remote.source);
  const selection = blobless ? { ...part, blobless } : part;
  const name = {
    key: await digest([remote.source, depth, revision, ...(blobless ? ["blobless"] : [])]),
    state: await digest(selection),
  };
  const storage = options.storage ?? await openStorage();
  const { gitdir, close } = await openClone(
    storage,
    name,
    (gitdir) => fetchInto(storage.fs, gitdir, remote, selection, options),
  );
  return readRepository({
    fs: storage.fs,
    gitdir,
    source: remote.source,
    onClose: close,
    fetchLfs: (pointer, job) =>
      fetchLfs(remoteAt(url, { ...afterwards(options), signal: job.signal }), pointer, job),
    ...(blobless ? { fetchMissing: fetchLater(url, options, storage, gitdir) } : {}),
  });
}

/** How the remote is reached later: the job of opening ends with it. */
function afterwards({ signal: _signal, onProgress: _onProgress, ...how }: OpenOptions) {
  return how;
}

/** Fetches what a blobless clone lacks; what is asked for at the same moment in one request. */
function fetchLater(
  url: string,
  options: OpenOptions,
  { fs }: Storage,
  gitdir: string,
): FetchMissing {
  let waiting: { oids: Set<string>; done: Promise<void> } | undefined;
  return (oids, job) => {
    if (waiting === undefined) {
      const batch = new Set<string>();
      const done = new Promise((resolve) => setTimeout(resolve)).then(() => {
        waiting = undefined;
        const remote = remoteAt(url, { ...afterwards(options), signal: job.signal });
        return fetchObjects(fs, gitdir, remote, [...batch], job);
      });
      waiting = { oids: batch, done };
    }
    oids.forEach((oid) => waiting?.oids.add(oid));
    return waiting.done;
  };
}

async function openPath(path: string, options: OpenOptions): Promise<Repository> {
  if (/^[^/\\]+@[^/\\:]+:/.test(path)) {
    throw new GitError(
      "unsupported",
      `${quote(path.replace(/^[^@]*@/, ""))} is reached by ssh, which is not spoken here; ` +
        `give its https URL.`,
    );
  }
  if (!hasDisk()) {
    throw new GitError(
      "unsupported",
      `A page cannot open ${quote(path)}; give a URL, or drop a bundle onto the page.`,
    );
  }
  const { openLocal } = await import("./local_folder.ts");
  const local = await openLocal(path);
  if (local.kind === "folder") return readRepository({ ...local.repository, source: path });
  return await openBundle(path, local.bytes, options);
}

async function openBundle(
  source: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: OpenOptions,
): Promise<Repository> {
  const storage = options.storage ?? await openStorage();
  const content = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  const { gitdir, close } = await openClone(
    storage,
    { key: content.slice(0, 16), state: content },
    (gitdir) => unpackBundle(storage.fs, gitdir, bytes, quote(source), options),
  );
  return readRepository({ fs: storage.fs, gitdir, source, onClose: close });
}

async function bytesOf(bundle: Uint8Array | Blob): Promise<Uint8Array<ArrayBuffer>> {
  return bundle instanceof Blob
    ? new Uint8Array(await bundle.arrayBuffer())
    : bundle.buffer instanceof ArrayBuffer
    ? bundle as Uint8Array<ArrayBuffer>
    : new Uint8Array(bundle);
}

/** Sixteen hexadecimal digits that stand for the JSON of `value`. */
async function digest(value: unknown): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(value));
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", text))).slice(0, 16);
}
