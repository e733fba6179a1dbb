/**
 * A job's files on a fleet's server: whichever worker goes on with the job finds the checkpoints that
 * the one before it left. An index by path names the objects, so that a folder appears as a whole; a
 * worker that lost the job can write no more once another has begun.
 *
 * @module
 */
import type { Pieces, RunFiles } from "../../train/mod.ts";
import { sha256Of, verified } from "../blob_store.ts";
import { FleetError } from "./fleet_error.ts";
import { brief } from "./fleet.ts";
import { BUCKETS, OBJECTS } from "./layout.ts";
import { type NatsObjects, openNatsObjects } from "./nats_blobs.ts";
import { type NatsLink, unlessConflict } from "./nats_link.ts";

/** The files of a job, some of which wait to be sent. */
export interface NatsRunFiles extends RunFiles {
  /** Sends what was appended. Writing files and folders does it too. */
  flush(): Promise<void>;
}

interface Index {
  /** The attempt that owns the files: a later one takes them over. */
  readonly owner: number;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly sizeBytes: number }>>;
}

/**
 * The files of a job; nothing is asked of the server before they are used.
 *
 * @param owner Which attempt at the job this is; later ones have higher numbers.
 */
export function natsRunFiles(link: NatsLink, id: string, owner: number): NatsRunFiles {
  const opened = once(() => claim(link, id, owner));
  let last: Promise<unknown> = Promise.resolve();
  /** Whole files of which the end was not sent yet. */
  const appended = new Map<string, string>();

  /** Puts the new objects, then the index that names them, then deletes what it no longer names. */
  async function change(edit: (files: Map<string, Uint8Array<ArrayBuffer> | Entry>) => void) {
    const claimed = await opened();
    const { objects } = claimed;
    const next = new Map<string, Uint8Array<ArrayBuffer> | Entry>(Object.entries(claimed.files));
    for (const [path, text] of appended) next.set(path, new TextEncoder().encode(text));
    appended.clear();
    edit(next);
    const files: Record<string, Entry> = {};
    for (const [path, content] of next) {
      if (!(content instanceof Uint8Array)) {
        files[path] = content;
        continue;
      }
      const sha256 = await sha256Of(content);
      const name = `${id}.${sha256}`;
      if (!await objects.has(name)) await objects.write(name, content);
      files[path] = { sha256, sizeBytes: content.length };
    }
    const named = new Set(Object.values(files).map(({ sha256 }) => sha256));
    const old = new Set(Object.values(claimed.files).map(({ sha256 }) => sha256));
    await claimed.replace(files);
    for (const sha256 of old) if (!named.has(sha256)) await objects.remove(`${id}.${sha256}`);
  }
  /** One change after the other, however the one before ended: that is its caller's. */
  const commit = (edit: Parameters<typeof change>[0]): Promise<void> => {
    const changed = last.then(() => change(edit));
    last = Promise.allSettled([changed]);
    return changed;
  };
  const flush = async () => {
    if (appended.size > 0) await commit(() => {});
  };

  return {
    name: `job ${brief(id)}`,
    flush,
    async read(path) {
      const text = appended.get(path);
      if (text !== undefined) return byteFile(new TextEncoder().encode(text));
      const { objects, files } = await opened();
      const entry = files[path];
      if (!entry) return null;
      const content = once(async () => {
        const bytes = await objects.read(`${id}.${entry.sha256}`);
        if (bytes) return await verified(entry.sha256, bytes);
        throw lostLease(id);
      });
      return {
        sizeBytes: entry.sizeBytes,
        read: async (begin, end) => (await content()).slice(begin, end),
      };
    },
    write: (path, pieces) => commit((files) => files.set(path, whole(pieces))),
    async append(path, text) {
      const known = appended.get(path) ??
        await this.read(path).then(async (file) =>
          file ? new TextDecoder().decode(await file.read(0, file.sizeBytes)) : ""
        );
      appended.set(path, known + text);
    },
    writeFolder: (path, made) =>
      commit((files) => {
        for (const file of files.keys()) if (file.startsWith(`${path}/`)) files.delete(file);
        for (const [name, pieces] of Object.entries(made)) {
          files.set(`${path}/${name}`, whole(pieces));
        }
      }),
    async list(path) {
      const { files } = await opened();
      const inside = [...Object.keys(files), ...appended.keys()]
        .filter((file) => file.startsWith(`${path}/`));
      return [...new Set(inside.map((file) => file.slice(path.length + 1).split("/")[0] ?? ""))];
    },
    removeFolder: (path) =>
      commit((files) => {
        for (const file of files.keys()) if (file.startsWith(`${path}/`)) files.delete(file);
      }),
  };
}

type Entry = Index["files"][string];

/** The index of a job's files, and the objects that it names. */
interface Claim {
  readonly objects: NatsObjects;
  readonly files: Index["files"];
  /** @throws {FleetError} "lost-lease" where a later attempt has taken the files over. */
  replace(files: Index["files"]): Promise<void>;
}

async function claim(link: NatsLink, id: string, owner: number): Promise<Claim> {
  const objects = await openNatsObjects(link, OBJECTS.runs);
  const runs = await link.bucket(BUCKETS.runs);
  let files: Index["files"] = {};

  /** Writes the index unless a later attempt has: whatever else is there is of an earlier one. */
  async function write(next: (found: Index["files"]) => Index["files"]): Promise<void> {
    for (;;) {
      const entry = await link.persist(() => runs.get(id));
      const found = entry?.json<Index>() ?? { owner: 0, files: {} };
      if (found.owner > owner) throw lostLease(id);
      files = next(found.files);
      const bytes = new TextEncoder().encode(JSON.stringify({ owner, files }));
      const written = await link.persist(() =>
        unlessConflict(entry ? runs.update(id, bytes, entry.revision) : runs.create(id, bytes))
      );
      if (written !== null) return;
    }
  }
  await write((found) => found);
  const held = await Promise.all(
    Object.values(files).map(({ sha256 }) => objects.has(`${id}.${sha256}`)),
  );
  // Some of them were too old to be kept: the job begins anew.
  if (held.includes(false)) await write(() => ({}));
  return {
    objects,
    get files() {
      return files;
    },
    replace: (next) => write(() => next),
  };
}

/** What a worker throws that writes for a job which another one has taken over. */
function lostLease(id: string): FleetError {
  return new FleetError("lost-lease", `Another worker goes on with the job ${brief(id)}.`);
}

function byteFile(bytes: Uint8Array<ArrayBuffer>) {
  return {
    sizeBytes: bytes.length,
    read: (begin: number, end: number) => Promise.resolve(bytes.slice(begin, end)),
  };
}

function whole(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const all = [...pieces];
  const bytes = new Uint8Array(all.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of all) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Makes it when it is first asked for; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () =>
    made ??= make().catch((error) => {
      made = null;
      throw error;
    });
}
