/**
 * The blobs of a remote worker: each travels once, in pieces, and is verified at its end of the way.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { noSuchBlob, sha256Of, verified } from "./blob_store.ts";
import type { KeptLink } from "./kept_link.ts";
import type { BlobStore } from "./work.ts";
import { WorkError } from "./work_error.ts";

/** Blobs that are far away. */
export interface RemoteBlobs extends BlobStore {
  /**
   * Sends those of these blobs that are not there yet. Phase `send`, in bytes.
   *
   * @throws {WorkError} "corrupt" for bytes that are not those of their hash.
   */
  send(blobs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, job?: Job): Promise<void>;
}

/** The blobs behind a link. */
export function remoteBlobs(link: KeptLink): RemoteBlobs {
  async function send(
    blobs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
    { signal, onProgress }: Job = {},
  ): Promise<void> {
    const missing = await link.insist("missingBlobs", { hashes: [...blobs.keys()] }, { signal });
    const lengthOf = (sha256: string) => blobs.get(sha256)?.length ?? 0;
    const total = missing.reduce((sum, { sha256 }) => sum + lengthOf(sha256), 0);
    let before = 0;
    for (const { sha256, receivedBytes } of missing) {
      const bytes = blobs.get(sha256);
      if (!bytes) continue;
      await sendBlob(link, { sha256, receivedBytes, bytes }, (received) => {
        signal?.throwIfAborted();
        onProgress?.({ phase: "send", done: before + received, total, unit: "bytes" });
      });
      before += bytes.length;
    }
  }

  return {
    send,
    has: async (sha256) => await link.insist("blobSize", { sha256 }) !== null,
    async read(sha256) {
      const size = await link.insist("blobSize", { sha256 });
      if (size === null) throw noSuchBlob(sha256);
      const bytes = new Uint8Array(size);
      for (let begin = 0; begin < size; begin += PIECE_BYTES) {
        const end = Math.min(size, begin + PIECE_BYTES);
        const piece = await link.insist("readBlob", { sha256, begin, end });
        bytes.set(piece, begin);
      }
      return await verified(sha256, bytes);
    },
    async write(bytes) {
      const sha256 = await sha256Of(bytes);
      await send(new Map([[sha256, bytes]]));
      return sha256;
    },
  };
}

const PIECE_BYTES = 4 * 2 ** 20;

/** Pieces that are under way at the same time. */
const AHEAD = 4;

/** Attempts in a row that bring nothing over. */
const MOST_STALLS = 5;

async function sendBlob(
  link: KeptLink,
  { sha256, receivedBytes, bytes }: {
    sha256: string;
    receivedBytes: number;
    bytes: Uint8Array<ArrayBuffer>;
  },
  onReceived: (receivedBytes: number) => void,
): Promise<void> {
  const { length: sizeBytes } = bytes;
  let received = receivedBytes;
  for (let stalls = 0; stalls < MOST_STALLS;) {
    const offsets = Array.from({ length: AHEAD }, (_, i) => received + i * PIECE_BYTES)
      .filter((offset, i) => i === 0 || offset < sizeBytes);
    const answers = await Promise.all(offsets.map((offset) => {
      const piece = bytes.subarray(offset, offset + PIECE_BYTES);
      return link.insist("putBlob", { sha256, sizeBytes, offset, bytes: piece });
    }));
    const now = Math.max(...answers);
    onReceived(now);
    if (now >= sizeBytes) return;
    stalls = now > received ? 0 : stalls + 1;
    // Where the worker has forgotten what came, it is sent again.
    received = stalls > 0 ? Math.min(...answers) : now;
  }
  throw new WorkError("failed", `The blob ${sha256} does not arrive: ${received} bytes are there.`);
}
