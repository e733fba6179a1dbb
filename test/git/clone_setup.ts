/**
 * What the tests of clones share: a sample behind a real git server, and an empty cache folder.
 *
 * @module
 */
import { readdir, rm } from "node:fs/promises";
import { afterEach, beforeAll, beforeEach, expect } from "vitest";
import { GitError, type OpenOptions, openRepository } from "../../src/git/mod.ts";
import { nodeStorage } from "../../src/git/node_storage.ts";
import { type GitServer, startGitServer } from "../support/git_server.ts";
import { temporaryFolder, type TestRepository } from "../support/make_repository.ts";
import { makeSample } from "./sample.ts";

/** The repository behind the server. */
export let sample: TestRepository;
/** A server of its own for each test. */
export let server: GitServer;
/** Folder of the clones, empty at the beginning of each test. */
export let cache: string;

/** Makes them for the tests of a file. */
export function useClones(): void {
  beforeAll(async () => {
    sample = await makeSample();
    return () => sample[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    server = await startGitServer(sample.path);
    cache = await temporaryFolder("cache");
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await rm(cache, { recursive: true });
  });
}

/** Opens the server's repository, or another, with its clone in the cache folder. */
export function open(url = server.url, options: OpenOptions = {}) {
  return openRepository(url, { storage: nodeStorage(cache), ...options });
}

/** The error of opening, and what it left in the cache folder. */
export async function failure(url = server.url, options: OpenOptions = {}) {
  const error = await open(url, options).then(() => undefined, (error) => error);
  expect(error).toBeInstanceOf(GitError);
  return { error: error as GitError, left: await readdir(cache) };
}

/** How many packs have been asked for. */
export function packs(): number {
  return server.requests.filter(({ method }) => method === "POST").length;
}
