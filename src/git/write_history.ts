/**
 * Writes a history: commits of text files, one after the other, as git objects and as a bundle. Object
 * ids depend on the content alone, so the same commits give the same ids and the same bytes anywhere.
 *
 * @see https://git-scm.com/docs/gitformat-pack
 * @module
 */
import { zlibSync } from "fflate";
import { encodePath } from "./path_text.ts";

/** A commit to write. */
export interface NewCommit {
  readonly message: string;
  /** The whole tree after the commit: text by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly author: { readonly name: string; readonly email: string };
  /** Seconds since 1970, told as UTC. */
  readonly timestamp: number;
}

/** A history that was written. */
export interface WrittenHistory {
  /** The ids of the commits, in the order given. */
  readonly oids: readonly string[];
  /** The bytes of a git bundle with the history as branch `main`, which `git clone` takes. */
  bundle(): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Writes commits, oldest first, each on top of the one before.
 *
 * @throws {RangeError} for no commits, and for a path that is both a file and a folder.
 * @example
 * ```ts
 * import { writeHistory } from "bottega";
 * const author = { name: "Ada", email: "ada@example.org" };
 * const { oids, bundle } = await writeHistory([
 *   { message: "Start\n", files: { "README.md": "# One\n" }, author, timestamp: 1_700_000_000 },
 * ]);
 * console.log(oids[0], (await bundle()).length);
 * ```
 */
export async function writeHistory(commits: readonly NewCommit[]): Promise<WrittenHistory> {
  if (commits.length === 0) throw new RangeError("A history has at least one commit.");
  const objects = new Map<string, GitObject>();
  const blobs = new Map<string, string>();

  async function store(type: ObjectType, content: Uint8Array): Promise<string> {
    const head = encode(`${type} ${content.length}\0`);
    const oid = hex(await sha1(concat([head, content])));
    objects.set(oid, { type, content });
    return oid;
  }

  async function storeBlob(text: string): Promise<string> {
    const known = blobs.get(text);
    if (known !== undefined) return known;
    const oid = await store("blob", encode(text));
    blobs.set(text, oid);
    return oid;
  }

  async function storeTree(folder: Folder): Promise<string> {
    const entries = [];
    for (const [name, entry] of folder) {
      const isFolder = entry instanceof Map;
      const oid = isFolder ? await storeTree(entry) : await storeBlob(entry);
      entries.push({ name: encodePath(name), isFolder, oid });
    }
    entries.sort((a, b) => compareBytes(sortKey(a), sortKey(b)));
    const parts = entries.flatMap(({ name, isFolder, oid }) => [
      encode(isFolder ? "40000 " : "100644 "),
      name,
      Uint8Array.of(0),
      fromHex(oid),
    ]);
    return await store("tree", concat(parts));
  }

  const oids: string[] = [];
  for (const { message, files, author, timestamp } of commits) {
    const tree = await storeTree(folderOf(files));
    const parent = oids.at(-1);
    const who = `${author.name} <${author.email}> ${timestamp} +0000`;
    const lines = [
      `tree ${tree}`,
      ...(parent === undefined ? [] : [`parent ${parent}`]),
      `author ${who}`,
      `committer ${who}`,
      "",
      message,
    ];
    oids.push(await store("commit", encode(lines.join("\n"))));
  }
  const tip = oids.at(-1);
  const head = encode(`# v2 git bundle\n${tip} HEAD\n${tip} refs/heads/main\n\n`);
  return { oids, bundle: async () => concat([head, await packOf([...objects.values()])]) };
}

type ObjectType = "commit" | "tree" | "blob";

interface GitObject {
  readonly type: ObjectType;
  readonly content: Uint8Array;
}

/** Names to texts and folders. */
type Folder = Map<string, string | Folder>;

function folderOf(files: Readonly<Record<string, string>>): Folder {
  const root: Folder = new Map();
  for (const [path, text] of Object.entries(files)) {
    const parts = path.split("/");
    const name = parts.pop() ?? "";
    let folder = root;
    for (const part of parts) {
      const next = folder.get(part) ?? new Map();
      if (typeof next === "string") throw new RangeError(`${path}: "${part}" is a file.`);
      folder.set(part, next);
      folder = next;
    }
    if (folder.has(name)) throw new RangeError(`${path}: it is a folder too.`);
    folder.set(name, text);
  }
  return root;
}

/** Git orders folders as if their names ended with a slash. */
function sortKey({ name, isFolder }: { name: Uint8Array; isFolder: boolean }): Uint8Array {
  return isFolder ? concat([name, Uint8Array.of(SLASH)]) : name;
}

const SLASH = 0x2f;

async function packOf(objects: readonly GitObject[]): Promise<Uint8Array<ArrayBuffer>> {
  const head = new Uint8Array(12);
  head.set(encode("PACK"));
  new DataView(head.buffer).setUint32(4, 2);
  new DataView(head.buffer).setUint32(8, objects.length);
  const body = concat([
    head,
    ...objects.flatMap((
      { type, content },
    ) => [packHeader(type, content.length), zlibSync(content)]),
  ]);
  return concat([body, await sha1(body)]);
}

const TYPE_NUMBERS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 };

/** The type in three bits and the size in four and then seven bits a byte, lowest first. */
function packHeader(type: ObjectType, sizeBytes: number): Uint8Array {
  const bytes = [(TYPE_NUMBERS[type] << 4) | (sizeBytes & 0xf)];
  for (let rest = sizeBytes >>> 4; rest > 0; rest >>>= 7) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest & 0x7f);
  }
  return Uint8Array.from(bytes);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function sha1(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
