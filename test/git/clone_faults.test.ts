/** Whatever a host does on the way, a clone is whole or not at all, and the error says what it was. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openRepository } from "../../src/git/mod.ts";
import { type Fault } from "../support/git_server.ts";
import { makeRepository } from "../support/make_repository.ts";
import { cache, failure, server, useClones } from "./clone_setup.ts";

useClones();

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
    // Long enough for a busy machine to come to the pack.
    const { error, left } = await failure(server.url, { silenceMs: 1_500 });
    expect(error).toMatchObject({ code: "network" });
    expect(error.message).toContain("1.5 s");
    expect(left).toEqual([]);
    await server.packsEnded(1);
  });

  test("a server of its own speaks no git", async () => {
    await using other = await makeRepository();
    const { error } = await failure(`${server.origin}/${other.path.split("/").at(-1)}-not`);
    expect(error.code).toBe("not-found");
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
