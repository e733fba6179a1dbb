/** Blobs on their way to a worker and back: in pieces, gone on with, forgotten there, spoiled there. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { checkBlob } from "../../src/remote/blob_hash.ts";
import type { KeptLink } from "../../src/remote/kept_link.ts";
import { sha256Of } from "../../src/remote/mod.ts";
import { remoteBlobs } from "../../src/remote/remote_blobs.ts";
import { openWorker } from "./open_worker.ts";

const worker = await openWorker({});
afterAll(() => worker[Symbol.asyncDispose]());
const { data } = worker.workbench.runs;
const placeOf = (sha256: string) => join(worker.folder, "blobs", sha256.slice(0, 2), sha256);

/** Two pieces and a bit, all different. */
function bytesOf(seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(2.3 * 2 ** 20);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + seed, 2654435761);
  return new Uint8Array(words.buffer);
}

test("a blob of several pieces comes there and back, once", async () => {
  const bytes = bytesOf(1);
  const sha256 = await sha256Of(bytes);
  const told: number[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    told.push(done);
    expect(total).toBe(bytes.length);
  };
  await data.send(new Map([[sha256, bytes]]), { onProgress });
  expect(told.at(-1)).toBe(bytes.length);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  await data.send(new Map([[sha256, bytes]]), {
    onProgress: () => expect.unreachable("sent again"),
  });
  expect(await sha256Of(await data.read(sha256))).toBe(sha256);
  const empty = await data.write(new Uint8Array());
  expect(await data.read(empty)).toHaveLength(0);
});

test("bytes of another hash are refused there, and spoiled ones here", async () => {
  const bytes = bytesOf(2);
  const sha256 = await data.write(bytes);
  const other = bytes.slice();
  other[5_000_000] = (other[5_000_000] ?? 0) ^ 1;
  const otherHash = await sha256Of(other);
  await expect(data.send(new Map([[otherHash, bytes]]))).rejects.toMatchObject({ code: "corrupt" });
  expect(await data.has(otherHash)).toBe(false);
  await writeFile(placeOf(sha256), other);
  await expect(data.read(sha256)).rejects.toMatchObject({ code: "corrupt" });
  await rm(placeOf(sha256));
  await expect(data.read(sha256)).rejects.toMatchObject({ code: "no-such-blob" });
});

test("an abort ends the sending, and the next goes on with what is there", async () => {
  const bytes = bytesOf(3);
  const sha256 = await sha256Of(bytes);
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error("enough"));
  const { signal } = controller;
  await expect(data.send(new Map([[sha256, bytes]]), { signal, onProgress })).rejects
    .toThrow("enough");
  await data.send(new Map([[sha256, bytes]]));
  expect(await sha256Of(await data.read(sha256))).toBe(sha256);
});

test("a worker that forgets is sent all of it again; one that always does is given up", async () => {
  const bytes = bytesOf(4);
  const sha256 = await sha256Of(bytes);
  const forgetful = (forgets: number): KeptLink => {
    let there = 0;
    const methods: Record<string, (request: { offset: number; bytes: Uint8Array }) => unknown> = {
      missingBlobs: () => [{ sha256, receivedBytes: 0 }],
      putBlob({ offset, bytes: piece }) {
        if (offset > 2 ** 22 && forgets-- > 0) there = 0;
        else if (offset === there) there += piece.length;
        return there;
      },
    };
    const insist = (method: string, request: unknown) =>
      Promise.resolve(methods[method]?.(request as { offset: number; bytes: Uint8Array }));
    return { insist } as unknown as KeptLink;
  };
  await remoteBlobs(forgetful(2)).send(new Map([[sha256, bytes]]));
  await expect(remoteBlobs(forgetful(Infinity)).send(new Map([[sha256, bytes]]))).rejects
    .toMatchObject({ code: "failed", message: expect.stringMatching(/does not arrive/) });
});

test.each(["Deno", "a page"])("bytes are checked in %s", async (where) => {
  const [right, wrong] = [new Uint8Array([1, 2, 3, 4]), new Uint8Array([1, 2, 3, 5])];
  const sha256 = await sha256Of(right);
  // Pages have WebCrypto alone.
  if (where === "a page") vi.stubGlobal("process", undefined);
  const [good, bad] = [checkBlob(sha256, right), checkBlob(sha256, wrong)];
  vi.unstubAllGlobals();
  for (const check of [good, bad]) check.filled(3);
  expect(await good.finish()).toBe(right);
  await expect(bad.finish()).rejects.toMatchObject({ code: "corrupt" });
});
