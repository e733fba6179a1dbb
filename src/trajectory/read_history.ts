/**
 * A repository's history as contextual trajectories: one a commit, whose problem is the commit's
 * message and whose steps open each changed file and edit it. It is a plain stand-in for the D_ctx
 * samples of daVinci-Dev (arXiv 2601.18418, section 3.1), which are made of pull requests.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { type Commit, type FileChange, GitError, type Repository, textOfBlob } from "../git/mod.ts";
import type { Step, Trajectory } from "./trajectory.ts";
import type { ReadError, Skipped, TrajectorySet } from "./trajectory_set.ts";

/** Longer files are not shown: at about four characters a token, these are 64k tokens. */
const MAX_TEXT_BYTES = 256 * 1024;

/** Which commits: how many, from which on back, and below which folder they must change a file. */
export interface HistoryOptions extends Job {
  readonly limit?: number | undefined;
  readonly revision?: string | undefined;
  readonly path?: string | undefined;
}

/**
 * Reads the commits from `revision` (default `HEAD`) back, newest first. Commits that change no file
 * are in `skipped`; one that cannot be read is in `errors`, by its oid.
 *
 * @throws {GitError} `no-such-revision`, and what keeps the log from being walked
 * @throws the signal's reason if the job is aborted
 */
export async function readHistory(
  repository: Repository,
  { limit, revision, path, signal, onProgress }: HistoryOptions = {},
): Promise<TrajectorySet> {
  const trajectories: Trajectory[] = [];
  const errors: ReadError[] = [];
  const skipped: Skipped[] = [];
  const start = await repository.resolve(revision);
  let done = 0;
  for await (const commit of repository.log(start, limit === undefined ? {} : { limit })) {
    signal?.throwIfAborted();
    try {
      const changes = (await repository.changes(commit, { renames: true }))
        .filter((change) => isUnder(change, path));
      if (changes.length > 0) trajectories.push(await readCommit(repository, commit, changes));
      else skipped.push({ path: commit.oid, reason: "the commit changes no file" });
    } catch (error) {
      if (!(error instanceof GitError) || error.code === "closed") throw error;
      errors.push({ path: commit.oid, reason: error.message, code: error.code });
    }
    done += 1;
    onProgress?.({ phase: "read", done, total: limit ?? 0, unit: "commits" });
  }
  return { trajectories, errors, skipped };
}

async function readCommit(
  repository: Repository,
  commit: Commit,
  changes: readonly FileChange[],
): Promise<Trajectory> {
  const steps: Step[] = [];
  const patches: string[] = [];
  for (const change of changes) {
    const path = change.renamedFrom ?? change.path;
    const { text } = await repository.patch(change, { maxBytes: MAX_TEXT_BYTES });
    const old = await oldText(repository, change);
    if (old !== undefined) steps.push(openStep(path, old));
    steps.push(editStep(change.path, text));
    patches.push(text);
  }
  const [parent] = commit.parents;
  const name = repositoryName(repository.source);
  return {
    id: commit.oid,
    provenance: {
      source: repository.source,
      commit: commit.oid,
      path: commit.oid,
      format: "history",
    },
    task: {
      problem: commit.message,
      ...(name === undefined ? {} : { repository: name }),
      ...(parent === undefined ? {} : { baseCommit: parent }),
    },
    system: "",
    steps,
    outcome: { resolved: null, patch: patches.join("") },
  };
}

/** What the file was; nothing where it was not, or is no file but a link or a submodule. */
async function oldText(
  repository: Repository,
  { before, beforeMode }: FileChange,
): Promise<string | undefined> {
  if (before === undefined || !beforeMode?.startsWith("100")) return undefined;
  try {
    const bytes = await repository.read(before, { maxBytes: MAX_TEXT_BYTES });
    const { text, omitted } = textOfBlob(bytes, MAX_TEXT_BYTES);
    return omitted === undefined ? text : `[${omitted}, ${bytes.length} bytes]`;
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== "too-large") throw error;
    return `[too-large]`;
  }
}

function openStep(path: string, text: string): Step {
  return {
    thought: "",
    calls: [{ name: "open", arguments: { path }, text: `open ${path}` }],
    observations: [{ text }],
  };
}

function editStep(path: string, patch: string): Step {
  return {
    thought: "",
    calls: [{ name: "edit", arguments: { path }, text: patch }],
    observations: [],
  };
}

function isUnder({ path }: FileChange, folder = ""): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder.replace(/\/+$/, "")}/`);
}

/** `owner/name` from a URL. */
function repositoryName(source: string): string | undefined {
  return /^https?:\/\/[^/]+\/(?:.*\/)?([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(source)?.[1];
}
