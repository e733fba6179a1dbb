/** Repositories in a worker, and what becomes of calls when it ends. */
import { readdir, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitError } from "../../src/git/mod.ts";
import type { Progress } from "../../src/gpu/mod.ts";
import { connectGitWorker, type GitWorker } from "../../src/remote/git_in_worker.ts";
import { type GitServer, startGitServer } from "../support/git_server.ts";
import { temporaryFolder, type TestRepository } from "../support/make_repository.ts";
import { makeSample } from "../git/sample.ts";

let sample: TestRepository;
let server: GitServer;
let cache: string;

beforeAll(async () => {
  sample = await makeSample();
  server = await startGitServer(sample.path);
  cache = await temporaryFolder("worker");
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await sample[Symbol.asyncDispose]();
  await rm(cache, { recursive: true });
});

function startWorker(): { worker: Worker; git: GitWorker } {
  const url = new URL("../../workers/git.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  return { worker, git: connectGitWorker(worker) };
}

test("progress and errors come through as they are", async () => {
  const { git } = startWorker();
  const moments: Progress[] = [];
  const onProgress = (moment: Progress) => moments.push(moment);
  const repository = await git.openRepository(server.url, { cache, onProgress });
  expect(moments[0]).toEqual({ phase: "clone", done: 0, total: 0, unit: "bytes" });
  expect(new Set(moments.map(({ phase }) => phase))).toEqual(new Set(["clone"]));
  const error = await repository.resolve("nothing").catch((error) => error);
  expect(error).toBeInstanceOf(GitError);
  expect(error).toMatchObject({ code: "no-such-revision", name: "GitError" });
  expect(error.message).toContain('"nothing"');
  const missing = git.openRepository(`${cache}/missing`);
  await expect(missing).rejects.toMatchObject({ code: "not-found" });
  await repository.close();
  await expect(repository.resolve()).rejects.toMatchObject({ code: "closed" });
  git.close();
});

test("the caller keeps the bytes of a bundle; a list may be left before its end", async () => {
  const { git } = startWorker();
  const path = `${cache}/all.bundle`;
  await sample.git("bundle", "create", "--quiet", path, "--all");
  const bundle = await Deno.readFile(path);
  const { length } = bundle;
  const repository = await git.openRepository({ name: "all.bundle", bundle }, { cache });
  expect(bundle.length).toBe(length);
  const head = await repository.resolve();
  for await (const { path } of repository.files(head)) {
    expect(path).not.toBe("");
    break;
  }
  for await (const { oid } of repository.log(head)) {
    expect(oid).toBe(head);
    break;
  }
  const files = await Array.fromAsync(repository.files(head));
  const large = files.find(({ path }) => path === "large.bin");
  expect((await repository.read(large?.oid ?? "")).length).toBe(300_000);
  await repository.close();
  git.close();
});

test("stopping an open rejects at once; the transfer ends and leaves nothing", async () => {
  const folder = `${cache}/stopped`;
  const { git } = startWorker();
  server.fault = { stallAfterBytes: 200_000 };
  const controller = new AbortController();
  const before = server.requests.filter(({ method }) => method === "POST").length;
  let stoppedMs = 0;
  const opened = git.openRepository(server.url, {
    cache: folder,
    signal: controller.signal,
    onProgress({ done }) {
      if (done === 0 || stoppedMs > 0) return;
      stoppedMs = performance.now();
      controller.abort();
    },
  });
  const error = await opened.catch((error) => error);
  // The host goes on with its silence: only the abort ends the wait.
  expect(performance.now() - stoppedMs).toBeLessThan(5_000);
  expect(error).toBeInstanceOf(GitError);
  expect(error).toMatchObject({ code: "aborted" });
  expect(error.message).toContain(JSON.stringify(server.url));
  server.fault = undefined;
  const again = await git.openRepository(server.url, { cache: folder });
  expect(await again.resolve()).toMatch(/^[0-9a-f]{40}$/);
  await again.close();
  await server.packsEnded(before + 2);
  await expect.poll(() => readdir(folder)).toEqual([
    expect.stringMatching(/^[0-9a-f]+-[0-9a-f]+$/),
  ]);
  const stopped = git.openRepository(server.url, { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  git.close();
});

test("stopping an open that is just done leaves it closed", async () => {
  const folder = `${cache}/late`;
  const { git } = startWorker();
  const marks = async () => (await readdir(folder)).filter((name) => name.endsWith(".held"));
  const open = (signal?: AbortSignal) => git.openRepository(server.url, { cache: folder, signal });
  await (await open()).close();
  const started = performance.now();
  await (await open()).close();
  const takesMs = performance.now() - started;
  for (let step = 0; step <= 10; step++) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), takesMs * (0.5 + step / 10));
    await open(controller.signal).then(
      (repository) => repository.close(),
      (error) => expect(error).toMatchObject({ code: "aborted" }),
    );
  }
  await expect.poll(marks).toEqual([]);
  git.close();
});

test("a process ends by itself once its repositories are closed", async () => {
  const script = new URL("./open_and_close.ts", import.meta.url);
  const args = ["run", "-A", script.href, sample.path];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    signal: AbortSignal.timeout(120_000),
  }).output();
  expect(new TextDecoder().decode(stdout).trim().split("\n")).toEqual(["open", "stopped", "open"]);
  expect(success).toBe(true);
});

describe("calls that wait are rejected", () => {
  const ends: Record<string, (worker: Worker, git: GitWorker) => void> = {
    "when it is closed": (_, git) => git.close(),
    "when it is terminated": (worker) => worker.terminate(),
  };
  test.each(Object.entries(ends))("%s", async (_, end) => {
    const { worker, git } = startWorker();
    const repository = await git.openRepository(sample.path);
    server.fault = { stallAfterBytes: 10 };
    const opened = git.openRepository(server.url, { cache: `${cache}/waiting` });
    const outcome = opened.catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 200));
    end(worker, git);
    expect(await outcome).toMatchObject({ code: "closed" });
    server.fault = undefined;
    await expect(repository.resolve()).rejects.toMatchObject({ code: "closed" });
    await expect(git.openRepository(sample.path)).rejects.toMatchObject({ code: "closed" });
    await repository.close();
    git.close();
  });

  test("when it cannot be loaded", async () => {
    const worker = new Worker("data:text/javascript,throw new Error('no such worker')", {
      type: "module",
    });
    const git = connectGitWorker(worker);
    const error = await git.openRepository(sample.path).catch((error) => error);
    expect(error).toMatchObject({ code: "closed" });
    expect(error.message).toContain("no such worker");
    git.close();
  });
});
