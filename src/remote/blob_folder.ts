/**
 * Bytes by their hash, in a folder. Large blobs come in pieces, and an upload that was cut goes on where
 * it was, in this process or the next.
 *
 * ```
 * ab/ab12…       a whole blob, in a folder named by its first two digits
 * partial/ab12…  the beginning of one
 * ```
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { dirname, join } from "node:path";
import { corrupt, noSuchBlob } from "./blob_store.ts";
import type { BlobStore } from "./work.ts";
import { WorkError } from "./work_error.ts";

/** A piece of a blob that is being sent. */
export interface BlobPiece {
  readonly sha256: string;
  /** Of the whole blob. */
  readonly sizeBytes: number;
  /** Where the piece begins. */
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A store that outlives its process. */
export interface BlobFolder extends BlobStore {
  /** Bytes of a blob that is whole, or null. */
  sizeOf(sha256: string): Promise<number | null>;
  /** How much of an upload is there: what to send next begins here. */
  receivedBytes(sha256: string): Promise<number>;
  /**
   * Adds a piece. What is there already is passed over, and a piece that comes too early is refused by
   * an answer that is below its offset.
   *
   * @returns how much is there now; `sizeBytes` where the blob is whole and right
   * @throws {WorkError} "corrupt" where the whole has another hash: all of it is forgotten.
   */
  addPiece(piece: BlobPiece): Promise<number>;
  /**
   * Bytes `begin` to before `end` of a blob, not verified: whoever puts the pieces together does so.
   *
   * @throws {WorkError} "no-such-blob"
   */
  readPart(sha256: string, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Opens the store in `folder`, which is made with the first blob. */
export function openBlobFolder(folder: string): BlobFolder {
  const at = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);
  const partial = (sha256: string) => join(folder, "partial", sha256);
  const uploads = new Map<string, Promise<Upload>>();

  async function sizeOf(sha256: string): Promise<number | null> {
    return (await unlessMissing(Deno.stat(at(sha256))))?.size ?? null;
  }

  /** The pieces of a blob are taken one after the other, in the order of these calls. */
  function inTurn(sha256: string, next: (upload: Upload) => Promise<Upload>): Promise<Upload> {
    const last = uploads.get(sha256) ?? openUpload(partial(sha256));
    const turn = last.then(async (upload) => next(await wholeUpload(sha256) ?? upload));
    uploads.set(sha256, turn);
    const forget = () => {
      if (uploads.get(sha256) === turn) uploads.delete(sha256);
    };
    turn.then(({ received, placed }) => {
      if (placed || received === 0) forget();
    }, forget);
    return turn;
  }

  /** Another process may have written the blob meanwhile. */
  async function wholeUpload(sha256: string): Promise<Upload | null> {
    const size = await sizeOf(sha256);
    return size === null ? null : { received: size, hash: createHash("sha256"), placed: true };
  }

  async function place(temporary: string, sha256: string): Promise<void> {
    await Deno.mkdir(dirname(at(sha256)), { recursive: true });
    await Deno.rename(temporary, at(sha256));
  }

  return {
    sizeOf,
    has: async (sha256) => await sizeOf(sha256) !== null,
    async read(sha256) {
      const bytes = await unlessMissing(Deno.readFile(at(sha256)));
      if (bytes === null) throw noSuchBlob(sha256);
      const found = createHash("sha256").update(bytes).digest("hex");
      if (found !== sha256) throw corrupt(sha256, found);
      return bytes;
    },
    async write(bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      if (await sizeOf(sha256) !== null) return sha256;
      const temporary = partial(`${sha256}.${crypto.randomUUID()}`);
      await Deno.mkdir(dirname(temporary), { recursive: true });
      await appendAt(temporary, 0, bytes, true);
      await place(temporary, sha256);
      return sha256;
    },
    async receivedBytes(sha256) {
      return (await inTurn(sha256, (upload) => Promise.resolve(upload))).received;
    },
    async addPiece({ sha256, sizeBytes, offset, bytes }) {
      const { received } = await inTurn(sha256, async (upload) => {
        const { received, hash, placed } = upload;
        if (placed) return upload;
        const skipped = received - offset;
        const isNext = skipped >= 0 && skipped < bytes.length;
        if (!isNext && received < sizeBytes) return upload;
        const fresh = bytes.subarray(Math.max(0, skipped));
        if (received + fresh.length > sizeBytes) {
          if (received > 0) await Deno.remove(partial(sha256));
          throw new WorkError(
            "bad-request",
            `The blob ${sha256} is to have ${sizeBytes} bytes, and ${
              received + fresh.length
            } came.`,
          );
        }
        const whole = received + fresh.length === sizeBytes;
        if (received === 0) await Deno.mkdir(dirname(partial(sha256)), { recursive: true });
        const written = appendAt(partial(sha256), received, fresh, whole);
        // Meanwhile: writing leaves this thread free.
        hash.update(fresh);
        await written;
        if (!whole) return { received: received + fresh.length, hash, placed };
        const found = hash.digest("hex");
        if (found !== sha256) {
          await Deno.remove(partial(sha256));
          throw corrupt(sha256, found);
        }
        await place(partial(sha256), sha256);
        return { received: sizeBytes, hash, placed: true };
      });
      return received;
    },
    async readPart(sha256, begin, end) {
      const file = await unlessMissing(Deno.open(at(sha256)));
      if (file === null) throw noSuchBlob(sha256);
      using open = file;
      const { size } = await open.stat();
      await open.seek(begin, Deno.SeekMode.Start);
      return await readUpTo(open, Math.max(0, Math.min(end, size) - begin));
    },
  };
}

/** The beginning of a blob. */
interface Upload {
  readonly received: number;
  /** Of what was received. */
  readonly hash: Hash;
  /** Whether it is whole, and in its place. */
  readonly placed: boolean;
}

async function openUpload(path: string): Promise<Upload> {
  const hash = createHash("sha256");
  const file = await unlessMissing(Deno.open(path));
  if (file === null) return { received: 0, hash, placed: false };
  using open = file;
  for (let received = 0;;) {
    const bytes = await readUpTo(open, PIECE_BYTES);
    if (bytes.length === 0) return { received, hash, placed: false };
    hash.update(bytes);
    received += bytes.length;
  }
}

/** How much of a file is read at once. */
const PIECE_BYTES = 4 * 2 ** 20;

async function appendAt(path: string, offset: number, bytes: Uint8Array, sync: boolean) {
  using file = await Deno.open(path, { write: true, create: true });
  await file.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  // A name must not outlive its bytes in a power cut.
  if (sync) await file.sync();
}

async function readUpTo(file: Deno.FsFile, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
