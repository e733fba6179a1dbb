/**
 * Whether every commit's patch is what it says: `git apply` must make the commit's very tree of its
 * base. Run by hand on a whole history:
 *
 *     deno run -A test/bench/history_patches.ts REPOSITORY [LIMIT]
 *
 * Prints how many commits and patches were tried, what was left out by reason, and what failed.
 *
 * @module
 */
import { join } from "node:path";
import { openRepository, type Repository } from "../../src/git/mod.ts";
import { gitEnvironment, temporaryFolder } from "../support/make_repository.ts";

/** What was counted. */
export interface PatchReport {
  commits: number;
  patches: number;
  renames: number;
  /** Commits with a patch that leaves content out, by reason; the others of them are applied. */
  readonly omitted: Record<string, number>;
  readonly unreadable: string[];
  /** Commits whose patch git does not take, or makes another tree of. */
  readonly failed: string[];
  makingMs: number;
}

/** Applies the patches of the newest `limit` commits of the repository in the folder `path`. */
export async function checkPatches(path: string, limit?: number): Promise<PatchReport> {
  const folder = await temporaryFolder("patches");
  const repository = await openRepository(path);
  const report: PatchReport = {
    commits: 0,
    patches: 0,
    renames: 0,
    omitted: {},
    unreadable: [],
    failed: [],
    makingMs: 0,
  };
  try {
    const git = await scratchGit(path, folder);
    const start = await repository.resolve();
    for await (const { oid, parents, tree } of repository.log(start, { limit })) {
      report.commits++;
      let made;
      try {
        made = await makePatch(repository, oid, report);
      } catch (error) {
        report.unreadable.push(`${oid}: ${error instanceof Error ? error.message : error}`);
        continue;
      }
      await git(["read-tree", ...(parents[0] === undefined ? ["--empty"] : [parents[0]])]);
      if (made.text !== "") {
        await git(["apply", "--cached", "--whitespace=nowarn"], made.text)
          .catch((error) => report.failed.push(`${oid}: ${error.message}`));
      }
      if (made.whole && (await git(["write-tree", "--missing-ok"])).trim() !== tree) {
        report.failed.push(`${oid}: another tree`);
      }
    }
  } finally {
    await repository.close();
    await Deno.remove(folder, { recursive: true });
  }
  return report;
}

/** The text of all that `git apply` can take. */
async function makePatch(repository: Repository, oid: string, report: PatchReport) {
  const begin = performance.now();
  const changes = await repository.changes(await repository.commit(oid), { renames: true });
  const patches = [];
  for (const change of changes) patches.push(await repository.patch(change, { maxBytes: 2 ** 24 }));
  report.makingMs += performance.now() - begin;
  for (const { omitted } of patches) {
    if (omitted) report.omitted[omitted] = (report.omitted[omitted] ?? 0) + 1;
  }
  report.patches += patches.length;
  report.renames += changes.filter(({ renamedFrom }) => renamedFrom !== undefined).length;
  const applied = patches.filter(({ omitted }) => omitted === undefined);
  return {
    text: applied.map(({ text }) => text).join(""),
    whole: applied.length === patches.length,
  };
}

/** Runs git on the repository with an index and new objects of its own. */
async function scratchGit(path: string, folder: string) {
  const run = async (args: string[], input = "", more: Record<string, string> = {}) => {
    const command = new Deno.Command("git", {
      args: ["-c", "safe.directory=*", "-C", path, ...args],
      env: { ...gitEnvironment, ...more },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    const child = command.spawn();
    const writer = child.stdin.getWriter();
    const fed = writer.write(new TextEncoder().encode(input)).then(() => writer.close());
    const { success, stdout, stderr } = await child.output();
    await fed.catch((error) => console.error(`git ${args[0]} did not read its input: ${error}`));
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim().split("\n")[0]);
    return new TextDecoder().decode(stdout);
  };
  const objects = (await run(["rev-parse", "--git-path", "objects"])).trim();
  const added = join(folder, "objects");
  await Deno.mkdir(added);
  const environment = {
    GIT_INDEX_FILE: join(folder, "index"),
    GIT_OBJECT_DIRECTORY: added,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: objects.startsWith("/") ? objects : join(path, objects),
  };
  return (args: string[], input?: string) => run(args, input, environment);
}

if (import.meta.main) {
  const [path = ".", limit] = Deno.args;
  const report = await checkPatches(path, limit === undefined ? undefined : Number(limit));
  console.log(JSON.stringify(report, null, 2));
}
