/**
 * Models on disk, for processes: a page has no paths.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Job } from "../gpu/mod.ts";
import type { ByteFile } from "./byte_file.ts";
import { ModelError } from "./model_error.ts";
import { type ModelFolder, openModelFolder } from "./model_folder.ts";
import type { WrittenFile } from "./write_model_folder.ts";

/** An open folder and the files that it keeps open. */
export interface ModelFolderOnDisk extends ModelFolder, Disposable {}

/**
 * Opens a model's folder by its path.
 *
 * @throws {ModelError} As `openModelFolder`; "file" where there is no such folder.
 */
export async function openModelPath(path: string): Promise<ModelFolderOnDisk> {
  const open: Deno.FsFile[] = [];
  const close = () => open.splice(0).forEach((file) => file.close());
  try {
    if (!(await Deno.stat(path)).isDirectory) {
      throw new ModelError("file", `"${path}" is no folder: a model is one, with a config.json.`);
    }
    const folder = await openModelFolder(async (name) => {
      const file = await openFile(`${path}/${name}`);
      if (file) open.push(file);
      return file && byteFileOf(file);
    });
    return Object.assign(folder, { [Symbol.dispose]: close });
  } catch (error) {
    close();
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ModelError("file", `There is no "${path}".`, { cause: error });
  }
}

/**
 * Writes files into a new folder: to a temporary name beside it first, so that nothing half-written
 * has its name.
 *
 * @throws {ModelError} "file" where there is something already.
 */
export async function saveFolder(
  path: string,
  files: readonly WrittenFile[],
  { signal }: Job = {},
): Promise<void> {
  const to = path.replace(/\/+$/, "");
  if (await Deno.stat(to).then(() => true, isMissing)) {
    throw new ModelError("file", `"${to}" is there already: name a folder that is not.`);
  }
  const temporary = `${to}.partial-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.mkdir(temporary, { recursive: true });
  try {
    for (const { name, bytes } of files) {
      const at = `${temporary}/${name}`;
      await Deno.mkdir(dirname(at), { recursive: true });
      using file = await Deno.open(at, { write: true, createNew: true });
      for (const piece of bytes) {
        signal?.throwIfAborted();
        for (let at = 0; at < piece.byteLength;) at += await file.write(piece.subarray(at));
      }
      await file.sync();
    }
    await Deno.rename(temporary, to);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true });
    throw error;
  }
}

async function openFile(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function byteFileOf(file: Deno.FsFile): ByteFile {
  const { size: sizeBytes } = file.statSync();
  return {
    sizeBytes,
    async read(begin, end) {
      const bytes = new Uint8Array(Math.min(end, sizeBytes) - begin);
      await file.seek(begin, Deno.SeekMode.Start);
      let at = 0;
      while (at < bytes.byteLength) {
        const count = await file.read(bytes.subarray(at));
        if (count === null) return bytes.slice(0, at);
        at += count;
      }
      return bytes;
    },
  };
}

function isMissing(error: unknown): false {
  if (error instanceof Deno.errors.NotFound) return false;
  throw error;
}
