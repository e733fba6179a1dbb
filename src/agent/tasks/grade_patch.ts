/**
 * Grades a patch as SWE-bench does: the patch is applied to the base, then the task's own tests, and
 * each named test passes or not. What a patch changes in those tests does not count.
 *
 * @module
 */
import type { Environment, TestReport } from "../environment/environment.ts";
import { AgentError } from "../agent_error.ts";
import type { Task } from "../task.ts";

/** The tests of a list that passed, and those that did not. */
export interface NamedTests {
  readonly success: readonly string[];
  readonly failure: readonly string[];
}

/** What the tests said of a patch. */
export interface Grade {
  /** Whether there was a patch, and it fitted the base. */
  readonly applied: boolean;
  readonly failToPass: NamedTests;
  readonly passToPass: NamedTests;
  /** Whether all of both lists pass. */
  readonly resolved: boolean;
  /** Whether any of the named tests was run, to whatever end. */
  readonly found: boolean;
  /** Whether the tests were stopped because their time was over. */
  readonly timedOut: boolean;
  /** Why tests could not be run, or not to their end: "the patch does not apply: …". */
  readonly error?: string;
}

/** How long the tests may take. */
export interface GradeOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Grades a patch in an environment of its task, which is left at its base. An empty patch counts as
 * not applied, and its tests are run all the same.
 *
 * @throws {AgentError} `bad-task` if the task's own tests do not apply.
 * @throws the signal's reason if it is aborted
 * @example
 * ```ts
 * import { gradePatch, openEnvironment, type Task } from "bottega";
 * async function isResolved(task: Task, patch: string) {
 *   await using environment = await openEnvironment(task);
 *   return (await gradePatch(environment, task, patch)).resolved;
 * }
 * ```
 */
export async function gradePatch(
  environment: Environment,
  task: Task,
  patch: string,
  options: GradeOptions = {},
): Promise<Grade> {
  await environment.reset();
  try {
    const testFiles = testFilesOf(task);
    const originals = await readFiles(environment, testFiles);
    if (patch.trim() !== "") {
      const misfit = await applied(environment, patch);
      if (misfit !== null) return ungraded(task, misfit);
    }
    await restoreFiles(environment, testFiles, originals);
    const broken = await applied(environment, task.testPatch);
    if (broken !== null) {
      throw new AgentError("bad-task", `task "${task.id}": of its test patch: ${broken}`);
    }
    const paths = namedFiles(task);
    const { signal, timeoutMs } = options;
    const report = await environment.runTests({ signal, timeoutMs, ...(paths && { paths }) });
    return gradeOf(task, report, patch.trim() !== "");
  } finally {
    await environment.reset();
  }
}

/** The verdicts of a test run. A test that is told twice passes if it never fails. */
export function gradeOf(task: Task, report: TestReport, isApplied: boolean): Grade {
  const failed = new Set(report.failed.map(({ name }) => name));
  const passed = new Set(report.passed.filter((name) => !failed.has(name)));
  const divide = (names: readonly string[]): NamedTests => ({
    success: names.filter((name) => passed.has(name)),
    failure: names.filter((name) => !passed.has(name)),
  });
  const failToPass = divide(task.failToPass);
  const passToPass = divide(task.passToPass);
  return {
    applied: isApplied,
    failToPass,
    passToPass,
    resolved: failToPass.success.length > 0 &&
      failToPass.failure.length + passToPass.failure.length === 0,
    found: [...task.failToPass, ...task.passToPass].some((name) =>
      failed.has(name) || passed.has(name)
    ),
    timedOut: report.timedOut,
    ...(report.error !== undefined && { error: report.error }),
  };
}

/** The files that a patch names. */
export function patchedPaths(patch: string): string[] {
  const names = [...patch.matchAll(/^(?:---|\+\+\+) (?:[ab]\/)?([^\t\n]+)/gm)].map(([, name]) =>
    name
  );
  return [...new Set(names)].filter((name) =>
    name !== undefined && name !== "/dev/null"
  ) as string[];
}

/** Why a patch does not apply, or null. */
async function applied(environment: Environment, patch: string): Promise<string | null> {
  try {
    await environment.applyPatch(patch);
    return null;
  } catch (error) {
    const isPatch = error instanceof AgentError &&
      ["patch", "bad-path", "too-large"].includes(error.code);
    if (!isPatch) throw error;
    return error.message;
  }
}

function ungraded({ failToPass, passToPass }: Task, error: string): Grade {
  return {
    applied: false,
    failToPass: { success: [], failure: failToPass },
    passToPass: { success: [], failure: passToPass },
    resolved: false,
    found: false,
    timedOut: false,
    error,
  };
}

/** The files that the task's tests are in, as far as their names tell. */
function testFilesOf(task: Task): string[] {
  return [...new Set([...patchedPaths(task.testPatch), ...namedFiles(task) ?? []])];
}

/** The files in the names of tests, `FILE > TEST`; undefined if a name has none. */
function namedFiles({ failToPass, passToPass }: Task): string[] | undefined {
  const names = [...failToPass, ...passToPass];
  const isNamed = names.length > 0 && names.every((name) => name.includes(" > "));
  if (!isNamed) return undefined;
  return [...new Set(names.map((name) => name.slice(0, name.indexOf(" > "))))].toSorted();
}

async function readFiles(
  environment: Environment,
  paths: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const there = new Set(await environment.list());
  const files = new Map<string, Uint8Array>();
  for (const path of paths) if (there.has(path)) files.set(path, await environment.readFile(path));
  return files;
}

/** Brings files back to what they were: some were not there. */
async function restoreFiles(
  environment: Environment,
  paths: readonly string[],
  originals: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const there = new Set(await environment.list());
  for (const path of paths) {
    const original = originals.get(path);
    if (original !== undefined) await environment.writeFile(path, original);
    else if (there.has(path)) await environment.removeFile(path);
  }
}
