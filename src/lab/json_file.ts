/**
 * Small JSON files of a run.
 *
 * @module
 */
import type { RunFiles } from "../train/mod.ts";

/** The value of a file that was written by {@linkcode writeJson}; null where there is none. */
export async function readJson<T>(files: RunFiles, path: string): Promise<T | null> {
  const file = await files.read(path);
  if (file === null) return null;
  return JSON.parse(new TextDecoder().decode(await file.read(0, file.sizeBytes))) as T;
}

/** Replaces a file: a reader sees the old one or the new one. */
export async function writeJson(files: RunFiles, path: string, value: unknown): Promise<void> {
  await files.write(path, [new TextEncoder().encode(JSON.stringify(value))]);
}

/** The part of `files` that is in a folder. */
export function inFolder(files: RunFiles, folder: string): RunFiles {
  const at = (path: string) => path === "" ? folder : `${folder}/${path}`;
  return {
    name: `${files.name}/${folder}`,
    read: (path) => files.read(at(path)),
    write: (path, pieces) => files.write(at(path), pieces),
    append: (path, text) => files.append(at(path), text),
    writeFolder: (path, made) => files.writeFolder(at(path), made),
    list: (path) => files.list(at(path)),
    removeFolder: (path) => files.removeFolder(at(path)),
  };
}
