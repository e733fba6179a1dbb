/**
 * Proof that a sample tells the truth: its edits, applied in order to the files of its base, are held
 * against the repository's own files, byte for byte, after each commit and at the end.
 *
 * @module
 */
import { GitError, type Repository } from "../git/mod.ts";
import { applyPatch, parsePatch } from "./apply_patch.ts";
import { CorpusError } from "./corpus_error.ts";
import { applyEdit, type Edit } from "./edit.ts";
import type { Sample, SampleCommit } from "./sample.ts";

/** What was proven of a sample, and what is wrong with it. */
export interface Verification {
  /** Edits or patches that were applied. */
  readonly applied: number;
  /** Contents that were compared. */
  readonly compared: number;
  readonly faults: readonly string[];
}

/**
 * Checks a sample of a history against its repository. A `python` sample must give every file that
 * differs between base and head, each patch of a `general` one the files that it names, and the edits
 * of a `factorized` one what the head holds. Other kinds have nothing to check.
 */
export async function verifySample(git: Repository, sample: Sample): Promise<Verification> {
  const check = new Check(git);
  const commits = sample.commits ?? [];
  try {
    if (sample.kind === "general") {
      for (const commit of commits) await check.patch(commit);
    } else {
      await check.edits(sample.base, commits, sample.kind === "python");
    }
  } catch (error) {
    if (!(error instanceof CorpusError) && !(error instanceof GitError)) throw error;
    check.faults.push(error.message);
  }
  return check;
}

class Check implements Verification {
  applied = 0;
  compared = 0;
  readonly faults: string[] = [];
  readonly #git: Repository;

  constructor(git: Repository) {
    this.#git = git;
  }

  async edits(
    base: string | null,
    commits: readonly SampleCommit[],
    isWhole: boolean,
  ): Promise<void> {
    const touched = new Set(commits.flatMap(({ edits }) => edits.flatMap(pathsOf)));
    const files = await this.#files(base, touched);
    for (const { oid, edits } of commits) {
      for (const edit of edits) {
        applyEdit(files, edit);
        this.applied++;
      }
      if (isWhole) await this.#compare(files, oid, new Set(edits.flatMap(pathsOf)));
    }
    const head = commits.at(-1)?.oid;
    if (head === undefined) return;
    const differing = isWhole ? await this.#differing(base, head) : [];
    await this.#compare(files, head, new Set([...touched, ...differing]));
  }

  async patch({ oid, patch = "" }: SampleCommit): Promise<void> {
    const paths = new Set(
      parsePatch(patch).flatMap(({ before, after }) => [before, after])
        .filter((path) => path !== undefined),
    );
    const [parent] = (await this.#git.commit(oid)).parents;
    const files = await this.#files(parent ?? null, paths);
    applyPatch(files, patch);
    this.applied++;
    await this.#compare(files, oid, paths);
  }

  async #files(commit: string | null, paths: Iterable<string>): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    for (const path of commit === null ? [] : paths) {
      const bytes = await this.#read(commit ?? "", path);
      if (bytes) files.set(path, STRICT.decode(bytes));
    }
    return files;
  }

  async #compare(
    files: ReadonlyMap<string, string>,
    commit: string,
    paths: Iterable<string>,
  ): Promise<void> {
    for (const path of paths) {
      this.compared++;
      const wanted = await this.#read(commit, path);
      const text = files.get(path);
      const given = text === undefined ? undefined : new TextEncoder().encode(text);
      if (wanted && given ? equal(wanted, given) : wanted === given) continue;
      this.faults.push(`${JSON.stringify(path)} is not what ${commit} holds`);
    }
  }

  async #read(commit: string, path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#git.readFile(commit, path, { shared: true });
    } catch (error) {
      if (error instanceof GitError && error.code === "no-such-path") return undefined;
      throw error;
    }
  }

  async #differing(base: string | null, head: string): Promise<string[]> {
    if (base !== null) return (await this.#git.compare(base, head)).map(({ path }) => path);
    const paths: string[] = [];
    for await (const { path } of this.#git.files(head)) paths.push(path);
    return paths;
  }
}

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function pathsOf(edit: Edit): string[] {
  return edit.kind === "rename" ? [edit.path, edit.newPath] : [edit.path];
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}
