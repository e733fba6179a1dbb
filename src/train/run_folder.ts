/**
 * A run's files in a folder on disk.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { Pieces, RunFiles } from "./run_files.ts";
import { TrainError } from "./train_error.ts";

/** What is being written has this at its end, and is in nobody's way if it never gets its name. */
const PARTIAL = ".partial";

/**
 * The files under `folder`, which is made with the first of them.
 *
 * @throws {TrainError} `run`, by each of its methods, for a path that may lead out of the folder.
 */
export function runFolder(folder: string): RunFiles {
  const at = (path: string) => {
    if (path !== "" && path.split(/[/\\]/).some((name) => /^\.{0,2}$/.test(name))) {
      throw new TrainError("run", `${JSON.stringify(path)} is no path within the run's folder`);
    }
    return join(folder, path);
  };
  return {
    name: folder,
    async read(path) {
      const info = await unlessMissing(Deno.stat(at(path)));
      return info && { sizeBytes: info.size, read: (begin, end) => readPart(at(path), begin, end) };
    },
    async write(path, pieces) {
      await Deno.mkdir(dirname(at(path)), { recursive: true });
      await writePieces(at(path) + PARTIAL, pieces);
      await Deno.rename(at(path) + PARTIAL, at(path));
    },
    async append(path, text) {
      await Deno.writeTextFile(at(path), text, { append: true });
    },
    async writeFolder(path, files) {
      for (const name of Object.keys(files)) at(`${path}/${name}`);
      const partial = at(path) + PARTIAL;
      await remove(partial);
      await Deno.mkdir(partial, { recursive: true });
      for (const [name, pieces] of Object.entries(files)) {
        await writePieces(join(partial, name), pieces);
      }
      await remove(at(path));
      await Deno.rename(partial, at(path));
    },
    async list(path) {
      const entries = await unlessMissing(Array.fromAsync(Deno.readDir(at(path))));
      return (entries ?? []).map(({ name }) => name).filter((name) => !name.endsWith(PARTIAL));
    },
    async removeFolder(path) {
      await remove(at(path));
    },
  };
}

async function readPart(
  path: string,
  begin: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  await file.seek(begin, Deno.SeekMode.Start);
  const bytes = new Uint8Array(end - begin);
  let length = 0;
  while (length < bytes.length) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

/** Resolves when the disk has them: a name must not outlive its bytes in a power cut. */
async function writePieces(path: string, pieces: Pieces): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
  }
  await file.sync();
}

async function remove(path: string): Promise<void> {
  await unlessMissing(Deno.remove(path, { recursive: true }));
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
