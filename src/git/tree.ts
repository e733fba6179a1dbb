/**
 * Trees of a repository: the files below one, and what differs between two. Object ids are compared
 * first, so that equal folders are never opened.
 *
 * @module
 */
import { GitError } from "./git_error.ts";
import { decodePath } from "./path_text.ts";

/** What a path of a commit is: a regular or executable file, a symbolic link, a submodule. */
export type FileMode = "100644" | "100755" | "120000" | "160000";

/** A file of a commit; `oid` names its bytes. Submodules and symbolic links are not files. */
export interface TreeFile {
  readonly path: string;
  readonly oid: string;
  readonly mode: FileMode;
}

/**
 * A path that differs between two commits. Without `before` it is new, without `after` it is gone;
 * where both oids are the same only its mode changed, or its name. A rename is a path gone and a path
 * new, unless renames are asked for. A path that is not UTF-8 is no well-formed string; see
 * `path_text.ts`.
 */
export interface FileChange {
  readonly path: string;
  /** Oid of the blob; of a link the blob with its target; of a submodule its commit. */
  readonly before?: string;
  readonly after?: string;
  readonly beforeMode?: FileMode;
  readonly afterMode?: FileMode;
  /** Its path before, where it was renamed. */
  readonly renamedFrom?: string;
  /** How much of a renamed file stayed, percent. */
  readonly similarity?: number;
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

/** Lower-case hexadecimal digits of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What one commit may hold; a few small trees that contain each other can stand for billions. */
const MOST_ENTRIES = 2_000_000;
const MOST_FOLDERS_DEEP = 500;

/**
 * Files below the tree `oid`, in git's order; `prefix` is put before each path. Lets other work in
 * from time to time.
 *
 * @throws {GitError} `unsupported` for more, or deeper, entries than any real commit has
 */
export async function* filesOfTree(
  readTree: ReadTree,
  oid: string,
  prefix = "",
  depth = 0,
  seen = { entries: 0 },
): AsyncGenerator<TreeFile> {
  if (depth > MOST_FOLDERS_DEEP) {
    throw new GitError("unsupported", `Folders more than ${MOST_FOLDERS_DEEP} deep are not read.`);
  }
  for (const entry of await readTree(oid)) {
    if (++seen.entries > MOST_ENTRIES) {
      throw new GitError("unsupported", `A commit of over ${MOST_ENTRIES} entries is not read.`);
    }
    if (seen.entries % 10_000 === 0) await new Promise((resolve) => setTimeout(resolve));
    if (isFolder(entry)) {
      yield* filesOfTree(readTree, entry.oid, `${prefix}${entry.name}/`, depth + 1, seen);
    } else if (isFile(entry)) {
      yield { path: prefix + entry.name, oid: entry.oid, mode: fileMode(entry.mode) };
    }
  }
}

/**
 * Paths that differ between two trees, sorted. Opens only folders that differ: for a usual
 * commit as many trees as its deepest path has parts, twice.
 *
 * @param before tree oid; none stands for the empty tree
 */
export async function treeChanges(
  readTree: ReadTree,
  before: string | undefined,
  after: string | undefined,
): Promise<FileChange[]> {
  const changes: FileChange[] = [];
  await collectChanges(readTree, before, after, "", changes);
  return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
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

async function collectChanges(
  readTree: ReadTree,
  before: string | undefined,
  after: string | undefined,
  prefix: string,
  changes: FileChange[],
): Promise<void> {
  if (before === after) return;
  const old = await entriesByName(readTree, before);
  const young = await entriesByName(readTree, after);
  for (const name of new Set([...old.keys(), ...young.keys()])) {
    const from = old.get(name);
    const to = young.get(name);
    if (from?.oid === to?.oid && from?.mode === to?.mode) continue;
    const path = prefix + name;
    await collectChanges(readTree, folderOid(from), folderOid(to), `${path}/`, changes);
    const gone = from && !isFolder(from)
      ? { before: from.oid, beforeMode: fileMode(from.mode) }
      : {};
    const come = to && !isFolder(to) ? { after: to.oid, afterMode: fileMode(to.mode) } : {};
    if ("before" in gone || "after" in come) changes.push({ path, ...gone, ...come });
  }
}

async function entriesByName(
  readTree: ReadTree,
  oid: string | undefined,
): Promise<Map<string, TreeEntry>> {
  const entries = oid === undefined ? [] : await readTree(oid);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function folderOid(entry: TreeEntry | undefined): string | undefined {
  return entry && isFolder(entry) ? entry.oid : undefined;
}
