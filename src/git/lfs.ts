/**
 * Git LFS: a blob that only points at a large file, which another server keeps.
 *
 * @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
 * @see https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
 * @module
 */

import type { Job } from "../gpu/mod.ts";
import { GitError } from "./git_error.ts";
import { toHex } from "./hex.ts";
import { checkSize, MAX_OBJECT_BYTES } from "./packs/limits.ts";
import { concat } from "./pkt_line.ts";
import { quote } from "./quote.ts";
import type { Remote } from "./remote.ts";
import { readChunks, watchSilence } from "./silence.ts";

/** What a pointer points at. */
export interface LfsPointer {
  /** SHA-256 of the file, hexadecimal digits. */
  readonly oid: string;
  readonly sizeBytes: number;
}

/** The pointer that a blob is; nothing if it is a file of its own. */
export function parseLfsPointer(bytes: Uint8Array): LfsPointer | undefined {
  if (bytes.length > 1024) return undefined;
  const text = new TextDecoder().decode(bytes);
  if (!/^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\n/.test(text)) {
    return undefined;
  }
  const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
  const sizeBytes = Number(/^size (\d+)$/m.exec(text)?.[1] ?? NaN);
  return oid !== undefined && Number.isSafeInteger(sizeBytes) ? { oid, sizeBytes } : undefined;
}

/**
 * Fetches the file that `pointer` points at from the remote's LFS server, and checks its SHA-256.
 * Reports phase `clone` in bytes.
 *
 * @throws {GitError} `no-such-object` if the server does not have it; `too-large`; `corrupt` if it is
 * another file; `network`, `forbidden`, `unsupported`
 */
export async function fetchLfs(
  remote: Remote,
  pointer: LfsPointer,
  job: Job,
): Promise<Uint8Array<ArrayBuffer>> {
  checkSize(pointer.sizeBytes, MAX_OBJECT_BYTES, `LFS file ${pointer.oid}`);
  const request = {
    operation: "download",
    transfers: ["basic"],
    objects: [{ oid: pointer.oid, size: pointer.sizeBytes }],
    hash_algo: "sha256",
  };
  const answer = await remote.postJson(
    `${lfsPath(remote.source)}/objects/batch`,
    LFS_JSON,
    request,
  );
  const { href, headers } = downloadOf(answer, pointer, remote.source);
  const bytes = await download(href, headers, pointer, remote, job);
  await checkLfs(bytes, pointer, remote.source);
  return bytes;
}

/** @throws {GitError} `corrupt` unless the bytes are those that the pointer names */
export async function checkLfs(
  bytes: Uint8Array<ArrayBuffer>,
  { oid }: LfsPointer,
  source: string,
): Promise<void> {
  const sum = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  if (sum === oid) return;
  throw new GitError("corrupt", `${quote(source)}: LFS file ${oid} has the SHA-256 ${sum}.`);
}

const LFS_JSON = "application/vnd.git-lfs+json";

/** Where the LFS server of a repository is, below its URL. */
function lfsPath(source: string): string {
  return source.endsWith(".git") ? "/info/lfs" : ".git/info/lfs";
}

function downloadOf(
  answer: unknown,
  { oid }: LfsPointer,
  source: string,
): { href: string; headers: Record<string, string> } {
  const objects = field(answer, "objects");
  const found = Array.isArray(objects)
    ? objects.find((object) => field(object, "oid") === oid)
    : undefined;
  const error = field(found, "error");
  if (error !== undefined) {
    const message = field(error, "message");
    throw new GitError(
      field(error, "code") === 404 ? "no-such-object" : "network",
      `${quote(source)}: LFS file ${oid}: ${quote(String(message))}.`,
    );
  }
  const action = field(field(found, "actions"), "download");
  const href = field(action, "href");
  const url = typeof href === "string" ? URL.parse(href) : null;
  if (url === null) {
    throw new GitError("network", `${quote(source)} does not say where LFS file ${oid} is.`);
  }
  // A server must not send us to whatever else can be reached from here.
  if (url.protocol !== "https:" && url.origin !== new URL(source).origin) {
    throw new GitError(
      "forbidden",
      `${quote(source)} has LFS file ${oid} at ${quote(url.origin)}.`,
    );
  }
  const given = field(action, "header");
  const headers = Object.entries(typeof given === "object" && given !== null ? given : {})
    .filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { href: url.href, headers: Object.fromEntries(headers) };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

async function download(
  href: string,
  headers: Record<string, string>,
  { oid, sizeBytes }: LfsPointer,
  remote: Remote,
  { signal, onProgress }: Job,
): Promise<Uint8Array<ArrayBuffer>> {
  const silence = watchSilence(signal);
  const failed = (why: string, cause?: unknown) =>
    new GitError("network", `${quote(remote.source)}: LFS file ${oid}: ${remote.hide(why)}.`, {
      cause,
    });
  try {
    const response = await fetch(href, { headers, signal: silence.signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw failed(`its server answered ${response.status}`);
    }
    const parts: Uint8Array[] = [];
    let done = 0;
    for await (const chunk of response.body ? readChunks(response.body, silence) : []) {
      parts.push(chunk);
      done += chunk.length;
      onProgress?.({ phase: "clone", done, total: sizeBytes, unit: "bytes" });
      if (done > sizeBytes) throw failed(`it is longer than the ${sizeBytes} bytes of its pointer`);
    }
    return concat(parts);
  } catch (cause) {
    if (cause instanceof GitError) throw cause;
    if (silence.reason() === "aborted") throw signal?.reason ?? cause;
    throw failed(cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    silence.end();
  }
}
