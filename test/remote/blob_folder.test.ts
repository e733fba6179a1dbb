/** Blobs in a folder: uploads in pieces, cut, gone on with, too early, wrong. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openBlobFolder } from "../../src/remote/headless.ts";
import { memoryBlobStore } from "../../src/remote/mod.ts";

const folder = await mkdtemp(join(tmpdir(), "bottega-blobs-"));
afterAll(() => rm(folder, { recursive: true }));
const store = openBlobFolder(folder);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test.each([["memory", memoryBlobStore()], ["a folder", store]])("blobs in %s", async (_, store) => {
  const bytes = bytesOf("hello");
  const sha256 = hashOf(bytes);
  expect(await store.has(sha256)).toBe(false);
  await expect(store.read(sha256)).rejects.toMatchObject({ code: "no-such-blob" });
  expect(await store.write(bytes)).toBe(sha256);
  expect(await store.write(bytes)).toBe(sha256);
  expect(await store.has(sha256)).toBe(true);
  expect(await store.read(sha256)).toEqual(bytes);
  expect(await store.write(new Uint8Array())).toBe(hashOf(new Uint8Array()));
});

test("an upload goes on where it was cut, in another process too", async () => {
  const bytes = bytesOf("0123456789");
  const [sha256, sizeBytes] = [hashOf(bytes), bytes.length];
  const piece = (offset: number, end: number) => ({
    sha256,
    sizeBytes,
    offset,
    bytes: bytes.slice(offset, end),
  });
  expect(await store.addPiece(piece(0, 3))).toBe(3);
  // Too early, twice, and one that overlaps.
  expect(await store.addPiece(piece(5, 8))).toBe(3);
  expect(await store.addPiece(piece(0, 3))).toBe(3);
  expect(await store.addPiece(piece(2, 6))).toBe(6);
  expect(await store.has(sha256)).toBe(false);
  const other = openBlobFolder(folder);
  expect(await other.receivedBytes(sha256)).toBe(6);
  // Sent at the same time, they are taken in their order.
  const answers = await Promise.all([other.addPiece(piece(6, 8)), other.addPiece(piece(8, 10))]);
  expect(answers).toEqual([8, 10]);
  expect(await store.read(sha256)).toEqual(bytes);
  expect(await store.addPiece(piece(0, 3))).toBe(sizeBytes);
  expect(await store.readPart(sha256, 4, 100)).toEqual(bytes.slice(4));
});

test("what is not what its hash says is never there", async () => {
  const bytes = bytesOf("honest");
  const [sha256, sizeBytes] = [hashOf(bytes), bytes.length];
  const forged = bytesOf("forged");
  await expect(store.addPiece({ sha256, sizeBytes, offset: 0, bytes: forged }))
    .rejects.toMatchObject({ code: "corrupt" });
  expect(await store.has(sha256)).toBe(false);
  await expect(store.addPiece({ sha256, sizeBytes: 3, offset: 0, bytes }))
    .rejects.toMatchObject({ code: "bad-request" });
  expect(await store.addPiece({ sha256, sizeBytes, offset: 0, bytes })).toBe(sizeBytes);
  // A disk that loses a bit.
  await Deno.writeFile(join(folder, sha256.slice(0, 2), sha256), forged);
  await expect(store.read(sha256)).rejects.toMatchObject({ code: "corrupt" });
});
