/** Parts of a remote, and remotes that are odd. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openRepository } from "../../src/git/mod.ts";
import { startGitServer } from "../support/git_server.ts";
import { makeRepository } from "../support/make_repository.ts";
import { cache, failure, open, sample, server, useClones } from "./clone_setup.ts";
import { filesByGit, randomBytes } from "./sample.ts";

useClones();

describe("a part of a remote", () => {
  test("one branch, some commits", async () => {
    const repository = await open(server.url, { depth: 2 });
    const head = await repository.resolve();
    const commits = await Array.fromAsync(repository.log(head));
    expect(commits).toHaveLength(2);
    expect(commits[1]?.parents).toEqual([]);
    expect(await repository.resolve("main")).toBe(head);
    await expect(repository.resolve("side/branch")).rejects.toMatchObject({
      code: "no-such-revision",
    });
    expect(await Array.fromAsync(repository.files(head))).toEqual(await filesByGit(sample, head));
    const oldest = commits[1];
    if (oldest === undefined) return;
    const added = (await repository.changes(oldest))
      .filter(({ afterMode }) => afterMode?.startsWith("100"))
      .map(({ path, after, afterMode }) => ({ path, oid: after, mode: afterMode }));
    const all = await filesByGit(sample, oldest.oid);
    expect(added).toEqual(all.toSorted((a, b) => (a.path < b.path ? -1 : 1)));
    await repository.close();
  });

  test("a branch, a tag, a commit", async () => {
    const full = await open();
    const names = [
      "side/branch",
      "v1",
      "refs/tags/light",
      (await sample.git("rev-parse", "v1~2")).trim(),
    ];
    for (const revision of names) {
      const repository = await open(server.url, { depth: 1, revision });
      expect(await repository.resolve(), revision).toBe(await full.resolve(revision));
      expect(await Array.fromAsync(repository.log(await repository.resolve()))).toHaveLength(1);
      await repository.close();
    }
    await full.close();
    for (const revision of ["nothing", "1".repeat(40), "../x"]) {
      const { error } = await failure(server.url, { depth: 1, revision });
      expect(error.code).toBe("no-such-revision");
      expect(error.message).toContain(revision);
    }
    expect((await failure(server.url, { depth: 0 })).error.message).toContain("0");
  });

  test("of a remote that is itself a part", async () => {
    const path = join(cache, "part.git");
    await sample.git("clone", "--quiet", "--bare", "--depth=3", `file://${sample.path}`, path);
    await using host = await startGitServer(path);
    const repository = await open(host.url);
    const oids = (await sample.git("-C", path, "log", "--format=%H")).trim().split("\n");
    const commits = await Array.fromAsync(repository.log(await repository.resolve()));
    expect(commits.map(({ oid }) => oid)).toEqual(oids);
    await repository.close();
  });
});

describe("odd repositories", () => {
  test("an empty one opens, and has no commit", async () => {
    await using empty = await makeRepository();
    await using host = await startGitServer(empty.path);
    for (const source of [host.url, empty.path]) {
      const repository = await open(source);
      await expect(repository.resolve()).rejects.toMatchObject({ code: "no-such-revision" });
      await expect(repository.resolve()).rejects.toThrow(/no commit yet/);
      await repository.close();
    }
  });

  test("one whose HEAD names no branch stands at its only branch", async () => {
    await using repository = await makeRepository([{ files: { a: "1" } }]);
    await repository.git("symbolic-ref", "HEAD", "refs/heads/elsewhere");
    await using host = await startGitServer(repository.path);
    const opened = await open(host.url);
    expect(await opened.resolve()).toBe((await repository.git("rev-parse", "main")).trim());
    await opened.close();
  });

  test("one at no branch", async () => {
    await using repository = await makeRepository([{ files: { a: "1" } }, { files: { a: "2" } }]);
    await repository.git("checkout", "--quiet", "--detach", "HEAD~1");
    await using host = await startGitServer(repository.path);
    for (const source of [host.url, repository.path]) {
      const opened = await open(source);
      expect(await opened.resolve()).toBe((await repository.git("rev-parse", "HEAD")).trim());
      await opened.close();
    }
  });

  test("SHA-256", async () => {
    const path = join(cache, "sha256");
    await sample.git("init", "--quiet", "--object-format=sha256", path);
    await expect(openRepository(path)).rejects.toMatchObject({ code: "unsupported" });
  });

  test("a damaged pack in a local folder is told, not read", async () => {
    await using repository = await makeRepository([{ files: { "a": randomBytes(5000) } }]);
    await repository.git("gc", "--quiet");
    const folder = join(repository.path, ".git/objects/pack");
    const pack = (await readdir(folder)).find((name) => name.endsWith(".pack")) ?? "";
    const bytes = await Deno.readFile(join(folder, pack));
    bytes[2000] = (bytes[2000] ?? 0) ^ 1;
    await rm(join(folder, pack));
    await Deno.writeFile(join(folder, pack), bytes);
    const opened = await openRepository(repository.path);
    const [file] = await Array.fromAsync(opened.files(await opened.resolve()));
    await expect(opened.read(file?.oid ?? "")).rejects.toMatchObject({ code: "corrupt" });
    await opened.close();
  });
});
