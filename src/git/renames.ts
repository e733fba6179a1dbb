/**
 * Renames among a commit's changes, found as git finds them: equal content first, then, of what is
 * left, the file of the same name where there is just one, then the most similar ones.
 *
 * @see https://git-scm.com/docs/gitdiffcore#_diffcore_rename_for_detecting_renames_and_copies
 * @module
 */

import type { FileChange } from "./tree_changes.ts";

/** How renames are looked for. */
export interface RenameOptions {
  /** The least similarity, percent; 50 by default, as in git. 100 compares object ids only. */
  readonly similarity?: number | undefined;
}

/** Content as it is compared: how many bytes there are of each piece, and in all. */
interface Fingerprint {
  readonly pieces: ReadonlyMap<number, number>;
  readonly sizeBytes: number;
}

/** More pairs than this are not compared one by one; git gives up at as many. */
const MOST_PAIRS = 1_000_000;
/** Larger files are taken for renamed only where they are equal, bytes. */
const MOST_BYTES = 8 * 2 ** 20;

/**
 * The changes with renames in place of the files that went and the files that came. Reads the blobs
 * of files that went and came, unless their ids are equal.
 *
 * @param read the bytes of a blob, or nothing where it is too large
 * @param prepare is told the blobs that are going to be read
 */
export async function withRenames(
  changes: readonly FileChange[],
  read: (oid: string, maxBytes: number) => Promise<Uint8Array | undefined>,
  { similarity = 50 }: RenameOptions = {},
  prepare: (oids: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<FileChange[]> {
  const gone = new Set(changes.filter(({ after }) => after === undefined));
  const come = new Set(changes.filter(({ before }) => before === undefined));
  if (gone.size === 0 || come.size === 0) return [...changes];
  const renames: FileChange[] = [];
  const match = (from: FileChange, to: FileChange, percent: number) => {
    gone.delete(from);
    come.delete(to);
    renames.push({
      ...to,
      ...(from.before ? { before: from.before } : {}),
      ...(from.beforeMode ? { beforeMode: from.beforeMode } : {}),
      renamedFrom: from.path,
      similarity: percent,
    });
  };

  matchEqual(gone, come, match);
  const left = [...gone, ...come].filter(isRegular);
  if (similarity < 100 && [...gone].some(isRegular) && [...come].some(isRegular)) {
    await prepare(left.flatMap(({ before, after }) => before ?? after ?? []));
    const prints = new Map<FileChange, Fingerprint>();
    for (const change of left) {
      const bytes = await read(change.before ?? change.after ?? "", MOST_BYTES);
      if (bytes !== undefined) prints.set(change, fingerprint(bytes));
    }
    matchSimilar(gone, come, prints, similarity, match);
  }
  if (renames.length === 0) return [...changes];
  const kept = changes.filter((change) =>
    gone.has(change) || come.has(change) ||
    (change.before !== undefined && change.after !== undefined)
  );
  return [...kept, ...renames].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

type Match = (from: FileChange, to: FileChange, percent: number) => void;

/** Files of the same id; of several, one of the same name. */
function matchEqual(gone: Set<FileChange>, come: Set<FileChange>, match: Match): void {
  const byOid = Map.groupBy(gone, ({ before }) => before);
  for (const to of [...come]) {
    const same = (byOid.get(to.after) ?? []).filter((from) =>
      gone.has(from) && (from.beforeMode === to.afterMode || (isRegular(from) && isRegular(to)))
    );
    const from = same.find(({ path }) => baseName(path) === baseName(to.path)) ?? same[0];
    if (from !== undefined) match(from, to, 100);
  }
}

function matchSimilar(
  gone: Set<FileChange>,
  come: Set<FileChange>,
  prints: ReadonlyMap<FileChange, Fingerprint>,
  least: number,
  match: Match,
): void {
  const score = (from: FileChange, to: FileChange) => {
    const [one, other] = [prints.get(from), prints.get(to)];
    return one && other ? similarityOf(one, other, least) : 0;
  };
  // Halfway between what is asked for and equality, for a name that only one file has.
  const leastByName = least + (100 - least) / 2;
  const goneByName = Map.groupBy(gone, ({ path }) => baseName(path));
  const comeByName = Map.groupBy(come, ({ path }) => baseName(path));
  for (const [name, [from, ...others]] of goneByName) {
    const [to, ...more] = comeByName.get(name) ?? [];
    if (!from || !to || others.length > 0 || more.length > 0) continue;
    const percent = score(from, to);
    if (percent >= leastByName) match(from, to, Math.floor(percent));
  }
  if (gone.size * come.size > MOST_PAIRS) return;
  const pairs: { from: FileChange; to: FileChange; percent: number; named: boolean }[] = [];
  for (const to of come) {
    for (const from of gone) {
      const percent = score(from, to);
      const named = baseName(from.path) === baseName(to.path);
      if (percent >= least) pairs.push({ from, to, percent, named });
    }
  }
  pairs.sort((a, b) => b.percent - a.percent || Number(b.named) - Number(a.named));
  for (const { from, to, percent } of pairs) {
    if (gone.has(from) && come.has(to)) match(from, to, Math.floor(percent));
  }
}

/** How much of the larger file's size is in both, percent; 0 if it cannot reach `least`. */
function similarityOf(one: Fingerprint, other: Fingerprint, least: number): number {
  const most = Math.max(one.sizeBytes, other.sizeBytes);
  if (Math.min(one.sizeBytes, other.sizeBytes) * 100 < most * least || most === 0) return 0;
  const [fewer, more] = one.pieces.size < other.pieces.size ? [one, other] : [other, one];
  let shared = 0;
  for (const [piece, bytes] of fewer.pieces) shared += Math.min(bytes, more.pieces.get(piece) ?? 0);
  return 100 * shared / most;
}

/** Lines, cut after 64 bytes, by a hash; as in git, a carriage return before a line feed is passed over. */
function fingerprint(bytes: Uint8Array): Fingerprint {
  const isText = !bytes.subarray(0, 8000).includes(0);
  const pieces = new Map<number, number>();
  let hash = FNV_START;
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (isText && byte === CR && bytes[at + 1] === LF) continue;
    hash = Math.imul(hash ^ byte, FNV_PRIME);
    length++;
    if (length < 64 && byte !== LF && at + 1 < bytes.length) continue;
    pieces.set(hash, (pieces.get(hash) ?? 0) + length);
    [hash, length] = [FNV_START, 0];
  }
  return { pieces, sizeBytes: bytes.length };
}

const CR = 0x0d;
const LF = 0x0a;
const FNV_START = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

function isRegular({ beforeMode, afterMode }: FileChange): boolean {
  return (beforeMode ?? afterMode ?? "").startsWith("100");
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
