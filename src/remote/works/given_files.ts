/**
 * The files of a run on top of files that were sent along: what is there by hash is read, and what is
 * written is the run's own.
 *
 * @module
 */
import { byteFileOf } from "../../model/mod.ts";
import type { RunFiles } from "../../train/mod.ts";
import type { BlobStore } from "../work.ts";

/** `files`, and below them those whose blobs have these hashes by path; lists name the former alone. */
export function overGiven(
  files: RunFiles,
  given: Readonly<Record<string, string>>,
  data: BlobStore,
): RunFiles {
  return {
    ...files,
    async read(path) {
      const own = await files.read(path);
      if (own) return own;
      const sha256 = Object.hasOwn(given, path) ? given[path] : undefined;
      return sha256 === undefined ? null : byteFileOf(new Blob([await data.read(sha256)]));
    },
  };
}

/** Stores all files in a folder but those that `skip` names: the hash of each by its path. */
export async function storeFolder(
  files: RunFiles,
  folder: string,
  data: BlobStore,
  skip: (name: string) => boolean,
): Promise<Record<string, string>> {
  const stored: Record<string, string> = {};
  for (const name of (await files.list(folder)).toSorted()) {
    const path = `${folder}/${name}`;
    if (skip(name)) continue;
    if ((await files.list(path)).length > 0) {
      Object.assign(stored, await storeFolder(files, path, data, skip));
      continue;
    }
    const file = await files.read(path);
    if (file) stored[path] = await data.write(await file.read(0, file.sizeBytes));
  }
  return stored;
}
