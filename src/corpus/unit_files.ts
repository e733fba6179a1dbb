/**
 * What a unit of change did to files: the text of each touched file at the base, and each commit's
 * changes with the texts before and after. What is no text is left out, told by its reason.
 *
 * @module
 */
import {
  type Commit,
  type FileChange,
  GitError,
  MAX_PATCH_BYTES,
  type Repository,
  textOfBlob,
} from "../git/mod.ts";
import type { ChangeUnit } from "./change_unit.ts";
import { CorpusError } from "./corpus_error.ts";
import type { TextChange } from "./file_edits.ts";

/** Why a change cannot be told as text. */
export const OMISSIONS = [
  "binary",
  "not-utf-8",
  "too-large",
  "submodule",
  "symlink",
  "path-not-utf-8",
] as const;

export type OmissionReason = typeof OMISSIONS[number];

/** A change that is left out. */
export interface OmittedChange {
  readonly oid: string;
  readonly path: string;
  readonly reason: OmissionReason;
}

/** A change of text, with what git says of it. */
export interface LoadedChange extends TextChange {
  readonly change: FileChange;
}

/** A commit and its changes, sorted by path. */
export interface LoadedCommit {
  readonly commit: Commit;
  readonly changes: readonly LoadedChange[];
}

/** The files of a unit. */
export interface UnitFiles {
  /** Content at the base by path, of every file that the unit touches and that is there. */
  readonly base: ReadonlyMap<string, string>;
  readonly commits: readonly LoadedCommit[];
  readonly omitted: readonly OmittedChange[];
}

/** A commit and what it changed, before any content is read. */
export interface ChangedCommit {
  readonly commit: Commit;
  readonly changes: readonly FileChange[];
}

/** What each commit of a unit changed, renames found. */
export async function changesOfUnit(git: Repository, unit: ChangeUnit): Promise<ChangedCommit[]> {
  const commits: ChangedCommit[] = [];
  for (const commit of unit.commits) {
    commits.push({ commit, changes: await git.changes(commit, { renames: true }) });
  }
  return commits;
}

/**
 * Reads the contents of a unit's changes. A file that is not text at one moment is left out at every
 * moment, under each of its names, so that what stays can be applied in order.
 *
 * @throws {CorpusError} `too-large` for a unit of more than 64 million characters
 */
export async function loadUnitFiles(
  git: Repository,
  commits: readonly ChangedCommit[],
): Promise<UnitFiles> {
  const wanted = new Set<string>();
  for (const { before, beforeMode, after, afterMode } of commits.flatMap((c) => c.changes)) {
    if (before && beforeMode?.startsWith("100")) wanted.add(before);
    if (after && afterMode?.startsWith("100")) wanted.add(after);
  }
  await git.prefetch([...wanted]);
  const contents = new Map<string, Content>();
  let size = 0;
  for (const oid of wanted) {
    const content = await readText(git, oid);
    contents.set(oid, content);
    size += "text" in content ? content.text.length : 0;
    if (size > MOST_CHARACTERS) {
      throw new CorpusError("too-large", `A unit of more than ${MOST_CHARACTERS} characters.`);
    }
  }

  const reasons = new Map<FileChange, OmissionReason>();
  for (const { changes } of commits) {
    for (const change of changes) {
      const reason = omissionOf(change, contents);
      if (reason !== undefined) reasons.set(change, reason);
    }
  }
  spreadToOtherMoments(commits, reasons);

  const base = new Map<string, string>();
  const known = new Set<string>();
  const omitted: OmittedChange[] = [];
  const loaded = commits.map(({ commit, changes }): LoadedCommit => ({
    commit,
    changes: changes.flatMap((change): LoadedChange[] => {
      const reason = reasons.get(change);
      if (reason !== undefined) {
        omitted.push({ oid: commit.oid, path: change.path, reason });
        return [];
      }
      const path = change.renamedFrom ?? change.path;
      const before = sideOf(path, change.before, contents);
      const after = sideOf(change.path, change.after, contents);
      if (before && !known.has(path)) base.set(path, before.text);
      known.add(path).add(change.path);
      return [{ change, ...(before ? { before } : {}), ...(after ? { after } : {}) }];
    }),
  }));
  return { base, commits: loaded, omitted };
}

/** What a unit may hold: an import of a whole system would fill the memory, and teaches nothing. */
const MOST_CHARACTERS = 64 * 2 ** 20;

type Content = { readonly text: string } | { readonly reason: OmissionReason };

async function readText(git: Repository, oid: string): Promise<Content> {
  try {
    const { text, omitted } = textOfBlob(
      await git.read(oid, { maxBytes: MAX_PATCH_BYTES, shared: true }),
    );
    return omitted === undefined ? { text } : { reason: omitted };
  } catch (error) {
    if (error instanceof GitError && error.code === "too-large") return { reason: "too-large" };
    throw error;
  }
}

function omissionOf(
  change: FileChange,
  contents: ReadonlyMap<string, Content>,
): OmissionReason | undefined {
  const modes = [change.beforeMode, change.afterMode];
  if (modes.includes("160000")) return "submodule";
  if (modes.includes("120000")) return "symlink";
  if (!change.path.isWellFormed() || !(change.renamedFrom ?? "").isWellFormed()) {
    return "path-not-utf-8";
  }
  for (const oid of [change.before, change.after]) {
    const content = oid === undefined ? undefined : contents.get(oid);
    if (content && "reason" in content) return content.reason;
  }
  return undefined;
}

/**
 * A change whose path was, or will be, left out is left out for the same reason, and so is one that
 * stands where a folder of it was, or in it: a file below what is a link cannot be written.
 */
function spreadToOtherMoments(
  commits: readonly ChangedCommit[],
  reasons: Map<FileChange, OmissionReason>,
): void {
  if (reasons.size === 0) return;
  const paths = new Map<string, OmissionReason>();
  const folders = new Map<string, OmissionReason>();
  const add = ({ path, renamedFrom = path }: FileChange, reason: OmissionReason) => {
    for (const name of [path, renamedFrom]) {
      paths.set(name, paths.get(name) ?? reason);
      for (const folder of foldersOf(name)) folders.set(folder, reason);
    }
  };
  const reasonOf = (name: string) => {
    const above = foldersOf(name).find((folder) => paths.has(folder)) ?? "";
    return paths.get(name) ?? folders.get(name) ?? paths.get(above);
  };
  for (const [change, reason] of reasons) add(change, reason);
  const changes = commits.flatMap((commit) => commit.changes);
  for (let before = -1; before !== reasons.size;) {
    before = reasons.size;
    for (const change of changes) {
      if (reasons.has(change)) continue;
      const reason = reasonOf(change.path) ?? reasonOf(change.renamedFrom ?? change.path);
      if (reason === undefined) continue;
      reasons.set(change, reason);
      add(change, reason);
    }
  }
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

function sideOf(path: string, oid: string | undefined, contents: ReadonlyMap<string, Content>) {
  const content = oid === undefined ? undefined : contents.get(oid);
  return content && "text" in content ? { path, text: content.text } : undefined;
}
