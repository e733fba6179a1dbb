/** Clones are whole or not at all, whatever happens on the way. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GitError, type OpenOptions, openRepository } from "../../src/git/mod.ts";
import { nodeStorage } from "../../src/git/node_storage.ts";
import type { Progress } from "../../src/gpu/progress.ts";
import { type Fault, type GitServer, startGitServer } from "../support/git_server.ts";
import {
  makeRepository,
  temporaryFolder,
  type TestRepository,
} from "../support/make_repository.ts";
import { filesByGit, makeSample, randomBytes } from "./sample.ts";

let sample: TestRepository;
let server: GitServer;
let cache: string;

beforeAll(async () => {
  sample = await makeSample();
  return () => sample[Symbol.asyncDispose]();
});
beforeEach(async () => {
  server = await startGitServer(sample.path);
  cache = await temporaryFolder("cache");
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(cache, { recursive: true });
});

const open = (url = server.url, options: OpenOptions = {}) =>
  openRepository(url, { storage: nodeStorage(cache), ...options });

/** The error of opening, and what it left in the cache folder. */
async function failure(url = server.url, options: OpenOptions = {}) {
  const error = await open(url, options).then(() => undefined, (error) => error);
  expect(error).toBeInstanceOf(GitError);
  return { error: error as GitError, left: await readdir(cache) };
}

const packs = () => server.requests.filter(({ method }) => method === "POST").length;

describe("faults of the host", () => {
  const faults: [string, Fault, string][] = [
    ["cut in the head of the pack", { cutAfterBytes: 0 }, "network"],
    ["cut within the pack", { cutAfterBytes: 100_000 }, "network"],
    ["401", { status: 401 }, "forbidden"],
    ["403", { status: 403 }, "forbidden"],
    ["404", { status: 404 }, "not-found"],
    ["500", { status: 500 }, "network"],
    ["a page of HTML", { html: "<!doctype html><title>Repository</title>" }, "not-a-repository"],
  ];
  test.each(faults)("%s", async (_, fault, code) => {
    server.fault = fault;
    const { error, left } = await failure();
    expect(error.code).toBe(code);
    expect(error.message).toContain(server.url);
    expect(left).toEqual([]);
  });

  test("nobody listens", async () => {
    const { url } = server;
    await server[Symbol.asyncDispose]();
    const { error, left } = await failure(url);
    expect(error.code).toBe("network");
    expect(error.message).toContain(url);
    expect(left).toEqual([]);
  });

  test("silence", async () => {
    server.fault = { stallAfterBytes: 1000 };
    const { error, left } = await failure(server.url, { silenceMs: 200 });
    expect(error).toMatchObject({ code: "network" });
    expect(error.message).toContain("0.2 s");
    expect(left).toEqual([]);
    await server.packsEnded(1);
  });

  test("a server of its own speaks no git", async () => {
    await using other = await makeRepository();
    const { error } = await failure(`${server.origin}/${other.path.split("/").at(-1)}-not`);
    expect(error.code).toBe("not-found");
  });
});

describe("stopping", () => {
  test("before it begins", async () => {
    const { error, left } = await failure(server.url, { signal: AbortSignal.abort() });
    expect(error.code).toBe("aborted");
    expect(left).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test.each([0, 100_000])("while %i bytes have come and nothing more does", async (bytes) => {
    server.fault = { stallAfterBytes: bytes };
    const controller = new AbortController();
    let stoppedMs = 0;
    setTimeout(() => {
      stoppedMs = performance.now();
      controller.abort();
    }, 300);
    const { error, left } = await failure(server.url, { signal: controller.signal });
    expect(performance.now() - stoppedMs).toBeLessThan(1000);
    expect(error.code).toBe("aborted");
    expect(error.message).toContain(server.url);
    expect(left).toEqual([]);
    // The transfer itself ended, not only the wait for it.
    await server.packsEnded(1);
  });

  test("at any moment", async () => {
    let stopped = 0;
    while (true) {
      const controller = new AbortController();
      const at = 1 + stopped * 4;
      let seen = 0;
      const onProgress = () => {
        if (++seen === at) controller.abort();
      };
      const opened = open(server.url, { signal: controller.signal, onProgress });
      const error = await opened.then((repository) => repository.close(), (error) => error);
      // How many moments there are depends on how the bytes come in.
      if (seen < at) break;
      stopped++;
      expect(error).toMatchObject({ code: "aborted" });
      expect(await readdir(cache)).toEqual([]);
    }
    expect(stopped).toBeGreaterThan(10);
  });

  test("in indexing, by a timer", async () => {
    await using large = await makeRepository([{
      files: Object.fromEntries(
        Array.from({ length: 1500 }, (_, index) => [`${index % 50}/${index}`, `${index}`]),
      ),
    }]);
    await using host = await startGitServer(large.path);
    const controller = new AbortController();
    let stoppedMs = 0;
    const { error, left } = await failure(host.url, {
      signal: controller.signal,
      onProgress({ unit }) {
        if (unit !== "objects" || stoppedMs > 0) return;
        stoppedMs = performance.now();
        setTimeout(() => controller.abort());
      },
    });
    expect(error.code).toBe("aborted");
    expect(performance.now() - stoppedMs).toBeLessThan(1000);
    expect(left).toEqual([]);
  });
});

test("progress is told in bytes, then in objects, up to all of them", async () => {
  const moments: Progress[] = [];
  await (await open(server.url, { onProgress: (moment) => moments.push(moment) })).close();
  expect(new Set(moments.map(({ phase }) => phase))).toEqual(new Set(["clone"]));
  const bytes = moments.filter(({ unit }) => unit === "bytes").map(({ done }) => done);
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  expect(bytes.at(-1)).toBeGreaterThan(300_000);
  const objects = moments.filter(({ unit }) => unit === "objects");
  expect(objects.map(({ done }) => done)).toEqual(
    objects.map(({ done }) => done).toSorted((a, b) => a - b),
  );
  const last = objects.at(-1);
  expect(last?.done).toBe(last?.total);
});

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

describe("credentials in the URL", () => {
  const login = "ada:pass word/%";
  const secret = "pass%20word%2F%25";
  const withLogin = (url: string) => url.replace("//", `//ada:${secret}@`);
  const basic = btoa(login);
  /** Everything a user or a log could see of an error. */
  const told = (error: Error) =>
    `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;

  test("are shown to the host, and to nobody else", async () => {
    await using host = await startGitServer(sample.path, { login });
    expect((await failure(host.url)).error.code).toBe("forbidden");
    const repository = await open(withLogin(host.url));
    expect(repository.source).toBe(host.url);
    await repository.resolve();
    await repository.close();
    const names = (await readdir(cache, { recursive: true })).join("\n");
    expect(names).not.toMatch(/ada|pass/);
    const grep = spawn("grep", ["-rlE", "ada:|pass word|pass%20|127.0.0.1", cache]);
    const found = await new Promise<number | null>((resolve) => grep.on("close", resolve));
    expect(found).toBe(1);
  });

  test("are in no error", async () => {
    const faults: (Fault | undefined)[] = [
      { status: 401 },
      { status: 404 },
      { status: 500 },
      { html: withLogin(server.url) },
      { cutAfterBytes: 1000 },
      { redirect: "http://127.0.0.1:1/gone" },
    ];
    for (const fault of faults) {
      server.fault = fault;
      const { error } = await failure(withLogin(server.url));
      expect(told(error)).not.toMatch(/pass|ada:/);
      expect(told(error)).not.toContain(basic);
      expect(error.message).toContain(server.url);
    }
    server.fault = undefined;
    const repository = await open(withLogin(server.url));
    const error = await repository.resolve("nothing").catch((error) => error);
    expect(told(error)).not.toMatch(/pass|ada:/);
    await repository.close();
    const others = [
      "ssh://ada:pass@host/x",
      "http://ada:pass@host:99999/x",
      "http://a:p/pass@h/x?k",
    ];
    for (const url of [...others, "ada:pass@host:x/y"]) {
      const { error } = await failure(url);
      expect(error.code).toMatch(/unsupported|not-found/);
      expect(told(error)).not.toMatch(/pass/);
    }
  });

  test("do not follow a redirect to another origin", async () => {
    await using other = await startGitServer(sample.path);
    server.fault = { redirect: other.url };
    const repository = await open(withLogin(server.url), { headers: {} });
    expect(await repository.resolve()).toBe((await sample.git("rev-parse", "main")).trim());
    await repository.close();
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(other.requests.map(({ method }) => method)).toEqual(["GET", "POST"]);
    for (const { headers } of other.requests) expect(headers.authorization).toBeUndefined();
  });
});

describe("through a proxy", () => {
  test("host and path follow its prefix; headers are for it, credentials for the host", async () => {
    server.fault = { status: 404 };
    await failure("https://ada:secret@git.example.org:8443/x/y.git", {
      proxy: `${server.origin}/api/git/`,
      headers: { authorization: "Bearer token" },
    });
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request?.path).toBe(
      "/api/git/git.example.org:8443/x/y.git/info/refs?service=git-upload-pack",
    );
    expect(request?.headers.authorization).toBe("Bearer token");
    expect(request?.headers["x-git-authorization"]).toBe(`Basic ${btoa("ada:secret")}`);
  });

  test("its refusal is told in its words; a remote's own are not", async () => {
    const proxy = `${server.origin}/api/git/`;
    const message = "The proxy does not reach it.";
    server.fault = { status: 403, json: { code: "host-not-allowed", message } };
    const refused = await failure("https://git.example.org/x", { proxy });
    expect(refused.error.code).toBe("forbidden");
    expect(refused.error.message).toContain(message);
    expect((await failure(server.url)).error.message).not.toContain(message);
    server.fault = { status: 502, json: { code: "not-a-repository", message } };
    const page = await failure("https://a:The@git.example.org/x", { proxy });
    expect(page.error.message).toContain(message.replace("The", "…"));
    expect(page.error.message).toContain("https://git.example.org/x");
    expect(page.error.code).toBe("not-a-repository");
    for (const json of [null, 1, "text", { message: 5 }]) {
      server.fault = { status: 502, json };
      const { error } = await failure("https://git.example.org/x", { proxy });
      expect(error.message).toContain("502");
    }
  });

  test("what lies on its own origin is asked for directly", async () => {
    const proxy = `${server.origin}/api/git/`;
    const repository = await open(server.url, { proxy, headers: { authorization: "Bearer t" } });
    await repository.close();
    expect(server.requests.map(({ path }) => path.slice(0, 5))).not.toContain("/api/");
    expect(server.requests[1]?.headers.authorization).toBe("Bearer t");
  });
});

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

test("what is no repository", async () => {
  const file = join(cache, "file.txt");
  await Deno.writeTextFile(file, "text");
  const codes: [string, string][] = [
    [cache, "not-a-repository"],
    [file, "not-a-repository"],
    [join(cache, "missing"), "not-found"],
    [join(file, "below"), "not-found"],
    ["ftp://127.0.0.1/x", "unsupported"],
    ["git@github.com:x/y.git", "unsupported"],
  ];
  for (const [source, code] of codes) {
    const error = await openRepository(source).catch((error) => error);
    expect(error, source).toMatchObject({ code });
    expect(error.message).toContain(source.replace("git@", ""));
  }
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
