/** Credentials are for the host alone, on the straight way and through a proxy. */
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type Fault, startGitServer } from "../support/git_server.ts";
import { cache, failure, open, sample, server, useClones } from "./clone_setup.ts";

useClones();

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
