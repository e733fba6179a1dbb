/** LFS pointers, and the files that they point at, from a small LFS server. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRepository, parseLfsPointer } from "../../src/git/mod.ts";
import { toHex } from "../../src/git/hex.ts";
import { nodeStorage } from "../../src/git/node_storage.ts";
import { startGitServer } from "../support/git_server.ts";
import { makeRepository, temporaryFolder } from "../support/make_repository.ts";

const content = new TextEncoder().encode("large\n".repeat(1000));
let oid: string;
let pointer: string;
let folder: string;

beforeAll(async () => {
  oid = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));
  pointer =
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
  folder = await temporaryFolder("lfs");
});
afterAll(() => rm(folder, { recursive: true }));

/** A host that gives the repository by `git http-backend`, and `served` by LFS. */
async function startHost(upstream: string, served: Uint8Array, elsewhere?: string) {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const { url = "/", headers } = request;
      if (url.endsWith(".git/info/lfs/objects/batch")) {
        const body = JSON.parse(Buffer.concat(chunks).toString());
        asked.push(body);
        const href = elsewhere ?? `http://${headers.host}/file/${body.objects[0].oid}`;
        const [{ oid: wanted, size }] = body.objects;
        const found = wanted === oid
          ? { actions: { download: { href, header: { "x-key": "k" } } } }
          : { error: { code: 404, message: "gone" } };
        response.writeHead(200, { "content-type": "application/vnd.git-lfs+json; charset=utf-8" });
        return response.end(JSON.stringify({ objects: [{ oid: wanted, size, ...found }] }));
      }
      if (url.startsWith("/file/")) {
        return response.writeHead(headers["x-key"] === "k" ? 200 : 403).end(served);
      }
      const answer = await fetch(upstream.replace(/\/[^/]*$/, "") + url, {
        method: request.method ?? "GET",
        headers: headers as Record<string, string>,
        ...(request.method === "POST" ? { body: Buffer.concat(chunks) } : {}),
      });
      response.writeHead(answer.status, {
        "content-type": answer.headers.get("content-type") ?? "",
      });
      response.end(new Uint8Array(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: origin + upstream.slice(upstream.lastIndexOf("/")),
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("pointers are recognised, and other files are not", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(parseLfsPointer(bytes(pointer))).toEqual({ oid, sizeBytes: content.length });
  for (const text of ["", "version 1\n", pointer.replace("sha256:", "md5:"), "x".repeat(2000)]) {
    expect(parseLfsPointer(bytes(text))).toBeUndefined();
  }
});

test("a file comes from the remote's LFS server, and is what the pointer names", async () => {
  await using repository = await makeRepository([{ files: { "large.bin": pointer } }]);
  await using git = await startGitServer(repository.path);
  await using host = await startHost(git.url, content);
  const opened = await openRepository(host.url, { storage: nodeStorage(join(folder, "a")) });
  const found = parseLfsPointer(await opened.readFile(await opened.resolve(), "large.bin"));
  if (found === undefined) throw new Error("no pointer");
  expect(await opened.readLfs(found)).toEqual(content);
  expect(host.asked).toMatchObject([{ operation: "download", objects: [{ oid }] }]);
  await expect(opened.readLfs({ ...found, oid: "1".repeat(64) }))
    .rejects.toMatchObject({ code: "no-such-object" });
  await expect(opened.readLfs({ ...found, sizeBytes: 1e12 }))
    .rejects.toMatchObject({ code: "too-large" });
  await expect(opened.readLfs({ ...found, sizeBytes: 10 })).rejects.toThrow(/longer/);
  await opened.close();
});

test("another file, or one on another machine, is refused", async () => {
  await using repository = await makeRepository([{ files: { "large.bin": pointer } }]);
  await using git = await startGitServer(repository.path);
  const wrong = content.slice();
  wrong[0] = 0;
  await using liar = await startHost(git.url, wrong);
  const lied = await openRepository(liar.url, { storage: nodeStorage(join(folder, "b")) });
  const found = { oid, sizeBytes: content.length };
  await expect(lied.readLfs(found)).rejects.toMatchObject({ code: "corrupt" });
  await lied.close();
  await using host = await startHost(git.url, content, "http://127.0.0.1:1/file");
  const opened = await openRepository(host.url, { storage: nodeStorage(join(folder, "c")) });
  await expect(opened.readLfs(found)).rejects.toMatchObject({ code: "forbidden" });
  await opened.close();
});

test("a folder's own LFS store is read, and a file that is not there is told", async () => {
  await using repository = await makeRepository([{ files: { "large.bin": pointer } }]);
  const opened = await openRepository(repository.path);
  const found = { oid, sizeBytes: content.length };
  await expect(opened.readLfs(found)).rejects.toThrow(/git lfs fetch/);
  const store = join(repository.path, ".git/lfs/objects", oid.slice(0, 2), oid.slice(2, 4));
  await mkdir(store, { recursive: true });
  await writeFile(join(store, oid), content);
  expect(await opened.readLfs(found)).toEqual(content);
  await opened.close();
});
