/**
 * Tasks from the history of a repository: each commit that changes both source and tests is one, if its
 * tests show it. Which tests fail before and pass after is found by running them, as SWE-rebench does.
 *
 * @see SWE-rebench, arXiv 2505.20411, section 2
 * @module
 */
import {
  type Commit,
  type FileChange,
  GitError,
  type Repository,
  textOfBlob,
} from "../../git/mod.ts";
import type { Job } from "../../gpu/mod.ts";
import { AgentError } from "../agent_error.ts";
import type { Environment, TestReport } from "../environment/environment.ts";
import type { EnvironmentKind, Task } from "../task.ts";

/** How tasks are looked for. */
export interface HistoryTaskOptions extends Job {
  /** Where the walk begins; default `HEAD`. */
  readonly revision?: string | undefined;
  /** How many commits are looked at, at most. */
  readonly limit?: number | undefined;
  /** `owner/name`, as tasks name the repository. */
  readonly name: string;
  readonly environment: EnvironmentKind;
  /** How the tests are run, where the environment is not quickjs. */
  readonly testCommand?: string | undefined;
  /** Which files are tests; default {@linkcode isTestPath}. */
  readonly isTest?: ((path: string) => boolean) | undefined;
  /** How long a test run may take. */
  readonly timeoutMs?: number | undefined;
  open(task: Task): Promise<Environment>;
}

/** What a commit gave: a task, or the reason why none. */
export type HistoryFinding =
  | { readonly commit: string; readonly task: Task }
  | { readonly commit: string; readonly reason: string };

/** Whether a file is a test by its name, or by its folder's. */
export function isTestPath(path: string): boolean {
  return /(^|\/)(tests?|specs?|__tests__)\//.test(path) ||
    /(^|[/._-])(test|spec)s?\.\w+$/.test(path);
}

/**
 * Looks for tasks in commits, newest first. A commit that makes none tells why, and the walk goes on.
 *
 * @throws {GitError} if the history cannot be walked
 * @throws the signal's reason if the job is aborted
 */
export async function* historyTasks(
  repository: Repository,
  options: HistoryTaskOptions,
): AsyncGenerator<HistoryFinding> {
  const { revision, limit, signal, onProgress } = options;
  const start = await repository.resolve(revision);
  let done = 0;
  for await (const commit of repository.log(start, { limit })) {
    signal?.throwIfAborted();
    yield await findTask(repository, commit, options);
    onProgress?.({ phase: "look for tasks", done: ++done, total: limit ?? 0, unit: "commits" });
  }
}

async function findTask(
  repository: Repository,
  commit: Commit,
  options: HistoryTaskOptions,
): Promise<HistoryFinding> {
  const { oid, parents } = commit;
  const [parent] = parents;
  if (parent === undefined || parents.length > 1) {
    return { commit: oid, reason: parent === undefined ? "it has no parent" : "it is a merge" };
  }
  try {
    const changes = await repository.changes(commit);
    const isTest = options.isTest ?? isTestPath;
    const tests = changes.filter(({ path }) => isTest(path));
    const sources = changes.filter(({ path }) => !isTest(path));
    if (tests.length === 0) return { commit: oid, reason: "it changes no tests" };
    if (!sources.some(({ path }) => isCode(path))) {
      return { commit: oid, reason: "it changes no source" };
    }
    const draft: Task = {
      id: `${options.name.replace("/", "__")}-${oid.slice(0, 8)}`,
      repo: options.name,
      base: parent,
      problem: commit.message.trim(),
      patch: await patchOf(repository, sources),
      testPatch: await patchOf(repository, tests),
      failToPass: [],
      passToPass: [],
      split: "",
      environment: options.environment,
      files: await textFiles(repository, parent),
      ...(options.testCommand !== undefined && { testCommand: options.testCommand }),
    };
    return await withTests(draft, oid, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const isTold = error instanceof AgentError ||
      (error instanceof GitError && error.code !== "closed");
    if (!isTold) throw error;
    return { commit: oid, reason: error.message };
  }
}

/** Runs the tests before and after the patch; those that begin to pass make the task. */
async function withTests(
  draft: Task,
  commit: string,
  { open, signal, timeoutMs }: HistoryTaskOptions,
): Promise<HistoryFinding> {
  await using environment = await open(draft);
  await environment.applyPatch(draft.testPatch);
  const before = await environment.runTests({ signal, timeoutMs });
  await environment.applyPatch(draft.patch);
  const after = await environment.runTests({ signal, timeoutMs });
  const [passedBefore, passedAfter] = [passedOf(before), passedOf(after)];
  const failToPass = [...passedAfter.difference(passedBefore)].toSorted();
  const passToPass = [...passedAfter.intersection(passedBefore)].toSorted();
  if (failToPass.length > 0) return { commit, task: { ...draft, failToPass, passToPass } };
  if (after.timedOut) return { commit, reason: "its tests do not end" };
  const why = after.error ?? (passedAfter.size === 0 ? "no test passes after it" : undefined);
  return { commit, reason: why ?? "no test fails before it and passes after it" };
}

function passedOf({ passed, failed }: TestReport): Set<string> {
  return new Set(passed).difference(new Set(failed.map(({ name }) => name)));
}

function isCode(path: string): boolean {
  return /\.(m?js|cjs|jsx|tsx?|py|rb|go|rs|java|c|cc|cpp|h|hpp|cs|php|lua|sh)$/.test(path) &&
    !/(^|\/)(dist|build|vendor)\/|\.min\.js$/.test(path);
}

/** @throws {AgentError} `unsupported` for a change whose content cannot be told as text */
async function patchOf(repository: Repository, changes: readonly FileChange[]): Promise<string> {
  const patches: string[] = [];
  for (const change of changes) {
    const { text, omitted } = await repository.patch(change);
    if (omitted !== undefined) {
      throw new AgentError("unsupported", `the change of ${change.path} is not text: ${omitted}`);
    }
    patches.push(text);
  }
  return patches.join("");
}

/** The files of a commit that are text; pictures and archives are not needed to run tests. */
async function textFiles(repository: Repository, commit: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { path, oid } of repository.files(commit)) {
    const { text, omitted } = textOfBlob(await repository.read(oid));
    if (omitted === undefined) files[path] = text;
  }
  return files;
}
