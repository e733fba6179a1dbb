/**
 * Archives as `tar` writes and takes them: how files go into a sandbox and come back, so that the host
 * never opens a path that code in there could have made.
 *
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 * @module
 */
import { AgentError } from "../agent_error.ts";

const BLOCK = 512;

/** Longer names go into an entry of their own before the file's. */
const MAX_NAME = 100;

/** An archive of regular files. */
export function writeTar(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const [path, content] of files) {
    const name = new TextEncoder().encode(path);
    if (name.length > MAX_NAME) addEntry(parts, "././@LongLink", "L", name);
    addEntry(parts, new TextDecoder().decode(name.subarray(0, MAX_NAME)), "0", content);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  const archive = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

/**
 * The regular files of an archive; anything else in it is left out.
 *
 * @throws {AgentError} `too-large` if it is cut short, as archives over the limit are.
 */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const size = parseInt(field(header, 124, 12), 8);
    const start = at + BLOCK;
    if (!(size >= 0) || start + size > archive.length) break;
    const content = archive.slice(start, start + size);
    const kind = field(header, 156, 1);
    if (kind === "L") {
      longName = new TextDecoder().decode(content).replace(/\0+$/, "");
    } else {
      if (kind === "0" || kind === "") files.set(longName ?? field(header, 0, MAX_NAME), content);
      longName = undefined;
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new AgentError("too-large", "the repository is over the limit of what is read back");
}

function addEntry(parts: Uint8Array[], name: string, kind: string, content: Uint8Array): void {
  const header = new Uint8Array(BLOCK);
  const put = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put("0000644\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  put(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        ", 148);
  put(kind, 156);
  put("ustar  \0", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = new Uint8Array((BLOCK - content.length % BLOCK) % BLOCK);
  parts.push(header, content, padding);
}

/** A text field, up to its NUL. */
function field(header: Uint8Array, at: number, length: number): string {
  const text = new TextDecoder().decode(header.subarray(at, at + length));
  const end = text.indexOf("\0");
  return (end === -1 ? text : text.slice(0, end)).trim();
}
