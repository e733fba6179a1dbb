import { Buffer } from "node:buffer";
import * as isomorphicGit from "isomorphic-git";
import http from "isomorphic-git/http/web";
import * as fs from "node:fs";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { gitHosts } from "../../src/server/git_hosts.ts";
import { gitProxy, type GitProxyOptions } from "../../src/server/git_proxy.ts";
import { TOKEN_HEADER } from "../../src/remote/mod.ts";
import { GIT_AUTHORIZATION_HEADER, ServerError } from "../../src/server/mod.ts";
import { startGitServer } from "../support/git_server.ts";
import { makeRepository } from "../support/make_repository.ts";
import { type ScriptedHost, startScriptedHost } from "./scripted_host.ts";
import { type StartedServer, startServer } from "./started_server.ts";

globalThis.Buffer ??= Buffer;

const REFS = "team/history.git/info/refs?service=git-upload-pack";
const PACK = "team/history.git/git-upload-pack";

const startProxy = (host: ScriptedHost): Promise<StartedServer> =>
  startServer({}, { extraHosts: [`http://${host.host}`] });

async function code(answer: Response): Promise<string> {
  return `${answer.status} ${(await answer.json()).code}`;
}

test("a clone through the proxy holds the host's history", async () => {
  await using repository = await makeRepository(
    ["one", "two", "three"].map((message) => ({ message, files: { "notes.md": message } })),
  );
  await using git = await startGitServer(repository.path);
  await using server = await startServer({}, { extraHosts: [git.origin] });
  const dir = await Deno.makeTempDir();
  await isomorphicGit.clone({
    fs,
    http,
    dir,
    noCheckout: true,
    url: git.url,
    corsProxy: new URL("api/git", server.url).href,
    headers: { [TOKEN_HEADER]: server.token },
  });
  const log = await isomorphicGit.log({ fs, dir });
  expect(log.map(({ commit }) => commit.message.trim())).toEqual(["three", "two", "one"]);
  expect(log[0]?.oid).toBe((await repository.git("rev-parse", "HEAD")).trim());
  await Deno.remove(dir, { recursive: true });
  const lines = server.logged.join("\n");
  expect(lines).toContain("/info/refs 200");
  expect(lines).not.toContain("service=");
});

test("protocol version 2 passes, and nothing else of the page does", async () => {
  await using repository = await makeRepository([{ files: { "notes.md": "one" } }]);
  await using git = await startGitServer(repository.path);
  await using server = await startServer({}, { extraHosts: [git.origin] });
  const path = git.url.replace("http://", "");
  const answer = await server.ask(`api/git/${path}/info/refs?service=git-upload-pack`, {
    headers: {
      "git-protocol": "version=2",
      "cookie": "session=secret",
      "authorization": "Bearer for-this-server",
      [GIT_AUTHORIZATION_HEADER]: "Basic Zm9yOnRoZS1ob3N0",
    },
  });
  expect(await answer.text()).toContain("version 2");
  const headers = git.requests[0]?.headers ?? {};
  expect(headers.authorization).toBe("Basic Zm9yOnRoZS1ob3N0");
  expect(headers["user-agent"]).toMatch(/^git\//);
  const names = ["cookie", TOKEN_HEADER, GIT_AUTHORIZATION_HEADER, "origin", "referer"];
  expect(names.filter((name) => name in headers)).toEqual([]);
  expect(server.logged.join()).not.toContain("Zm9yOnRoZS1ob3N0");
});

test("hosts that are not listed are refused and never asked", async () => {
  await using host = startScriptedHost();
  await using server = await startServer();
  const port = new URL(server.url).port;
  const others = [host.host, `127.0.0.1:${port}`, "localhost", "169.254.169.254", "github.com:22"];
  others.push("github.com.evil.example", "evil@github.com", "", "[::1]");
  for (const other of others) {
    expect(await code(await server.ask(`api/git/${other}/${REFS}`)), other)
      .toBe("403 host-not-allowed");
  }
  expect(host.requests).toHaveLength(0);
});

test("only what reads is passed: no pushing, no other path, no other query", async () => {
  await using host = startScriptedHost();
  await using server = await startProxy(host);
  const paths = [
    "team/history.git/info/refs?service=git-receive-pack",
    "team/history.git/info/refs",
    `${REFS}&x=1`,
    `${REFS}#x`.replace("#", "%23"),
    "team/history.git/HEAD",
    "team/%2e%2e%2fsecret/info/refs?service=git-upload-pack",
    "team//history.git/info/refs?service=git-upload-pack",
    ".git/info/refs?service=git-upload-pack",
    "info/refs?service=git-upload-pack",
  ];
  for (const path of paths) {
    expect(await code(await server.ask(`api/git/${host.host}/${path}`)), path)
      .toBe("400 bad-git-path");
  }
  for (const path of [REFS, "team/history.git/git-receive-pack"]) {
    const answer = await server.ask(`api/git/${host.host}/${path}`, {
      method: "POST",
      body: "0000",
    });
    expect(await code(answer), path).toBe("400 bad-git-path");
  }
  expect(host.requests).toHaveLength(0);
});

test("a redirect stays in the proxy, keeps the method, and leads to listed hosts only", async () => {
  await using host = startScriptedHost();
  await using server = await startProxy(host);
  const advertisement = { "content-type": "application/x-git-upload-pack-advertisement" };
  host.answer = ({ url }) =>
    url.includes("/old/")
      ? Response.redirect(url.replace("/old/", "/team/"), 301)
      : new Response("0000", { headers: advertisement });
  const moved = await server.ask(`api/git/${host.host}/${REFS.replace("team", "old")}`);
  expect(moved.status).toBe(200);
  expect(new URL(moved.url).pathname).toBe(`/api/git/${host.host}/team/history.git/info/refs`);
  await moved.body?.cancel();
  const pack = await server.ask(`api/git/${host.host}/${PACK.replace("team", "old")}`, {
    method: "POST",
    body: "0000",
    redirect: "manual",
  });
  expect(pack.status).toBe(308);

  for (
    const place of ["http://169.254.169.254/x", "https://evil.example/x", `https://${host.host}/x`]
  ) {
    host.answer = () => Response.redirect(`${place}/info/refs?service=git-upload-pack`, 302);
    expect(await code(await server.ask(`api/git/${host.host}/${REFS}`)), place)
      .toBe("403 host-not-allowed");
  }
  host.answer = () => Response.redirect(`http://${host.host}/robots.txt`, 302);
  expect(await code(await server.ask(`api/git/${host.host}/${REFS}`))).toBe("400 bad-git-path");
});

test("credentials do not follow a redirect to another host", async () => {
  await using one = startScriptedHost();
  await using two = startScriptedHost();
  const extraHosts = [`http://${one.host}`, `http://${two.host}`];
  await using server = await startServer({}, { extraHosts });
  one.answer = () => Response.redirect(`http://${two.host}/${REFS}`, 302);
  const headers = { [GIT_AUTHORIZATION_HEADER]: "Basic c2VjcmV0" };
  expect(await code(await server.ask(`api/git/${one.host}/${REFS}`, { headers })))
    .toBe("403 host-not-allowed");
  expect(two.requests).toHaveLength(0);
});

test("what the host refuses keeps its status; what is no repository is told", async () => {
  await using host = startScriptedHost();
  await using server = await startProxy(host);
  for (const [status, words] of [[401, "credentials"], [404, "no public repository"]] as const) {
    host.answer = () =>
      new Response("<h1>private text</h1>", { status, headers: { "www-authenticate": "Basic" } });
    const answer = await server.ask(`api/git/${host.host}/${REFS}`);
    expect(answer.status).toBe(status);
    // A browser would ask for a password in the name of this server.
    expect(answer.headers.has("www-authenticate")).toBe(false);
    const { message } = await answer.json();
    expect(message).toContain(words);
    expect(message).not.toContain("private text");
  }
  host.answer = () => new Response("<h1>a page</h1>", { headers: { "content-type": "text/html" } });
  expect(await code(await server.ask(`api/git/${host.host}/${REFS}`))).toBe("502 not-a-repository");
});

test("a host that is not there is an error, not a hang", async () => {
  const host = startScriptedHost();
  await using server = await startProxy(host);
  await host[Symbol.asyncDispose]();
  expect(await code(await server.ask(`api/git/${host.host}/${REFS}`))).toBe("502 upstream");
});

test("leaving before the host has answered drops it too", async () => {
  await using host = startScriptedHost();
  await using server = await startProxy(host);
  const left = Promise.withResolvers<Response>();
  const reached = Promise.withResolvers<void>();
  host.answer = ({ signal }) => {
    signal.addEventListener("abort", () => left.resolve(new Response()));
    reached.resolve();
    return left.promise;
  };
  const leaving = new AbortController();
  const asked = server.ask(`api/git/${host.host}/${REFS}`, { signal: leaving.signal });
  await reached.promise;
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await left.promise;
});

test("the first bytes arrive before the last are sent, and leaving drops the host", async () => {
  await using host = startScriptedHost();
  await using server = await startProxy(host);
  const left = Promise.withResolvers<void>();
  host.answer = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("000eversion 2\n")),
        cancel: () => left.resolve(),
      }),
      { headers: { "content-type": "application/x-git-upload-pack-result" } },
    );
  const leaving = new AbortController();
  const answer = await server.ask(`api/git/${host.host}/${PACK}`, {
    method: "POST",
    body: "0000",
    signal: leaving.signal,
  });
  const first = await answer.body?.getReader().read();
  expect(new TextDecoder().decode(first?.value)).toBe("000eversion 2\n");
  leaving.abort();
  await left.promise;
});

/** The proxy alone, with limits that a test can reach; gives its answer to `path`. */
async function limitedProxy(
  host: ScriptedHost,
  limits: Omit<GitProxyOptions, "hosts">,
  path: string,
  init?: RequestInit,
): Promise<Response> {
  const app = new Hono();
  app.onError((error) => {
    if (error instanceof ServerError) return error.toResponse();
    throw error;
  });
  app.all(
    "/api/git/*",
    gitProxy("/api/git/", { hosts: gitHosts([`http://${host.host}`]), ...limits }),
  );
  return await app.request(`/api/git/${host.host}/${path}`, init);
}

test("a host that stays silent is given up, before its answer and within it", async () => {
  await using host = startScriptedHost();
  const waiting = Promise.withResolvers<Response>();
  host.answer = () => waiting.promise;
  expect(await code(await limitedProxy(host, { silenceMs: 50 }, REFS))).toBe("504 timeout");
  waiting.resolve(new Response());
  host.answer = () =>
    new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(4)) }), {
      headers: { "content-type": "application/x-git-upload-pack-advertisement" },
    });
  // Long enough for a busy machine to answer at all.
  const answer = await limitedProxy(host, { silenceMs: 1_500 }, REFS);
  expect(answer.status).toBe(200);
  await expect(answer.arrayBuffer()).rejects.toThrow();
});

test("requests and answers over the limit break off", async () => {
  await using host = startScriptedHost();
  const body = "0".repeat(100_000);
  host.answer = async (request) => {
    await request.arrayBuffer();
    return new Response("0".repeat(1000), {
      headers: { "content-type": "application/x-git-upload-pack-result" },
    });
  };
  const asked = limitedProxy(host, { requestLimitBytes: 1000 }, PACK, { method: "POST", body });
  expect(await code(await asked)).toBe("413 too-large");
  const answer = await limitedProxy(host, { responseLimitBytes: 100 }, REFS);
  await expect(answer.arrayBuffer()).rejects.toThrow("limit of 100 bytes");
});
