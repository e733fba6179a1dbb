/**
 * Bytes by their hash, in memory. Nothing of a blob is used before its SHA-256 was seen to be right.
 *
 * @module
 */
import * as v from "valibot";
import type { BlobStore } from "./work.ts";
import { WorkError } from "./work_error.ts";

/** The SHA-256 of a blob, as requests name it. */
export const SHA256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, "not a SHA-256 in 64 lower-case hexadecimal digits"),
);

/** The SHA-256 of bytes, in hexadecimal digits. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** A store for as long as somebody holds it. */
export function memoryBlobStore(): BlobStore {
  const blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    has: (sha256) => Promise.resolve(blobs.has(sha256)),
    async read(sha256) {
      const bytes = blobs.get(sha256);
      if (!bytes) throw noSuchBlob(sha256);
      return await verified(sha256, bytes.slice());
    },
    async write(bytes) {
      const copy = bytes.slice();
      const sha256 = await sha256Of(copy);
      blobs.set(sha256, copy);
      return sha256;
    },
  };
}

/** @throws {WorkError} "corrupt" where they are not the bytes of that hash. */
export async function verified(
  sha256: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const found = await sha256Of(bytes);
  if (found === sha256) return bytes;
  throw corrupt(sha256, found);
}

/** What reading an unknown blob throws. */
export function noSuchBlob(sha256: string): WorkError {
  return new WorkError("no-such-blob", `There is no blob ${sha256}: send it first.`);
}

/** What a blob of other bytes throws. */
export function corrupt(sha256: string, found: string): WorkError {
  return new WorkError(
    "corrupt",
    `The bytes of the blob ${sha256} have the SHA-256 ${found}: send it again.`,
  );
}
