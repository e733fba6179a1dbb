/**
 * From the name of a revision to its commit.
 *
 * @module
 */

import git from "isomorphic-git";
import { GitError } from "./git_error.ts";
import type { ObjectReader } from "./objects.ts";
import { quote } from "./quote.ts";
import { isRefName } from "./refs.ts";
import type { GitFs } from "./storage.ts";

/**
 * The commit that `revision` stands for; an annotated tag stands for the commit it names.
 *
 * @param source for the error
 * @throws {GitError} `no-such-revision`
 */
export async function resolveRevision(
  reader: ObjectReader,
  fs: GitFs,
  gitdir: string,
  revision: string,
  source: string,
): Promise<string> {
  const none = (why: string, cause?: unknown) =>
    new GitError(
      "no-such-revision",
      `${quote(source)} has no revision ${quote(revision)}: ${why}`,
      { cause },
    );
  const oid = await findOid(reader, fs, gitdir, revision, none);
  if (oid === undefined) {
    const branches = await git.listBranches({ fs, gitdir });
    throw none(
      branches.length === 0 && revision === "HEAD"
        ? "it has no commit yet."
        : `give a branch, a tag, HEAD or an object id${
          branches.length === 0 ? "" : `. Its branches are ${branches.slice(0, 10).join(", ")}`
        }.`,
    );
  }
  try {
    return (await reader.commit(oid)).oid;
  } catch (cause) {
    if (!(cause instanceof GitError) || cause.code !== "no-such-object") throw cause;
    throw none(cause.message.replace(/^There is/, "there is"), cause);
  }
}

/** The object that `revision` names, in git's own order: id, `HEAD`, tag, branch, remote, abbreviation. */
async function findOid(
  reader: ObjectReader,
  fs: GitFs,
  gitdir: string,
  revision: string,
  none: (why: string) => GitError,
): Promise<string | undefined> {
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  const names = revision === "HEAD" ? ["HEAD"] : [
    ...(revision.startsWith("refs/") ? [revision] : []),
    `refs/tags/${revision}`,
    `refs/heads/${revision}`,
    `refs/remotes/${revision}`,
    `refs/remotes/${revision}/HEAD`,
  ];
  for (const ref of names.filter((name) => name === "HEAD" || isRefName(name))) {
    try {
      return await git.resolveRef({ fs, gitdir, ref });
    } catch (error) {
      if (codeOf(error) !== "NotFoundError") throw error;
    }
  }
  if (!/^[0-9a-f]{4,39}$/.test(revision)) return undefined;
  const [oid, another] = await reader.expand(revision);
  if (another === undefined) return oid;
  throw none("more than one object begins so. Give more of its digits.");
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
