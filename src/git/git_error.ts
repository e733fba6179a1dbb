/**
 * What can go wrong between a source and its objects, told in one typed error. Messages quote the
 * source without its credentials and say what to do.
 *
 * @module
 */

/** Why git's data could not be had. */
export type GitErrorCode =
  /** The folder, file or URL answers, but is no git repository. */
  | "not-a-repository"
  /** The folder or file is missing; the host answered 404. */
  | "not-found"
  /** The host or the file system refuses. */
  | "forbidden"
  /** The host cannot be reached, or the transfer broke off. */
  | "network"
  /** The caller's signal. */
  | "aborted"
  /** No room for the clone. */
  | "disk-full"
  /** The bundle is cut short, damaged, thin, or of a version that is not known. */
  | "bad-bundle"
  /** No branch, tag or commit of that name. */
  | "no-such-revision"
  /** No commit, tree or file of that object id. */
  | "no-such-object"
  /** The commit has no such file or folder. */
  | "no-such-path"
  /** The repository's own data is damaged. */
  | "corrupt"
  /** More bytes, entries or references than are read. */
  | "too-large"
  /** A kind of source or of repository that is not read here. */
  | "unsupported"
  /** The repository, or the worker that holds it, is closed. */
  | "closed";

/** An error of this room; `code` tells the kind. */
export class GitError extends Error {
  override readonly name = "GitError";

  constructor(readonly code: GitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * The typed form of whatever a file system, the network or isomorphic-git threw.
 *
 * @param doing what was being done, with the source, as the message begins: `cannot read "/data/x"`
 */
export function toGitError(error: unknown, doing: string): GitError {
  if (error instanceof GitError) return error;
  const { name, code, message } = fieldsOf(error);
  const told = (kind: GitErrorCode, words: string) =>
    new GitError(kind, `${doing}: ${words}`, { cause: error });
  if (name === "AbortError") return told("aborted", "it was stopped");
  if (DISK_FULL.has(code) || DISK_FULL.has(name)) {
    return told("disk-full", "no space is left; make room, or choose another cache folder");
  }
  if (REFUSED.has(code) || REFUSED.has(name)) return told("forbidden", message);
  if (MISSING.has(code)) return told("not-found", "there is no such file or folder");
  if (code === "NotFoundError") return told("no-such-object", message);
  return told("corrupt", message);
}

const DISK_FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "QuotaExceededError"]);
const MISSING: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);
const REFUSED: ReadonlySet<string> = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "NotCapable",
  "PermissionDenied",
]);

function fieldsOf(error: unknown): { name: string; code: string; message: string } {
  if (!(error instanceof Error)) return { name: "", code: "", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { name: error.name, code, message: error.message };
}
