/**
 * Storage in a folder on disk, for Deno and Node. A mark of a living process is a small file beside
 * the clones: in Deno under a lock that falls when the process ends, however it ends (reading
 * another process's state would need the permission to run programs); in Node with its process id.
 *
 * @module
 */

import nodeFs from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import zlib from "node:zlib";
import { type GitFs, isMissing, type RandomAccessFile, type Storage } from "./storage.ts";

/** Storage below `folder`, which is made when something is kept. Needs to read and write there. */
export function nodeStorage(folder = ".bottega/git"): Storage {
  const root = resolve(folder).replaceAll("\\", "/");
  const marker = (id: string) => `${root}/${id}.held`;
  return {
    fs: diskFs,
    root,
    async hold() {
      await nodeFs.promises.mkdir(root, { recursive: true });
      const id = crypto.randomUUID();
      // It gets its name once it is locked: no other process meets it unlocked.
      const fresh = `${root}/${id}.new`;
      const unlock = inDeno() ? await lockedFile(fresh) : await pidFile(fresh);
      await nodeFs.promises.rename(fresh, marker(id));
      return {
        id,
        async release() {
          await nodeFs.promises.rm(marker(id), { force: true });
          unlock();
        },
      };
    },
    async isHeld(id) {
      try {
        const pid = await nodeFs.promises.readFile(marker(id), "utf8");
        return pid === "" && inDeno() ? await isLocked(marker(id)) : isRunning(Number(pid));
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
  };
}

/** The real file system, as isomorphic-git takes it. */
export const diskFs: GitFs = {
  promises: {
    ...nodeFs.promises,
    readFile: (path, options = {}) => nodeFs.promises.readFile(path, options),
  },
  disk: { open: openFile, exists: nodeFs.existsSync, readInflated },
};

function openFile(path: string): RandomAccessFile {
  const file = nodeFs.openSync(path, "r");
  return {
    sizeBytes: nodeFs.fstatSync(file).size,
    read(start, into) {
      let read = 0;
      while (read < into.length) {
        const more = nodeFs.readSync(file, into, read, into.length - read, start + read);
        if (more === 0) break;
        read += more;
      }
      return into.subarray(0, read);
    },
    close: () => nodeFs.closeSync(file),
  };
}

function readInflated(path: string, maxBytes: number): Uint8Array | "too-large" | undefined {
  let deflated: Uint8Array;
  try {
    deflated = nodeFs.readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const { buffer, byteOffset, length } = zlib.inflateSync(deflated, {
      maxOutputLength: maxBytes,
    });
    // No Buffer, whose `slice` does not copy.
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    const tooLarge = error instanceof Error && "code" in error &&
      error.code === "ERR_BUFFER_TOO_LARGE";
    if (!tooLarge) throw error;
    return "too-large";
  }
}

function inDeno(): boolean {
  return "Deno" in globalThis;
}

async function lockedFile(path: string): Promise<() => void> {
  const file = await Deno.open(path, { write: true, createNew: true });
  await file.lock(true);
  return () => file.close();
}

async function isLocked(path: string): Promise<boolean> {
  using file = await Deno.open(path, { read: true, write: true });
  return !(await file.tryLock(true));
}

async function pidFile(path: string): Promise<() => void> {
  await nodeFs.promises.writeFile(path, String(process.pid), { flag: "wx" });
  return () => {};
}

/** Whether the process runs; one that may not be asked about is taken to. */
function isRunning(pid: number): boolean {
  // An empty marker is a Deno process's; seen from Node it cannot be told.
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
