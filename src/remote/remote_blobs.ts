/**
 * The blobs of a remote worker: each travels once, in pieces, and is verified at its end of the way.
 *
 * @module
 */
import { transfer } from "comlink";
import type { Job } from "../gpu/mod.ts";
import { checkBlob } from "./blob_hash.ts";
import { noSuchBlob, sha256Of } from "./blob_store.ts";
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
      return await readBlob(link, sha256, size);
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
const AHEAD = 6;

/** Attempts in a row that bring over nothing that was not there before. */
const MOST_STALLS = 5;

interface Sending {
  readonly sha256: string;
  /** How much is there already. */
  readonly receivedBytes: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

async function sendBlob(
  link: KeptLink,
  sending: Sending,
  onReceived: (receivedBytes: number) => void,
): Promise<void> {
  let { receivedBytes } = sending;
  let most = receivedBytes;
  for (let stalls = 0; stalls < MOST_STALLS;) {
    const now = await sendRest(link, { ...sending, receivedBytes }, onReceived);
    if (now >= sending.bytes.length) return;
    stalls = now > most ? 0 : stalls + 1;
    most = Math.max(most, now);
    // Where the worker has forgotten what came, it is sent again.
    receivedBytes = now;
  }
  throw new WorkError(
    "failed",
    `The blob ${sending.sha256} does not arrive: ${receivedBytes} bytes are there.`,
  );
}

/** Sends all that is not there, or until a piece is refused; gives how much is there then. */
async function sendRest(
  link: KeptLink,
  { sha256, receivedBytes, bytes }: Sending,
  onReceived: (receivedBytes: number) => void,
): Promise<number> {
  const { length: sizeBytes } = bytes;
  let next = receivedBytes;
  let now = 0;
  let refused = false;
  await inLanes(async () => {
    // An empty blob is a piece too.
    if (refused || (next >= sizeBytes && next !== receivedBytes)) return false;
    const offset = next;
    // The first piece is the odd one: a short last one would come before those that it follows.
    next += (sizeBytes - offset) % PIECE_BYTES || PIECE_BYTES;
    const end = Math.min(next, sizeBytes);
    const request = { sha256, sizeBytes, offset, bytes: bytes.subarray(offset, end) };
    const answer = await link.insist("putBlob", transfer(request, [bytes.buffer]));
    now = Math.max(now, answer);
    refused ||= answer < end;
    onReceived(now);
    return true;
  });
  return now;
}

async function readBlob(
  link: KeptLink,
  sha256: string,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  const check = checkBlob(sha256, bytes);
  const came = new Set<number>();
  let next = 0;
  let filled = 0;
  await inLanes(async () => {
    if (next >= size) return false;
    const begin = next;
    const end = next = Math.min(size, begin + PIECE_BYTES);
    bytes.set(await link.insist("readBlob", { sha256, begin, end }), begin);
    came.add(begin);
    while (came.delete(filled)) filled = Math.min(size, filled + PIECE_BYTES);
    check.filled(filled);
    return true;
  });
  return await check.finish();
}

/** Calls `work` again and again, some calls at the same time, until it says that nothing is left. */
async function inLanes(work: () => Promise<boolean>): Promise<void> {
  let isFailed = false;
  const lane = async () => {
    try {
      while (!isFailed && await work());
    } catch (error) {
      isFailed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, lane));
}
