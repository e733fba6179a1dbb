/** Clones without the contents of files, which come when they are read. */
import { rm } from "node:fs/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { memoryStorage } from "../../src/git/browser_storage.ts";
import { type OpenOptions, openRepository, walkHistory } from "../../src/git/mod.ts";
import { nodeStorage } from "../../src/git/node_storage.ts";
import { TOKEN_HEADER } from "../../src/remote/mod.ts";
import { loadTrajectories } from "../../src/trajectory/mod.ts";
import { startServer } from "../server/started_server.ts";
import { type GitServer, startGitServer } from "../support/git_server.ts";
import { temporaryFolder, type TestRepository } from "../support/make_repository.ts";
import { changesByGit, filesByGit, makeSample, randomBytes } from "./sample.ts";

let sample: TestRepository;
let server: GitServer;
let cache: string;

beforeAll(async () => {
  sample = await makeSample();
  await sample.commit({ message: "More", files: { "more.bin": randomBytes(400_000) } });
  await sample.commit({ message: "Text", files: { "src/new.ts": "1;\n2;\n3;\n" } });
  return () => sample[Symbol.asyncDispose]();
});
beforeEach(async () => {
  server = await startGitServer(sample.path, { filter: true });
  cache = await temporaryFolder("cache");
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(cache, { recursive: true });
});

const open = (options: OpenOptions = {}) =>
  openRepository(server.url, { storage: nodeStorage(cache), blobless: true, ...options });
const posts = () => server.requests.filter(({ method }) => method === "POST").length;

describe("a blobless clone", () => {
  test("has the whole history, and none of the contents", async () => {
    const repository = await open();
    expect(server.sentBytes).toBeLessThan(20_000);
    const sent = server.sentBytes;
    const head = await repository.resolve();
    for await (const commit of repository.log(head)) {
      expect(await Array.fromAsync(repository.files(commit.oid)))
        .toEqual(await filesByGit(sample, commit.oid));
      expect(await repository.changes(commit)).toEqual(await changesByGit(sample, commit.oid));
    }
    for (const name of ["main", "side/branch", "v1", "light"]) {
      expect(await repository.resolve(name))
        .toBe((await sample.git("rev-parse", `${name}^{commit}`)).trim());
    }
    expect(server.sentBytes).toBe(sent);
    await repository.close();
  });

  test("fetches what is read, together what is asked for together, each thing once", async () => {
    const repository = await open();
    const files = await Array.fromAsync(repository.files(await repository.resolve()));
    const before = posts();
    const all = await Promise.all(files.map(({ oid }) => repository.read(oid)));
    expect(posts()).toBe(before + 1);
    for (const [index, { oid }] of files.entries()) {
      const size = Number(await sample.git("cat-file", "-s", oid));
      expect(all[index]?.length).toBe(size);
    }
    await repository.prefetch(files.map(({ oid }) => oid));
    await repository.close();
    // What was fetched stays with the clone.
    const again = await open();
    for (const { oid } of files) await again.read(oid);
    expect(posts()).toBe(before + 2);
    expect(server.requests.at(-1)?.headers["git-protocol"]).toBe("version=2");
    await again.close();
  });

  test("tells what the remote does not have", async () => {
    const repository = await open();
    await expect(repository.read("1".repeat(40))).rejects.toMatchObject({ code: "no-such-object" });
    server.fault = { cutAfterBytes: 10 };
    const files = await Array.fromAsync(repository.files(await repository.resolve()));
    const file = files.at(-1);
    await expect(repository.read(file?.oid ?? "")).rejects.toMatchObject({ code: "network" });
    server.fault = undefined;
    expect((await repository.read(file?.oid ?? "")).length).toBeGreaterThan(0);
    await repository.close();
  });

  test("walks a history with few requests, and prepares renames", async () => {
    const repository = await open();
    const before = posts();
    let commits = 0;
    const walk = walkHistory(repository, await repository.resolve(), { blobs: true });
    for await (const { changes, blobs, error } of walk) {
      commits++;
      expect(error).toBeUndefined();
      for (const { after, afterMode } of changes) {
        if (after && afterMode !== "160000") expect(blobs.has(after)).toBe(true);
      }
    }
    expect(commits).toBeGreaterThan(8);
    expect(posts()).toBe(before + 1);
    await repository.close();
  });

  test("in memory and through the server's proxy, as in a page", async () => {
    await using proxy = await startServer({}, { extraHosts: [server.origin] });
    const repository = await open({
      storage: await memoryStorage(),
      depth: 2,
      proxy: new URL("api/git/", proxy.url).href,
      headers: { [TOKEN_HEADER]: proxy.token },
    });
    expect(server.sentBytes).toBeLessThan(20_000);
    const head = await repository.resolve();
    expect(new TextDecoder().decode(await repository.readFile(head, "src/new.ts"))).toContain("2;");
    await repository.close();
  });
});

test("a remote that cannot leave blobs out is cloned whole", async () => {
  await using old = await startGitServer(sample.path);
  const repository = await openRepository(old.url, {
    storage: nodeStorage(cache),
    blobless: true,
  });
  const sent = old.sentBytes;
  expect(sent).toBeGreaterThan(400_000);
  const head = await repository.resolve();
  for await (const { oid } of repository.files(head)) await repository.read(oid);
  expect(old.sentBytes).toBe(sent);
  await expect(repository.read("1".repeat(40))).rejects.toMatchObject({ code: "no-such-object" });
  await repository.close();
});

test("the last commits' trajectories cost a small part of a clone", async () => {
  const { trajectories, errors } = await loadTrajectories(server.url, {
    history: true,
    limit: 1,
    storage: nodeStorage(cache),
  });
  expect(errors).toEqual([]);
  expect(trajectories.map(({ task }) => task.problem)).toEqual(["Text\n"]);
  expect(trajectories[0]?.outcome.patch).toContain("+2;\n");
  expect(server.sentBytes).toBeLessThan(0.03 * 700_000);
});
