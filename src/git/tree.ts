/**
 * Trees of a repository: the files below one, and what differs between two.
 *
 * @module
 */
import { GitError } from "./git_error.ts";
import { toHex } from "./hex.ts";
import { decodePath } from "./path_text.ts";

/** What a path of a commit is: a regular or executable file, a symbolic link, a submodule. */
export type FileMode = "100644" | "100755" | "120000" | "160000";

/** A file of a commit; `oid` names its bytes. Submodules and symbolic links are not files. */
export interface TreeFile {
  readonly path: string;
  readonly oid: string;
  readonly mode: FileMode;
}

/** An entry of a tree object: mode as git writes it (`100644`, `40000` …), name, object id. */
export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly oid: string;
}

/** How a tree's entries are had by its object id. */
export type ReadTree = (oid: string) => Promise<readonly TreeEntry[]>;

/**
 * Entries of a tree object, in its own order. isomorphic-git's parser is not used: it refuses names
 * that git allows, such as `a\b`.
 *
 * @throws {RangeError} if the bytes end within an entry
 */
export function parseTree(bytes: Uint8Array): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let start = 0; start < bytes.length;) {
    const space = bytes.indexOf(0x20, start);
    const zero = bytes.indexOf(0, space);
    const end = zero + 21;
    if (space < 0 || zero < 0 || end > bytes.length) {
      throw new RangeError(`the tree breaks off in the entry at byte ${start}`);
    }
    entries.push({
      mode: decodePath(bytes.subarray(start, space)),
      name: decodePath(bytes.subarray(space + 1, zero)),
      oid: toHex(bytes.subarray(zero + 1, end)),
    });
    start = end;
  }
  return entries;
}

/** What one commit may hold; a few small trees that contain each other can stand for billions. */
export const MOST_ENTRIES = 1_000_000;
export const MOST_FOLDERS_DEEP = 500;

/**
 * Files below the tree `oid`, in git's order; `prefix` is put before each path. Lets other work in
 * from time to time.
 *
 * @throws {GitError} `too-large` for more, or deeper, entries than any real commit has
 */
export async function* filesOfTree(
  readTree: ReadTree,
  oid: string,
  prefix = "",
  depth = 0,
  seen = { entries: 0 },
): AsyncGenerator<TreeFile> {
  checkDepth(depth);
  for (const entry of await readTree(oid)) {
    const before = seen.entries;
    checkEntries(seen.entries += weightOf(entry.name.length));
    if (Math.floor(before / 10_000) < Math.floor(seen.entries / 10_000)) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (isFolder(entry)) {
      yield* filesOfTree(readTree, entry.oid, `${prefix}${entry.name}/`, depth + 1, seen);
    } else if (isFile(entry)) {
      yield { path: prefix + entry.name, oid: entry.oid, mode: fileMode(entry.mode) };
    }
  }
}

/** @throws {GitError} `too-large` */
export function checkDepth(depth: number): void {
  if (depth <= MOST_FOLDERS_DEEP) return;
  throw new GitError("too-large", `Folders more than ${MOST_FOLDERS_DEEP} deep are not read.`);
}

/** As how many entries one counts: a name of kilobytes can be repeated without end, too. */
export function weightOf(nameBytes: number): number {
  return 1 + (nameBytes >> 6);
}

/** @throws {GitError} `too-large` */
export function checkEntries(entries: number): void {
  if (entries <= MOST_ENTRIES) return;
  throw new GitError("too-large", `A commit of over ${MOST_ENTRIES} entries is not read.`);
}

/** The entry that `path` names below the tree `oid`, if there is one. */
export async function findEntry(
  readTree: ReadTree,
  oid: string,
  path: string,
): Promise<TreeEntry | undefined> {
  let entry: TreeEntry = { mode: FOLDER, name: "", oid };
  for (const name of path.split("/").filter((part) => part !== "")) {
    if (!isFolder(entry)) return undefined;
    const found = (await readTree(entry.oid)).find((candidate) => candidate.name === name);
    if (found === undefined) return undefined;
    entry = found;
  }
  return entry;
}

/** Whether the entry is a folder. */
export function isFolder(entry: TreeEntry): boolean {
  return entry.mode === FOLDER || entry.mode === "040000";
}

/** Whether the entry is a regular or executable file. */
export function isFile(entry: TreeEntry): boolean {
  return entry.mode.startsWith("100");
}

/** The mode that git shows; old repositories have more, such as `100664`. */
export function fileMode(mode: string): FileMode {
  if (mode === "120000" || mode === "160000") return mode;
  return (parseInt(mode, 8) & 0o100) === 0 ? "100644" : "100755";
}

const FOLDER = "40000";
