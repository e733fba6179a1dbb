/**
 * The folder of notebooks: listing, reading and saving its `.html` files, and reading what lies in
 * its `data/`. A save states which version it replaces and is written beside, then renamed, so a
 * version is never lost and never half there. Links are refused: what is served lies in the folder.
 *
 * @module
 */

import { join } from "node:path";
import { describeNotebook } from "./notebook_description.ts";
import { ServerError } from "./server_error.ts";

/** The largest notebook that is read or saved. Notebooks hold source, no outputs. */
export const NOTEBOOK_LIMIT_BYTES = 16 * 1024 * 1024;

const NOTEBOOK_NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._()-]{0,99}\.html$/u;
const DATA_NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._()-]{0,119}$/u;

/** A notebook as the list shows it. */
export interface NotebookEntry {
  /** File name, for example `explore-trajectories.html`. */
  readonly name: string;
  readonly title: string;
  /** How its first text begins, without markup. */
  readonly excerpt: string;
  readonly cells: number;
  readonly modifiedMs: number;
  readonly sizeBytes: number;
}

/** The text of a notebook and the version it is. */
export interface StoredNotebook {
  readonly html: string;
  /** A strong ETag: the quoted SHA-256 of the bytes. */
  readonly etag: string;
}

/** What a save expects to find: this version, or nothing. */
export type Expected = { readonly etag: string } | "nothing";

export interface NotebookStore {
  /** All notebooks by name. A file that cannot be read as text is left out. */
  list(): Promise<NotebookEntry[]>;
  /** @throws {ServerError} `bad-name`, `not-found`, `too-large`, `not-text` */
  read(name: string): Promise<StoredNotebook>;
  /**
   * Stores `html` under `name` if the folder holds what is `expected` there, and gives the new ETag.
   *
   * @throws {ServerError} `bad-name`, `too-large`, `not-text`; `conflict` where another version lies
   * there, `removed` where none does any more, `exists` where nothing was expected
   */
  save(name: string, html: Uint8Array, expected: Expected): Promise<string>;
  /** Opens a file of `data/`, or of a folder in it; the caller closes it. @throws {ServerError} `bad-name`, `not-found` */
  openData(name: string): Promise<{ file: Deno.FsFile; sizeBytes: number }>;
}

/** Opens the folder at `folder`, which has to exist. */
export function openNotebookStore(folder: string): NotebookStore {
  /** One save at a time for each name, so that comparing and renaming are one step. */
  const saves = new Map<string, Promise<unknown>>();

  async function read(name: string): Promise<StoredNotebook> {
    const path = join(folder, notebookName(name));
    const { size } = await regularFile(path, name);
    if (size > NOTEBOOK_LIMIT_BYTES) throw tooLarge(name);
    const bytes = await Deno.readFile(path);
    return { html: text(bytes, name), etag: await etagOf(bytes) };
  }

  async function replace(name: string, html: Uint8Array<ArrayBuffer>, expected: Expected) {
    const path = join(folder, name);
    const present = await currentEtag(path, name);
    if (expected === "nothing" && present !== null) {
      throw new ServerError("exists", `There is a notebook ${quoted(name)} already.`);
    }
    if (expected !== "nothing" && present !== expected.etag) {
      throw present === null
        ? new ServerError("removed", `The notebook ${quoted(name)} was removed meanwhile.`)
        : new ServerError("conflict", `The notebook ${quoted(name)} was changed meanwhile.`);
    }
    await writeAtomically(folder, path, html);
    return await etagOf(html);
  }

  return {
    async list() {
      const entries: NotebookEntry[] = [];
      for await (const { name, isFile } of Deno.readDir(folder)) {
        if (!isFile || !NOTEBOOK_NAME.test(name)) continue;
        const entry = await describe(join(folder, name), name);
        if (entry) entries.push(entry);
      }
      return entries.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
    },
    read,
    save(name, html, expected) {
      notebookName(name);
      if (html.length > NOTEBOOK_LIMIT_BYTES) throw tooLarge(name);
      text(html, name);
      const own = new Uint8Array(html);
      const earlier = saves.get(name) ?? Promise.resolve();
      const start = () => replace(name, own, expected);
      const saved = earlier.then(start, start);
      saves.set(name, saved);
      const done = () => {
        if (saves.get(name) === saved) saves.delete(name);
      };
      saved.then(done, done);
      return saved;
    },
    async openData(name) {
      const names = name.split("/");
      if (names.length > 3 || !names.every((part) => DATA_NAME.test(part))) throw badName(name);
      const path = join(folder, "data", ...names);
      let above = join(folder, "data");
      for (const next of names) {
        await regularFile(above, name, "folder");
        above = join(above, next);
      }
      const { size } = await regularFile(path, name);
      return { file: await Deno.open(path), sizeBytes: size };
    },
  };
}

function notebookName(name: string): string {
  const sizeBytes = new TextEncoder().encode(name).length;
  if (!NOTEBOOK_NAME.test(name) || sizeBytes > 200) throw badName(name);
  return name;
}

function badName(name: string): ServerError {
  return new ServerError(
    "bad-name",
    `${quoted(name)} is no name for a notebook or data file: letters, digits, spaces and ._()- ` +
      `are, at most 100 of them, a letter or digit first; a notebook ends in ".html".`,
  );
}

function tooLarge(name: string): ServerError {
  return new ServerError(
    "too-large",
    `${quoted(name)} is larger than ${NOTEBOOK_LIMIT_BYTES / 1024 / 1024} MiB; ` +
      `keep data beside the notebook, in data/.`,
  );
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 120));
}

function text(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ServerError("not-text", `${quoted(name)} is not UTF-8 text.`, undefined, { cause });
  }
}

async function etagOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `"${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}"`;
}

/** Looks at the entry itself, not at what a link leads to. */
async function regularFile(path: string, name: string, kind: "file" | "folder" = "file") {
  const info = await absentAsNull(Deno.lstat(path));
  if (info === null || !(kind === "file" ? info.isFile : info.isDirectory)) {
    throw new ServerError("not-found", `There is no ${quoted(name)} here.`);
  }
  return info;
}

async function absentAsNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function currentEtag(path: string, name: string): Promise<string | null> {
  const info = await absentAsNull(Deno.lstat(path));
  if (info === null) return null;
  if (!info.isFile) {
    throw new ServerError("bad-name", `${quoted(name)} is a link or a folder; it is left alone.`);
  }
  const bytes = await absentAsNull(Deno.readFile(path));
  return bytes === null ? null : await etagOf(bytes);
}

/** Writes beside, reaches the disk, then renames: a reader sees the old text or the new one. */
async function writeAtomically(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `.${crypto.randomUUID()}.saving`);
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true });
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
    await Deno.rename(temporary, path);
  } catch (error) {
    await absentAsNull(Deno.remove(temporary));
    throw isDiskFull(error)
      ? new ServerError(
        "disk-full",
        "The disk is full: nothing was saved, and the file is as it was.",
      )
      : error;
  }
}

/** A file that vanishes, is too large or holds no text is no entry of the list. */
async function describe(path: string, name: string): Promise<NotebookEntry | null> {
  const info = await absentAsNull(Deno.lstat(path));
  if (info === null || !info.isFile || info.size > NOTEBOOK_LIMIT_BYTES) return null;
  const bytes = await absentAsNull(Deno.readFile(path));
  if (bytes === null) return null;
  return {
    name,
    ...describeNotebook(new TextDecoder().decode(bytes), name),
    modifiedMs: info.mtime?.getTime() ?? 0,
    sizeBytes: info.size,
  };
}

/** No space, or none that is left of the user's share. */
function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
}
