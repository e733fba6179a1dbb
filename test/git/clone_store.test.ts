/** Clones are kept, replaced and shared by processes; a full disk is told. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openRepository } from "../../src/git/mod.ts";
import { nodeStorage } from "../../src/git/node_storage.ts";
import { startGitServer } from "../support/git_server.ts";
import { makeRepository } from "../support/make_repository.ts";
import { cache, failure, open, packs, sample, server, useClones } from "./clone_setup.ts";
import { filesByGit } from "./sample.ts";

useClones();

describe("clones are kept", () => {
  test("and used again as long as the remote is the same", async () => {
    await (await open()).close();
    const first = await readdir(cache);
    expect(first).toHaveLength(1);
    await (await open()).close();
    await (await open(`${server.url}/`)).close();
    expect(packs()).toBe(1);
    expect(server.requests).toHaveLength(4);
    expect(await readdir(cache)).toEqual(first);
  });

  test("and replaced when it has moved on", async () => {
    await using moving = await makeRepository([{ files: { "a": "1" } }]);
    await using host = await startGitServer(moving.path);
    const old = await open(host.url);
    const before = await old.resolve();
    const after = await moving.commit({ files: { "a": "2" } });
    const young = await open(host.url);
    expect(await young.resolve()).toBe(after);
    // The old one is still read, so it is still there.
    expect(await Array.fromAsync(old.files(before))).toEqual(await filesByGit(moving, before));
    expect(await readdir(cache)).toHaveLength(4);
    await old.close();
    await young.close();
    await (await open(host.url)).close();
    expect(await readdir(cache)).toHaveLength(1);
  });

  test("also where two open the same at once", async () => {
    const both = await Promise.all([open(), open(), open()]);
    for (const repository of both) {
      const head = await repository.resolve();
      expect(await Array.fromAsync(repository.files(head))).toEqual(await filesByGit(sample, head));
    }
    await Promise.all(both.map((repository) => repository.close()));
    expect(await readdir(cache)).toHaveLength(1);
  });

  test("and one that lost its objects is told, not read", async () => {
    await (await open()).close();
    const [name = ""] = await readdir(cache);
    await rm(join(cache, name, "objects"), { recursive: true });
    const error = await open().catch((error) => error);
    expect(error).toMatchObject({ code: "corrupt" });
    expect(error.message).toContain(name);
    expect(await readdir(cache)).toEqual([name]);
  });

  test("and a failed one does not hinder the next", async () => {
    server.fault = { cutAfterBytes: 100_000 };
    expect((await failure()).error.code).toBe("network");
    server.fault = undefined;
    const repository = await open();
    expect(await repository.resolve()).toBe((await sample.git("rev-parse", "main")).trim());
    await repository.close();
  });
});

describe("other processes", () => {
  /** Starts one that opens the URL; resolves when its output has `line`. */
  async function start(line: string): Promise<ChildProcess> {
    const script = fileURLToPath(new URL("open_and_wait.ts", import.meta.url));
    const { host } = new URL(server.url);
    const permissions = [
      `--allow-read`,
      `--allow-write=${cache}`,
      `--allow-net=${host}`,
      // Asked for by a dependency of isomorphic-git.
      "--allow-env=IGNORE_TEST_WIN32",
      "--no-prompt",
    ];
    const child = spawn(process.execPath, ["run", ...permissions, script, server.url, cache], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on("data", (chunk) => {
        output += chunk;
        if (output.includes(line)) resolve();
      });
      child.on("exit", () => reject(new Error(`it ended after: ${output}`)));
    });
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  test("what a dead one was making is removed by the next; what a living one makes is not", async () => {
    server.fault = { stallAfterBytes: 200_000 };
    const child = await start("cloning");
    const partial = (await readdir(cache)).filter((name) => name.endsWith(".partial"));
    expect(partial).toHaveLength(1);
    server.fault = undefined;
    await (await open()).close();
    expect(await readdir(cache)).toEqual(expect.arrayContaining(partial));
    await kill(child);
    await (await open()).close();
    expect(await readdir(cache)).toHaveLength(1);
  });

  test("what one reads is not removed until it has ended", async () => {
    await using moving = await makeRepository([{ files: { "a": "1" } }]);
    await using host = await startGitServer(moving.path);
    const { url } = server;
    Object.assign(server, { url: host.url });
    const child = await start("open");
    Object.assign(server, { url });
    await moving.commit({ files: { "a": "2" } });
    const clones = async () =>
      (await readdir(cache)).filter((name) => /^[0-9a-f]+-[0-9a-f]+$/.test(name)).length;
    await (await open(host.url)).close();
    expect(await clones()).toBe(2);
    await kill(child);
    await (await open(host.url)).close();
    expect(await clones()).toBe(1);
    expect(await readdir(cache)).toHaveLength(1);
  });
});

test("a full disk", async (context) => {
  if (process.getuid?.() !== 0) return context.skip("mounting a small tmpfs needs root");
  const disk = join(cache, "disk");
  await mkdir(disk);
  const run = (...command: string[]) =>
    new Promise<number | null>((resolve) =>
      spawn(command[0] ?? "", command.slice(1)).on("close", resolve)
    );
  if (await run("mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk) !== 0) {
    return context.skip("this machine lets no tmpfs be mounted");
  }
  try {
    const storage = nodeStorage(join(disk, "git"));
    const bundle = join(cache, "all.bundle");
    await sample.git("bundle", "create", "--quiet", bundle, "--all");
    for (const source of [server.url, bundle]) {
      const error = await openRepository(source, { storage }).catch((error) => error);
      expect(error).toMatchObject({ code: "disk-full" });
      expect(error.message).toContain(source);
      expect(await readdir(storage.root)).toEqual([]);
    }
  } finally {
    await run("umount", disk);
  }
});
