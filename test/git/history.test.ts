/** The order of commits, ranges and merge bases, as git tells them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRepository, type Repository, walkHistory } from "../../src/git/mod.ts";
import { startGitWorker } from "../../src/remote/mod.ts";
import { makeRepository, type TestRepository } from "../support/make_repository.ts";
import { seededRandom } from "../support/random.ts";
import { makeSample } from "./sample.ts";

let source: TestRepository;
let repository: Repository;
let oids: string[];

/** Commits whose parents are chosen at random among the ten before: forks, merges, an octopus. */
beforeAll(async () => {
  source = await makeRepository();
  const { git, commit } = source;
  const tree = (await git("write-tree")).trim();
  const random = seededRandom(11);
  oids = [await commit({ files: {} })];
  for (let n = 1; n < 40; n++) {
    const parents = new Set<string>();
    for (let p = 0; p < 1 + Math.floor(random() * 2.4); p++) {
      parents.add(oids.at(-1 - Math.floor(random() * Math.min(10, oids.length))) ?? "");
    }
    // A clock that went wrong now and then; dates are never equal.
    const seconds = 1_700_000_000 + n * 60 - (random() < 0.1 ? 90 : 0);
    const args = [...parents].flatMap((parent) => ["-p", parent]);
    const environment = ["-c", "user.name=A", "-c", "user.email=a@b"];
    const date = `GIT_COMMITTER_DATE=${seconds} +0000`;
    oids.push(
      (await runWithDate(source, date, [...environment, "commit-tree", tree, ...args])).trim(),
    );
  }
  await git("update-ref", "refs/heads/main", oids.at(-1) ?? "");
  repository = await openRepository(source.path);
});
afterAll(async () => {
  await repository.close();
  await source[Symbol.asyncDispose]();
});

async function runWithDate({ path }: TestRepository, date: string, args: string[]) {
  const [name = "", value = ""] = date.split("=", 2);
  const { stdout, success, stderr } = await new Deno.Command("git", {
    args: ["-C", path, ...args, "-m", date],
    env: { [name]: value, GIT_AUTHOR_DATE: value },
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const told = async (commits: AsyncIterable<{ oid: string }>) =>
  (await Array.fromAsync(commits)).map(({ oid }) => oid);
const log = async (...args: string[]) =>
  (await source.git("rev-list", ...args)).split("\n").filter(Boolean);

test("all commits, some, and the line of first parents", async () => {
  const head = oids.at(-1) ?? "";
  expect(await told(repository.log(head))).toEqual(await log(head));
  expect(await told(repository.log(head, { limit: 7 }))).toEqual(await log("-7", head));
  expect(await told(repository.log(head, { firstParent: true })))
    .toEqual(await log("--first-parent", head));
});

test("every range and every merge base", async () => {
  const some = oids.filter((_, index) => index % 3 !== 0);
  for (const [index, one] of some.entries()) {
    const other = some[(index * 7 + 3) % some.length] ?? "";
    expect(await told(repository.log(one, { until: [other] }))).toEqual(
      await log(one, `^${other}`),
    );
    const bases = await source.git("merge-base", "--all", one, other).catch(() => "");
    const base = await repository.mergeBase(one, other);
    if (bases === "") expect(base).toBeUndefined();
    else expect(bases.trim().split("\n")).toContain(base);
  }
});

test("stretches of a history, each in a worker, are together the whole", async () => {
  await using sample = await makeSample();
  const opened = await openRepository(sample.path);
  const whole = await Array.fromAsync(
    walkHistory(opened, await opened.resolve(), { blobs: true, renames: true }),
  );
  const list = whole.map(({ commit }) => commit.oid);
  const half = list.length >> 1;
  const stretches = [list.slice(0, half), list.slice(half)].map(async (oids) => {
    const worker = startGitWorker();
    const there = await worker.openRepository(sample.path);
    const walked = await Array.fromAsync(walkHistory(there, oids, { blobs: true, renames: true }));
    await there.close();
    worker.close();
    return walked;
  });
  expect((await Promise.all(stretches)).flat()).toEqual(whole);
  await opened.close();
});

describe("what is missing", () => {
  test("histories that are apart have no merge base", async () => {
    await using apart = await makeRepository([{ files: { a: "1" } }]);
    await apart.git("checkout", "--quiet", "--orphan", "other");
    const other = await apart.commit({ message: "Other", files: { b: "2" } });
    const opened = await openRepository(apart.path);
    expect(await opened.mergeBase(await opened.resolve("main"), other)).toBeUndefined();
    await opened.close();
  });

  test("a shallow clone's history ends where it was cut", async () => {
    await using whole = await makeRepository([{ files: { a: "1" } }, { files: { a: "2" } }]);
    await using part = await makeRepository();
    const path = `${part.path}/part`;
    await whole.git("clone", "--quiet", "--depth=1", `file://${whole.path}`, path);
    const opened = await openRepository(path);
    const walked = await Array.fromAsync(walkHistory(opened, await opened.resolve()));
    expect(walked).toMatchObject([{ commit: { parents: [] }, changes: [{ path: "a" }] }]);
    await opened.close();
  });

  test("a missing object is told with its commit, and the walk goes on", async () => {
    await using broken = await makeRepository([
      { message: "one", files: { a: "1\n" } },
      { message: "two", files: { a: "2\n" } },
      { message: "three", files: { b: "3\n" } },
    ]);
    const oid = (await broken.git("rev-parse", "HEAD~1:a")).trim();
    await Deno.remove(`${broken.path}/.git/objects/${oid.slice(0, 2)}/${oid.slice(2)}`);
    const opened = await openRepository(broken.path);
    const walked = await Array.fromAsync(
      walkHistory(opened, await opened.resolve(), { blobs: true }),
    );
    expect(walked.map(({ error }) => error?.code)).toEqual([
      undefined,
      "no-such-object",
      undefined,
    ]);
    expect(walked[1]?.error?.message).toContain(oid);
    const tree = (await broken.git("rev-parse", "HEAD~2^{tree}")).trim();
    await Deno.remove(`${broken.path}/.git/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
    const without = await Array.fromAsync(walkHistory(opened, await opened.resolve()));
    expect(without.map(({ error }) => error?.code)).toEqual([
      undefined,
      "no-such-object",
      "no-such-object",
    ]);
    await opened.close();
  });
});
