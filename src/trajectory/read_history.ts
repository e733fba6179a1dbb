/**
 * A repository's history as contextual trajectories: one a commit, whose problem is the commit's
 * message and whose steps open each changed file and edit it. It is a plain stand-in for the D_ctx
 * samples of daVinci-Dev (arXiv 2601.18418, section 3.1), which are made of pull requests.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import {
  type Commit,
  type FileChange,
  type FileMode,
  filePatch,
  type Repository,
  textOfBlob,
  walkHistory,
} from "../git/mod.ts";
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
  const walk = { limit, renames: true, blobs: true, maxBytes: MAX_TEXT_BYTES, signal, onProgress };
  for await (const { commit, changes, blobs, error } of walkHistory(repository, start, walk)) {
    const here = changes.filter((change) => isUnder(change, path));
    if (error !== undefined) {
      errors.push({ path: commit.oid, reason: error.message, code: error.code });
    } else if (here.length === 0) {
      skipped.push({ path: commit.oid, reason: "the commit changes no file" });
    } else {
      trajectories.push(trajectoryOf(repository.source, commit, here, blobs));
    }
  }
  return { trajectories, errors, skipped };
}

type Blobs = ReadonlyMap<string, Uint8Array>;

function trajectoryOf(
  source: string,
  commit: Commit,
  changes: readonly FileChange[],
  blobs: Blobs,
): Trajectory {
  const steps: Step[] = [];
  const patches: string[] = [];
  for (const change of changes) {
    const before = side(change.before, change.beforeMode, blobs);
    const after = side(change.after, change.afterMode, blobs);
    const { text } = filePatch(change, before, after, { maxBytes: MAX_TEXT_BYTES });
    const old = change.beforeMode?.startsWith("100") ? before : undefined;
    if (old !== undefined) steps.push(openStep(change.renamedFrom ?? change.path, oldText(old)));
    steps.push(editStep(change.path, text));
    patches.push(text);
  }
  const [parent] = commit.parents;
  const name = repositoryName(source);
  return {
    id: commit.oid,
    provenance: {
      source,
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

/** One side of a change, as `filePatch` takes it. */
function side(oid: string | undefined, mode: FileMode | undefined, blobs: Blobs) {
  return oid === undefined || mode === "160000" ? undefined : blobs.get(oid) ?? "too-large";
}

function oldText(bytes: Uint8Array | "too-large"): string {
  if (bytes === "too-large") return `[over ${MAX_TEXT_BYTES} bytes, not shown]`;
  const { text, omitted } = textOfBlob(bytes, MAX_TEXT_BYTES);
  return omitted === undefined ? text : `[${omitted}, ${bytes.length} bytes]`;
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
