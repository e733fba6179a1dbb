/**
 * What a repository on disk is called: as its origin says, else as its folder is.
 *
 * @module
 */
import { resolve } from "node:path";
import { repositoryName } from "./repository_name.ts";

/** `owner/name` where the repository was cloned from a host; else the name of its folder or bundle. */
export async function localName(source: string): Promise<string> {
  if (/^https?:\/\//.test(source)) return repositoryName(source);
  for (const config of [`${source}/.git/config`, `${source}/config`]) {
    const name = originName(await readIfThere(config));
    if (name !== undefined) return name;
  }
  return repositoryName(resolve(source));
}

/** `owner/name` of the remote `origin`, by https or ssh, in the text of a git configuration. */
export function originName(config: string): string | undefined {
  const section = /^\[remote "origin"\]\n((?:[^[].*\n?)*)/m.exec(config)?.[1] ?? "";
  const url = /^\s*url\s*=\s*(.+?)\s*$/m.exec(section)?.[1] ?? "";
  return /^(?:\w+:\/\/(?:[^/]*@)?[^/]+\/|[^/@]+@[^/:]+:)(?:.*\/)?([^/]+\/[^/]+?)(?:\.git)?\/?$/
    .exec(url)?.[1];
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    // A work tree's `.git` may be a file, a source a bundle.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return "";
    }
    throw error;
  }
}
