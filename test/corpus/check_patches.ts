/**
 * What git itself says of patches: each is held against the files of its commit's first parent.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sample } from "../../src/corpus/mod.ts";
import { gitEnvironment } from "../support/make_repository.ts";

/** Runs `git apply --check` on every patch of `general` samples; throws at the first that fails. */
export async function checkPatches(
  repository: string,
  samples: Iterable<Sample> | AsyncIterable<Sample>,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "bottega-index-"));
  const env = { ...gitEnvironment, GIT_INDEX_FILE: join(folder, "index") };
  let checked = 0;
  try {
    for await (const { id, commits = [] } of samples) {
      for (const { oid, patch = "" } of commits) {
        const parent = await git(repository, ["rev-parse", "--verify", "-q", `${oid}^`], env)
          .catch(() => EMPTY_TREE);
        await git(repository, ["read-tree", parent.trim()], env);
        if (patch === "") continue;
        try {
          await git(repository, ["apply", "--check", "--cached", "-"], env, patch);
        } catch (error) {
          throw new Error(`${id}, commit ${oid}: ${error}`, { cause: error });
        }
        checked++;
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return checked;
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

function git(
  cwd: string,
  args: readonly string[],
  env: Record<string, string>,
  input = "",
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { cwd, env });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => out += chunk);
    child.stderr.on("data", (chunk) => err += chunk);
    child.on("error", reject);
    child.on("close", (code) => code === 0 ? resolve(out) : reject(new Error(err || out)));
    child.stdin.on("error", () => child.kill());
    child.stdin.end(input);
  });
}
