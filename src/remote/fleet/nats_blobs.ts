/**
 * Blobs in the object stores of a fleet's server.
 *
 * @module
 */
import { type ObjectStore, Objm } from "@nats-io/obj";
import { noSuchBlob, sha256Of, verified } from "../blob_store.ts";
import type { BlobStore } from "../work.ts";
import { INLINE_BYTES, OBJECTS } from "./layout.ts";
import type { NatsLink, Patience } from "./nats_link.ts";

/** Objects by name, whole. */
export interface NatsObjects {
  has(name: string, patience?: Patience): Promise<boolean>;
  /** How long it has been there, in milliseconds; Infinity where there is none. */
  ageMs(name: string): Promise<number>;
  /** Null where there is none. */
  read(name: string, patience?: Patience): Promise<Uint8Array<ArrayBuffer> | null>;
  write(name: string, bytes: Uint8Array<ArrayBuffer>, patience?: Patience): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The objects of a store. */
export async function openNatsObjects(link: NatsLink, store: string): Promise<NatsObjects> {
  const objects: ObjectStore = await new Objm(link.jetstream).open(store, false);
  const info = async (name: string, patience?: Patience) => {
    const found = await link.persist(() => objects.info(name), patience);
    return found?.deleted ? null : found;
  };
  return {
    has: async (name, patience) => await info(name, patience) !== null,
    async ageMs(name) {
      const found = await info(name);
      return found ? Date.now() - Date.parse(found.mtime) : Infinity;
    },
    async read(name, patience) {
      const found = await info(name, patience);
      if (!found) return null;
      const bytes = new Uint8Array(found.size);
      let at = 0;
      let seq = 0;
      // Message by message: a consumer would need the right to create consumers.
      for (let chunk = 0; chunk < found.chunks; chunk++) {
        const next = { seq: seq + 1, next_by_subj: `$O.${store}.C.${found.nuid}` };
        const message = await link.persist(
          () => link.streams.direct.getMessage(`OBJ_${store}`, next),
          patience,
        );
        if (!message) return null;
        seq = message.seq;
        bytes.set(message.data, at);
        at += message.data.length;
      }
      return bytes;
    },
    async write(name, bytes, patience) {
      const meta = { name, options: { max_chunk_size: INLINE_BYTES } };
      await link.persist(() => objects.putBlob(meta, bytes), patience);
    },
    async remove(name) {
      await link.persist(() => objects.delete(name));
    },
  };
}

/** The fleet's blobs. */
export async function natsBlobStore(link: NatsLink): Promise<BlobStore> {
  const objects = await openNatsObjects(link, OBJECTS.blobs);
  return {
    has: (sha256) => objects.has(sha256),
    async read(sha256) {
      const bytes = await objects.read(sha256);
      if (!bytes) throw noSuchBlob(sha256);
      return await verified(sha256, bytes);
    },
    async write(bytes) {
      const sha256 = await sha256Of(bytes);
      // Half of its time is over: what names it from now on must not outlive it.
      if (await objects.ageMs(sha256) >= link.keepMs) await objects.write(sha256, bytes);
      return sha256;
    },
  };
}
