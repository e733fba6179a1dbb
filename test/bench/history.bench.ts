/**
 * The newest commits of a repository with all blobs, read by us and by the peers, turn about in one
 * run, each in a process of its own:
 *
 *     deno run -A test/bench/history.bench.ts REPOSITORY [COMMITS] [RUNS]
 *
 * Refuses to tell a time unless all found the same changes. Prints medians of wall and CPU time, the
 * ratios to ours, and our peak memory beside the size of the packs.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import nodeFs from "node:fs";
import git from "isomorphic-git";
import { MAX_OBJECT_BYTES, openRepository, walkHistory } from "../../src/git/mod.ts";

/** What one run found and took. */
interface Measure {
  changes: number;
  seconds: number;
  cpuSeconds: number;
  peakBytes: number;
}

const peers: Record<string, (path: string, commits: number) => Promise<number>> = {
  async bottega(path, commits) {
    const repository = await openRepository(path);
    let found = 0;
    const walk = { limit: commits, blobs: true, maxBytes: MAX_OBJECT_BYTES };
    for await (const { changes } of walkHistory(repository, await repository.resolve(), walk)) {
      found += changes.length;
    }
    await repository.close();
    return found;
  },

  /** Trees by id, equal ones passed over, each kept; blobs by id: what its makers advise. */
  async readTree(path, commits) {
    const { fs, gitdir, cache, log } = await isomorphic(path, commits);
    const kept = new Map<string, Awaited<ReturnType<typeof git.readTree>>["tree"]>();
    let changes = 0;
    const tree = async (oid: string | undefined) => {
      if (oid === undefined) return [];
      const known = kept.get(oid) ?? (await git.readTree({ fs, gitdir, cache, oid })).tree;
      kept.set(oid, known);
      return known;
    };
    const blob = (oid: string) => git.readBlob({ fs, gitdir, cache, oid });
    const compare = async (before: string | undefined, after: string | undefined) => {
      const old = new Map((await tree(before)).map((entry) => [entry.path, entry]));
      for (const to of await tree(after)) {
        const from = old.get(to.path);
        old.delete(to.path);
        if (from?.oid === to.oid && from.mode === to.mode) continue;
        const folders = [from, to].map((side) => side?.type === "tree" ? side.oid : undefined);
        if (folders.some((oid) => oid !== undefined)) await compare(folders[0], folders[1]);
        const sides = [from, to].filter((side) => side !== undefined && side.type !== "tree");
        if (sides.length === 0) continue;
        changes++;
        for (const side of sides) if (side?.type === "blob") await blob(side.oid);
      }
      for (const from of old.values()) {
        if (from.type === "tree") await compare(from.oid, undefined);
        else {
          changes++;
          if (from.type === "blob") await blob(from.oid);
        }
      }
    };
    for (const { before, after } of log) await compare(before, after);
    return changes;
  },

  async walk(path, commits) {
    const { fs, gitdir, cache, log } = await isomorphic(path, commits);
    let changes = 0;
    for (const { oid, parent } of log) {
      await git.walk({
        fs,
        gitdir,
        cache,
        trees: [git.TREE({ ref: oid }), ...(parent ? [git.TREE({ ref: parent })] : [])],
        async map(_, [after, before]) {
          const oids = [await after?.oid(), await before?.oid()];
          if (oids[0] === oids[1]) return null;
          const types = [await after?.type(), await before?.type()];
          if (types.some((type) => type !== undefined && type !== "tree")) {
            changes++;
            await after?.content();
            await before?.content();
          }
          return true;
        },
      });
    }
    return changes;
  },
};

async function isomorphic(path: string, commits: number) {
  Object.assign(globalThis, { Buffer });
  const gitdir = nodeFs.existsSync(`${path}/.git`) ? `${path}/.git` : path;
  const [fs, cache] = [nodeFs, {}];
  const found = await git.log({ fs, gitdir, cache, depth: commits });
  const log = [];
  for (const { oid, commit } of found) {
    const parent = commit.parent[0];
    const before = parent && (await git.readCommit({ fs, gitdir, cache, oid: parent })).commit.tree;
    log.push({ oid, parent, before, after: commit.tree });
  }
  return { fs, gitdir, cache, log };
}

async function measureSelf(name: string, path: string, commits: number): Promise<Measure> {
  const begin = performance.now();
  const changes = await (peers[name] ?? (() => Promise.reject(new Error(name))))(path, commits);
  const seconds = (performance.now() - begin) / 1000;
  const status = Deno.readTextFileSync("/proc/self/status");
  return {
    changes,
    seconds,
    cpuSeconds: 0,
    peakBytes: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024,
  };
}

/** `git log --raw -p`, its output read and thrown away. */
async function measureGit(path: string, commits: number): Promise<Measure> {
  const begin = performance.now();
  const { children } = cpuTimes();
  const log = ["log", "--raw", "-p", "--no-renames", "--diff-merges=first-parent", `-${commits}`];
  const { stdout } = await new Deno.Command("git", {
    args: ["-c", "safe.directory=*", "-C", path, ...log],
    stdout: "piped",
  }).output();
  const seconds = (performance.now() - begin) / 1000;
  const cpuSeconds = cpuTimes().children - children;
  const changes = new TextDecoder().decode(stdout).match(/^:\d{6} \d{6} /gm)?.length ?? 0;
  return { changes, seconds, cpuSeconds, peakBytes: 0 };
}

async function measurePeer(name: string, path: string, commits: number): Promise<Measure> {
  const { children } = cpuTimes();
  const { stdout, success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", import.meta.filename ?? "", path, String(commits), "1", name],
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${name}: ${new TextDecoder().decode(stderr)}`);
  const cpuSeconds = cpuTimes().children - children;
  return { ...JSON.parse(new TextDecoder().decode(stdout)), cpuSeconds };
}

/** CPU seconds of processes that this one has waited for. */
function cpuTimes(): { children: number } {
  const fields = Deno.readTextFileSync("/proc/self/stat").split(") ")[1]?.split(" ") ?? [];
  return { children: (Number(fields[13]) + Number(fields[14])) / 100 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function packBytes(path: string): number {
  const folder = nodeFs.existsSync(`${path}/.git`) ? `${path}/.git` : path;
  return [...Deno.readDirSync(`${folder}/objects/pack`)]
    .filter(({ name }) => name.endsWith(".pack"))
    .reduce((sum, { name }) => sum + Deno.statSync(`${folder}/objects/pack/${name}`).size, 0);
}

async function compareAll(path: string, commits: number, runs: number): Promise<void> {
  const results: Record<string, Measure[]> = { git: [], bottega: [], readTree: [], walk: [] };
  for (let run = 0; run < runs; run++) {
    for (const [name, list] of Object.entries(results)) {
      list.push(
        name === "git" ? await measureGit(path, commits) : await measurePeer(name, path, commits),
      );
    }
  }
  const found = new Set(Object.values(results).flat().map(({ changes }) => changes));
  if (found.size !== 1) throw new Error(`they disagree: ${JSON.stringify(results)}`);
  const seconds = (name: string) => median((results[name] ?? []).map(({ seconds }) => seconds));
  const table = Object.entries(results).map(([name, list]) => ({
    name,
    seconds: seconds(name),
    cpuSeconds: median(list.map(({ cpuSeconds }) => cpuSeconds)),
    timesOurs: seconds(name) / seconds("bottega"),
  }));
  const peak = Math.max(...(results["bottega"] ?? []).map(({ peakBytes }) => peakBytes));
  console.log(JSON.stringify(
    {
      commits,
      runs,
      changes: [...found][0],
      table,
      peakMegabytes: peak / 1e6,
      packMegabytes: packBytes(path) / 1e6,
    },
    null,
    2,
  ));
}

if (import.meta.main) {
  const [path = ".", commits = "1000", runs = "5", peer] = Deno.args;
  if (peer === undefined) await compareAll(path, Number(commits), Number(runs));
  else console.log(JSON.stringify(await measureSelf(peer, path, Number(commits))));
}
