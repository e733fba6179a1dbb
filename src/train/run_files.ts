/**
 * Where a run keeps its files: a folder on disk, or the memory of a page.
 *
 * @module
 */
import type { ByteFile } from "../model/mod.ts";

/** A file's bytes, piece by piece. */
export type Pieces = Iterable<Uint8Array<ArrayBuffer>>;

/** A small file system; paths are relative and have slashes. */
export interface RunFiles {
  /** How messages name it. */
  readonly name: string;
  /** The file, or null where there is none. */
  read(path: string): Promise<ByteFile | null>;
  /** Replaces a file: whoever reads it sees the old one or the new one. */
  write(path: string, pieces: Pieces): Promise<void>;
  /** Adds to the end of a file. */
  append(path: string, text: string): Promise<void>;
  /** Makes a folder with these files: whoever looks sees all of it or nothing. */
  writeFolder(path: string, files: Readonly<Record<string, Pieces>>): Promise<void>;
  /** Names in a folder; none where there is no such folder. */
  list(path: string): Promise<string[]>;
  /** Deletes a folder with all that is in it. */
  removeFolder(path: string): Promise<void>;
}

/** Files in memory, for as long as somebody holds them. */
export function memoryRunFiles(name = "memory"): RunFiles {
  const files = new Map<string, Blob>();
  return {
    name,
    read: (path) => {
      const blob = files.get(path);
      return Promise.resolve(
        blob
          ? {
            sizeBytes: blob.size,
            read: async (begin, end) => new Uint8Array(await blob.slice(begin, end).arrayBuffer()),
          }
          : null,
      );
    },
    write: (path, pieces) => {
      files.set(path, new Blob([...pieces]));
      return Promise.resolve();
    },
    append: (path, text) => {
      files.set(path, new Blob([files.get(path) ?? "", text]));
      return Promise.resolve();
    },
    writeFolder: (path, made) => {
      const blobs = Object.entries(made).map(([file, pieces]) =>
        [`${path}/${file}`, new Blob([...pieces])] as const
      );
      for (const [file, blob] of blobs) files.set(file, blob);
      return Promise.resolve();
    },
    list: (path) => {
      const inside = [...files.keys()].filter((file) => file.startsWith(`${path}/`));
      const names = inside.map((file) => file.slice(path.length + 1).split("/")[0] ?? "");
      return Promise.resolve([...new Set(names)]);
    },
    removeFolder: (path) => {
      for (const file of [...files.keys()]) {
        if (file.startsWith(`${path}/`)) files.delete(file);
      }
      return Promise.resolve();
    },
  };
}

/** A whole file as text, or null. */
export async function readText(files: RunFiles, path: string): Promise<string | null> {
  const file = await files.read(path);
  return file && new TextDecoder().decode(await file.read(0, file.sizeBytes));
}

/** Text as the pieces of a file. */
export function piecesOf(text: string): Pieces {
  return [new TextEncoder().encode(text)];
}
