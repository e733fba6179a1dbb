/**
 * A repository on this disk, read in place: a work tree, a linked work tree, or a bare repository.
 * Nothing is ever written: the file system that isomorphic-git gets refuses to.
 *
 * @module
 */

import nodeFs from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { isBundle, SIGNATURE_BYTES } from "./bundle.ts";
import { GitError } from "./git_error.ts";
import { diskFs } from "./node_storage.ts";
import { quote } from "./quote.ts";
import { type GitFs, isMissing } from "./storage.ts";

/** Where a local repository's data lies, as {@linkcode readRepository} takes it. */
export interface LocalRepository {
  readonly fs: GitFs;
  readonly gitdir: string;
}

/** What a path names. */
export type LocalSource =
  | { readonly kind: "folder"; readonly repository: LocalRepository }
  | { readonly kind: "bundle"; readonly bytes: Uint8Array<ArrayBuffer> };

/**
 * Looks at `path`: a folder is opened as a repository, a bundle is read whole.
 *
 * @throws {GitError} `not-a-repository`; `bad-bundle`; `unsupported` for SHA-256 and reftable; or
 * the file system's own error
 */
export async function openLocal(path: string): Promise<LocalSource> {
  const stat = await nodeFs.promises.stat(path);
  if (stat.isFile()) return { kind: "bundle", bytes: await readBundle(path) };
  const gitdir = await findGitdir(resolve(path));
  if (gitdir === undefined) {
    throw new GitError(
      "not-a-repository",
      `${quote(path)} is no git repository: it has no .git, and is no bare one.`,
    );
  }
  const common = await linkedFolder(gitdir, "commondir") ?? gitdir;
  await checkFormat(common, path);
  const objects = await objectFolders(join(common, "objects"));
  return { kind: "folder", repository: { fs: readOnlyFs(gitdir, common, objects), gitdir } };
}

async function readBundle(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await nodeFs.promises.open(path);
  try {
    const { buffer } = await file.read(new Uint8Array(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0);
    if (isBundle(buffer)) return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
  throw path.endsWith(".bundle")
    ? new GitError("bad-bundle", `Bundle ${quote(path)}: it does not begin as a git bundle does.`)
    : new GitError("not-a-repository", `${quote(path)} is neither a folder nor a git bundle.`);
}

/** The folder with `HEAD`: `path/.git`, what a file `path/.git` names, or `path` itself. */
async function findGitdir(path: string): Promise<string | undefined> {
  const named = await readText(join(path, ".git"));
  const candidates = named?.startsWith("gitdir: ")
    ? [resolve(path, named.slice("gitdir: ".length).trim())]
    : [join(path, ".git"), path];
  for (const candidate of candidates) {
    const common = await linkedFolder(candidate, "commondir") ?? candidate;
    if (
      await readText(join(candidate, "HEAD")) !== undefined &&
      nodeFs.existsSync(join(common, "objects"))
    ) return candidate;
  }
  return undefined;
}

/** The folder that the file `name` in `gitdir` leads to: a linked work tree shares another's data. */
async function linkedFolder(gitdir: string, name: string): Promise<string | undefined> {
  const text = await readText(join(gitdir, name));
  return text === undefined ? undefined : resolve(gitdir, text.trim());
}

/** `objects`, and the folders of other repositories that it borrows from. */
async function objectFolders(objects: string, depth = 0): Promise<string[]> {
  const lines = (await readText(join(objects, "info/alternates")))?.split("\n") ?? [];
  const lent = lines.filter((line) => line !== "" && !line.startsWith("#"));
  // Git itself follows five.
  if (depth === 5) return [objects];
  const others = lent.map((line) =>
    objectFolders(isAbsolute(line) ? line : resolve(objects, line), depth + 1)
  );
  return [objects, ...(await Promise.all(others)).flat()];
}

async function checkFormat(common: string, path: string): Promise<void> {
  const config = await readText(join(common, "config")) ?? "";
  const format = /^\s*objectformat\s*=\s*sha256/im.test(config)
    ? "SHA-256 object ids"
    : /^\s*refstorage\s*=\s*reftable/im.test(config)
    ? "a reftable"
    : undefined;
  if (format !== undefined) {
    throw new GitError("unsupported", `${quote(path)} uses ${format}, which is not read here.`);
  }
}

/** The repository's files as one folder, whichever of its folders they lie in. */
function readOnlyFs(gitdir: string, common: string, objects: readonly string[]): GitFs {
  const prefix = `${gitdir}/`;
  /** The places where a file of the repository may lie. */
  const places = (path: string): readonly string[] => {
    if (!path.startsWith(prefix)) return [path];
    const inside = path.slice(prefix.length);
    if (inside.startsWith("objects/")) {
      return objects.map((folder) => join(folder, inside.slice("objects/".length)));
    }
    return common === gitdir ? [path] : [path, join(common, inside)];
  };
  async function first<T>(path: string, look: (place: string) => Promise<T>): Promise<T> {
    const [nearest = path, ...others] = places(path);
    try {
      return await look(nearest);
    } catch (error) {
      for (const place of isMissing(error) ? others : []) {
        if (nodeFs.existsSync(place)) return await look(place);
      }
      throw error;
    }
  }
  const { disk } = diskFs;
  /** Where a file of the repository is; its nearest place if it is nowhere. */
  const placeOf = (path: string) =>
    places(path).find((place) => nodeFs.existsSync(place)) ?? places(path)[0] ?? path;
  const refuse = (path: string) =>
    Promise.reject(new GitError("unsupported", `${quote(path)} is opened for reading only.`));
  const { readFile, stat, lstat, readlink, readdir } = diskFs.promises;
  return {
    promises: {
      readFile: (path, options) => first(path, (place) => readFile(place, options)),
      stat: (path) => first(path, stat),
      lstat: (path) => first(path, lstat),
      readlink: (path) => first(path, readlink),
      async readdir(path) {
        const there = places(path).filter((place) => nodeFs.existsSync(place));
        if (there.length === 0) return await readdir(path);
        return [...new Set((await Promise.all(there.map((place) => readdir(place)))).flat())];
      },
      writeFile: refuse,
      unlink: refuse,
      mkdir: refuse,
      rmdir: refuse,
      rename: refuse,
      symlink: refuse,
    },
    ...(disk === undefined ? {} : {
      disk: {
        open: (path: string) => disk.open(placeOf(path)),
        exists: (path: string) => places(path).some((place) => disk.exists(place)),
        readInflated: (path: string, maxBytes: number) =>
          disk.readInflated(placeOf(path), maxBytes),
      },
    }),
  };
}

/** The text of a file; nothing where there is none. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await nodeFs.promises.readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error) || isFolderError(error)) return undefined;
    throw error;
  }
}

function isFolderError(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "EISDIR" || error.code === "ENOTDIR");
}
