/**
 * Whether a task is what it says: its tests fail before the gold patch and pass after it, every time.
 *
 * @module
 */
import type { Environment } from "../environment/environment.ts";
import { AgentError } from "../agent_error.ts";
import type { Task } from "../task.ts";
import { type Grade, type GradeOptions, gradePatch } from "./grade_patch.ts";

/** Why a task is set aside. */
export type TaskFault =
  /** It names no test that the patch makes pass, or none of those it names is there. */
  | "no-tests"
  /** The gold patch, or the tests' own, does not fit the base. */
  | "does-not-apply"
  /** A test that should fail passes without the gold patch. */
  | "passes-before"
  /** A test that should pass fails with the gold patch. */
  | "fails-after"
  /** A test that should pass before as well does not. */
  | "broken-before"
  /** The tests do not end within their time. */
  | "timeout"
  /** The same tests gave different results. */
  | "flaky"
  /** The environment could not be opened. */
  | "environment";

/** What was found. */
export interface Validation {
  readonly id: string;
  readonly valid: boolean;
  /** Why not. */
  readonly fault?: TaskFault;
  /** The fault in words, with the tests it is about. */
  readonly reason?: string;
}

/** How a task is validated. */
export interface ValidateOptions extends GradeOptions {
  /** How often tests are run before, and after; by default three times. */
  readonly runs?: number | undefined;
  /** Opens the task, with other random numbers for another seed. */
  open(task: Task, options: { seed: number }): Promise<Environment>;
}

/**
 * Runs the tests of a task before and after its gold patch. What is wrong with the task is told, not
 * thrown.
 *
 * @throws the signal's reason if it is aborted
 */
export async function validateTask(task: Task, options: ValidateOptions): Promise<Validation> {
  const { runs = 3, signal } = options;
  if (task.failToPass.length === 0) {
    return invalid(task, "no-tests", "no test fails before the gold patch and passes after it");
  }
  try {
    const before: Grade[] = [];
    const after: Grade[] = [];
    for (let run = 0; run < runs; run++) {
      signal?.throwIfAborted();
      await using environment = await opened(task, options, run);
      before.push(await gradePatch(environment, task, "", options));
      after.push(await gradePatch(environment, task, task.patch, options));
      const fault = faultOf(task, before, after);
      if (fault !== null) return fault;
    }
    return { id: task.id, valid: true };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return invalid(
      task,
      error.code === "bad-task" ? "does-not-apply" : "environment",
      error.message,
    );
  }
}

/** What keeps a task from being opened is the environment's, whatever its code. */
async function opened(task: Task, options: ValidateOptions, seed: number): Promise<Environment> {
  try {
    return await options.open(task, { seed });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    throw new AgentError("unavailable", error.message, { cause: error });
  }
}

/** What the runs so far say against the task; a run that differs from the first is chance. */
function faultOf(
  task: Task,
  before: readonly Grade[],
  after: readonly Grade[],
): Validation | null {
  for (const [grades, when] of [[before, "before"], [after, "after"]] as const) {
    const [first] = grades;
    const last = grades.at(-1);
    if (first === undefined || last === undefined) continue;
    const changed = difference(first, last);
    if (changed.length > 0) {
      const times = `run ${grades.length} ${when} the patch differs from the first`;
      return invalid(task, "flaky", `${times} in ${listed(changed)}`);
    }
    if (last.timedOut) {
      return invalid(task, "timeout", `tests do not end, ${when} the patch`);
    }
  }
  const [start, end] = [before.at(-1), after.at(-1)];
  if (start === undefined || end === undefined) return null;
  if (!end.applied) return invalid(task, "does-not-apply", end.error ?? "the gold patch is empty");
  if (!end.found) {
    const why = end.error === undefined ? "" : `: ${end.error}`;
    return invalid(task, "no-tests", `none of the tests that it names was run${why}`);
  }
  const early = start.failToPass.success;
  if (early.length > 0) {
    return invalid(task, "passes-before", `passes before the patch: ${listed(early)}`);
  }
  const broken = start.passToPass.failure;
  if (broken.length > 0) {
    return invalid(task, "broken-before", `fails before the patch: ${listed(broken)}`);
  }
  const late = [...end.failToPass.failure, ...end.passToPass.failure];
  if (late.length > 0) {
    const why = end.error === undefined ? "" : ` (${end.error})`;
    return invalid(task, "fails-after", `fails after the patch: ${listed(late)}${why}`);
  }
  return null;
}

/** The tests whose verdicts differ. */
function difference(a: Grade, b: Grade): string[] {
  const passed = (grade: Grade) =>
    new Set([...grade.failToPass.success, ...grade.passToPass.success]);
  return [...passed(a).symmetricDifference(passed(b))];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function invalid({ id }: Task, fault: TaskFault, reason: string): Validation {
  return { id, valid: false, fault, reason };
}
