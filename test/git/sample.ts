/**
 * A repository with everything that listings and histories trip over, and what the real git says
 * about it.
 *
 * @module
 */

import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { FileChange, FileMode, TreeFile } from "../../src/git/mod.ts";
import { makeRepository, type TestRepository } from "../support/make_repository.ts";
import { seededRandom } from "../support/random.ts";

/** Branches, a merge, tags, an executable, a link, a submodule, odd names, packed and loose objects. */
export async function makeSample(): Promise<TestRepository> {
  const repository = await makeRepository([
    {
      message: "Begin",
      files: {
        "README.md": "# Sample\n",
        "run.sh*": "echo\n",
        "src/a.ts": "export {};\n",
        "src/deep/er/b.ts": "1;\n",
        "src.txt": "sorts between src and src/\n",
        "empty": "",
        "large.bin": randomBytes(300_000),
      },
    },
    {
      message: "Names",
      files: { "ä ü/😀 \\ x.txt": "odd\n", "tab\there": "t", "replaced": "file" },
    },
    {
      message: "Subject\n\nBody of\nseveral lines.",
      files: { "replaced": null, "run.sh": null, "src/a.ts": "export const a = 1;\n" },
    },
    { files: { "replaced/now/a/folder": "yes", "moved.md": "# Sample\n", "README.md": null } },
  ]);
  const { git, commit, path } = repository;
  await symlink("src/a.ts", join(path, "link"));
  await commit({ message: "Link", files: {} });
  await git("tag", "light");
  await git("tag", "--annotate", "v1", "--message", "One");
  await git("gc", "--quiet");
  await git("checkout", "--quiet", "-b", "side/branch", "HEAD~2");
  await commit({ message: "Aside", files: { "side.txt": "s", "src/deep/er/b.ts": "2;\n" } });
  await git("checkout", "--quiet", "main");
  await commit({ message: "Executable", files: { "src/a.ts*": "export const a = 1;\n" } });
  await git("merge", "--quiet", "--no-ff", "side/branch", "--message", "Merge");
  await mkdir(join(path, "module"));
  await git("update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},module`);
  await git("commit", "--quiet", "--message", "Submodule");
  await commit({ message: "Nothing", files: {} });
  return repository;
}

/** Regular and executable files of a commit, as the real git lists them. */
export async function filesByGit({ git }: TestRepository, commit: string): Promise<TreeFile[]> {
  return (await git("ls-tree", "-r", "-z", commit)).split("\0").filter(Boolean).flatMap((line) => {
    const [, mode = "", oid = "", path = ""] = /^(\d+) \w+ (\w+)\t([^]*)$/.exec(line) ?? [];
    return isFileMode(mode) && mode.startsWith("100") ? [{ path, oid, mode }] : [];
  });
}

/** What the real git says that a commit changed of its first parent; `renames` as its `-M`. */
export async function changesByGit(
  { git }: TestRepository,
  commit: string,
  renames?: number,
): Promise<FileChange[]> {
  const parents = (await git("log", "-1", "--format=%P", commit)).trim().split(" ").filter(Boolean);
  const sides = parents[0] === undefined ? ["--root", commit] : [parents[0], commit];
  const how = renames === undefined ? "--no-renames" : `-M${renames}%`;
  const out = await git("diff-tree", "-r", "-z", "--no-abbrev", how, "--no-commit-id", ...sides);
  return parseRawDiff(out);
}

/** Changes by path, from what `git diff-tree --raw -z` prints. */
export function parseRawDiff(out: string): FileChange[] {
  const fields = out.split("\0");
  const changes: FileChange[] = [];
  for (let at = 0; at + 1 < fields.length;) {
    const [beforeMode = "", afterMode = "", before = "", after = "", status = ""] =
      (fields[at++] ?? "").slice(1).split(" ");
    const renamed = status.startsWith("R")
      ? { renamedFrom: fields[at++] ?? "", similarity: Number(status.slice(1)) }
      : {};
    changes.push({
      path: fields[at++] ?? "",
      ...(isFileMode(beforeMode) ? { before, beforeMode } : {}),
      ...(isFileMode(afterMode) ? { after, afterMode } : {}),
      ...renamed,
    });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isFileMode(mode: string): mode is FileMode {
  return ["100644", "100755", "120000", "160000"].includes(mode);
}

/** Bytes that do not compress. */
export function randomBytes(length: number): Uint8Array {
  const random = seededRandom(length);
  return Uint8Array.from({ length }, () => random() * 256);
}
