/**
 * What differs between two trees. They are compared as the bytes they are, two cursors side by side:
 * object ids first, so that equal folders are never opened, and nothing is made of equal entries.
 *
 * @module
 */

import { fromHex, toHex } from "./hex.ts";
import { GitError } from "./git_error.ts";
import type { ObjectStore } from "./packs/object_store.ts";
import { decodePath } from "./path_text.ts";
import { checkDepth, checkEntries, type FileMode, fileMode, weightOf } from "./tree.ts";

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

/** A first commit has as many as the largest repositories have files. */
const MOST_CHANGES = 400_000;

/** The blobs of a change's sides; a submodule's commit is none. */
export function blobsOf({ before, beforeMode, after, afterMode }: FileChange): string[] {
  return [
    ...(before !== undefined && beforeMode !== "160000" ? [before] : []),
    ...(after !== undefined && afterMode !== "160000" ? [after] : []),
  ];
}

/**
 * Paths that differ between two trees, sorted. Opens only folders that differ: for a usual commit as
 * many trees as its deepest path has parts, twice.
 *
 * @param before tree oid; none stands for the empty tree
 * @throws {GitError} `no-such-object`, `corrupt`; `too-large` for more, or deeper, entries than any
 * real commit has
 */
export function treeChanges(
  store: Pick<ObjectStore, "read">,
  before: string | undefined,
  after: string | undefined,
): FileChange[] {
  const changes: FileChange[] = [];
  let entries = 0;

  function open(side: Cursor | undefined): Cursor {
    if (side === undefined) return cursorOn(EMPTY);
    const found = store.read(side.bytes, side.idStart);
    if (found.type === "tree") return cursorOn(found.bytes);
    const oid = toHex(side.bytes.subarray(side.idStart, side.idStart + 20));
    throw new GitError("no-such-object", `${oid} is a ${found.type}, not a tree.`);
  }

  function compare(one: Cursor, other: Cursor, prefix: string, depth: number): void {
    checkDepth(depth);
    while (!one.done || !other.done) {
      checkEntries(++entries);
      const order = one.done ? 1 : other.done ? -1 : orderOf(one, other);
      const from = order <= 0 ? one : undefined;
      const to = order >= 0 ? other : undefined;
      if (from === undefined || to === undefined || !isSame(from, to)) {
        tell(from, to, prefix, depth);
      }
      if (from) advance(from);
      if (to) advance(to);
    }
  }

  function tell(
    from: Cursor | undefined,
    to: Cursor | undefined,
    prefix: string,
    depth: number,
  ): void {
    const side = from ?? to;
    if (side === undefined) return;
    checkEntries(entries += weightOf(side.idStart - side.nameStart));
    const path = prefix + decodePath(side.bytes.subarray(side.nameStart, side.idStart - 1));
    // Folders sort apart from files of their name: here both are folders, or neither is.
    if (side.isFolder) return compare(open(from), open(to), `${path}/`, depth + 1);
    if (changes.length === MOST_CHANGES) {
      throw new GitError("too-large", `A commit of over ${MOST_CHANGES} changes is not read.`);
    }
    changes.push({
      path,
      ...(from ? { before: oidOf(from), beforeMode: modeOf(from) } : {}),
      ...(to ? { after: oidOf(to), afterMode: modeOf(to) } : {}),
    });
  }

  const root = (oid: string | undefined) =>
    open(oid === undefined ? undefined : { ...cursorOn(EMPTY), bytes: fromHex(oid), idStart: 0 });
  if (before !== after) compare(root(before), root(after), "", 0);
  return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** A place in the bytes of a tree object: one entry. */
interface Cursor {
  bytes: Uint8Array;
  /** Where the entry's mode, name and object id begin. */
  start: number;
  nameStart: number;
  idStart: number;
  isFolder: boolean;
  done: boolean;
}

const EMPTY = new Uint8Array();

function cursorOn(bytes: Uint8Array): Cursor {
  const cursor = { bytes, start: 0, nameStart: 0, idStart: -20, isFolder: false, done: false };
  advance(cursor);
  return cursor;
}

function advance(cursor: Cursor): void {
  const { bytes } = cursor;
  const start = cursor.idStart + 20;
  cursor.start = start;
  if (start >= bytes.length) {
    cursor.done = true;
    return;
  }
  let at = start;
  while (at < bytes.length && bytes[at] !== SPACE) at++;
  cursor.nameStart = ++at;
  while (at < bytes.length && bytes[at] !== 0) at++;
  cursor.idStart = at + 1;
  if (at + 21 > bytes.length) {
    throw new GitError("corrupt", `a tree breaks off in the entry at byte ${start}`);
  }
  // `40000`, or `040000` as some old tools wrote it.
  cursor.isFolder = bytes[start] === FOUR || (bytes[start] === ZERO && bytes[start + 1] === FOUR);
}

const SPACE = 0x20;
const ZERO = 0x30;
const FOUR = 0x34;
const SLASH = 0x2f;

/** As git orders them: by their bytes, a folder as if its name ended in a slash. */
function orderOf(one: Cursor, other: Cursor): number {
  const { bytes: a, idStart: endA } = one;
  const { bytes: b, idStart: endB } = other;
  for (let i = one.nameStart, j = other.nameStart;; i++, j++) {
    // The zero behind a name ends it; a folder ends in a slash first.
    const x = i < endA - 1 ? a[i] as number : i === endA - 1 && one.isFolder ? SLASH : -1;
    const y = j < endB - 1 ? b[j] as number : j === endB - 1 && other.isFolder ? SLASH : -1;
    if (x !== y) return x - y;
    if (x < 0) return 0;
  }
}

/** Whether mode and object id are the same. */
function isSame(one: Cursor, other: Cursor): boolean {
  for (let byte = 0; byte < 20; byte++) {
    if (one.bytes[one.idStart + byte] !== other.bytes[other.idStart + byte]) return false;
  }
  return one.isFolder ? other.isFolder : modeOf(one) === modeOf(other);
}

function oidOf({ bytes, idStart }: Cursor): string {
  return toHex(bytes.subarray(idStart, idStart + 20));
}

function modeOf({ bytes, start, nameStart }: Cursor): FileMode {
  return fileMode(decodePath(bytes.subarray(start, nameStart - 1)));
}
