/**
 * Where clones and unpacked bundles are kept: a folder on disk in Deno and Node, IndexedDB in a
 * page. The two are loaded only where they belong.
 *
 * @module
 */

/** The part of a file system that isomorphic-git and the clones need. */
export interface GitFs {
  readonly promises: {
    readFile(path: string, options?: { encoding?: "utf8" }): Promise<Uint8Array | string>;
    writeFile(path: string, data: Uint8Array | string): Promise<unknown>;
    unlink(path: string): Promise<unknown>;
    readdir(path: string): Promise<string[]>;
    mkdir(path: string): Promise<unknown>;
    rmdir(path: string): Promise<unknown>;
    rename(from: string, to: string): Promise<unknown>;
    stat(path: string): Promise<{ isDirectory(): boolean }>;
    lstat(path: string): Promise<{ isDirectory(): boolean }>;
    readlink(path: string): Promise<string>;
    symlink(target: string, path: string): Promise<unknown>;
  };
  /** What a real disk can do besides: reading without waiting, and from the middle of a file. */
  readonly disk?: Disk;
}

/** Files that are read without waiting; for a missing one the file system's own error is thrown. */
export interface Disk {
  open(path: string): RandomAccessFile;
  exists(path: string): boolean;
  /** The zlib stream that a file is, inflated up to `maxBytes`; nothing if there is no such file. */
  readInflated(path: string, maxBytes: number): Uint8Array | "too-large" | undefined;
}

/** An open file. */
export interface RandomAccessFile {
  readonly sizeBytes: number;
  /** Fills `into` with the bytes from `start` on; gives the part that is filled, less at the end. */
  read(start: number, into: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  close(): void;
}

/** A place for clones, shared with other processes or tabs that use the same one. */
export interface Storage {
  readonly fs: GitFs;
  /** The folder that holds the clones and nothing else. */
  readonly root: string;
  /**
   * Takes a mark that the operating system, or the browser, takes back when this process dies. Its
   * `id` goes into the names of what the process is making or reading.
   */
  hold(): Promise<Hold>;
  /** Whether the process that took the mark `id` still lives and has not given it back. */
  isHeld(id: string): Promise<boolean>;
}

/** A mark; see {@linkcode Storage}. */
export interface Hold {
  readonly id: string;
  release(): Promise<void>;
}

/** Whether this is Deno or Node, with a file system; else it is a page or its worker. */
export function hasDisk(): boolean {
  return "Deno" in globalThis ||
    (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !==
      undefined;
}

/**
 * The usual storage of this environment.
 *
 * @param cache the folder on disk, by default `.bottega/git` below the current one; in a page the
 * name of the database, by default `bottega-git`
 */
export async function openStorage(cache?: string): Promise<Storage> {
  if (hasDisk()) return (await import("./node_storage.ts")).nodeStorage(cache);
  return (await import("./browser_storage.ts")).browserStorage(cache);
}

/** Removes a file or folder with all that is in it; what is not there is no error. */
export async function removeAll(fs: GitFs, path: string): Promise<void> {
  try {
    if (!(await fs.promises.lstat(path)).isDirectory()) {
      await fs.promises.unlink(path);
      return;
    }
    for (const name of await fs.promises.readdir(path)) await removeAll(fs, `${path}/${name}`);
    await fs.promises.rmdir(path);
  } catch (error) {
    // Another process may be removing the same left-overs.
    if (!isMissing(error)) throw error;
  }
}

/** The names in a folder; none where it is not there. */
export async function namesIn(fs: GitFs, path: string): Promise<string[]> {
  try {
    return await fs.promises.readdir(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return [];
  }
}

/** Whether the error says that a file is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
