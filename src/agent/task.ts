/**
 * What a task is: a repository state, a problem statement, and the tests that decide. On disk the keys
 * are SWE-bench's (`swebench/harness/constants`, `SWEbenchInstance`) with ours beside them, so that its
 * instances, SWE-rebench's and our own are read alike.
 *
 * @module
 */
import * as v from "valibot";
import { AgentError } from "./agent_error.ts";

/** Where a task's code can run. */
export const ENVIRONMENT_KINDS = ["quickjs", "bubblewrap", "container"] as const;

/** One of {@linkcode ENVIRONMENT_KINDS}. */
export type EnvironmentKind = typeof ENVIRONMENT_KINDS[number];

/** A problem in a repository, and how to tell whether it is solved. Test names: `<file> > <name>`. */
export interface Task {
  /** SWE-bench's `instance_id`. */
  readonly id: string;
  /** For example `pandas-dev/pandas`. */
  readonly repo: string;
  /** The commit that the agent starts from; null where {@linkcode files} say it all. */
  readonly base: string | null;
  /** What a user would report. */
  readonly problem: string;
  /** The gold patch, as a unified diff against the base; never shown to an agent. */
  readonly patch: string;
  /** Changes to the tests that come with the gold patch; applied before grading, never shown. */
  readonly testPatch: string;
  /** The tests that fail at the base and pass with the gold patch. */
  readonly failToPass: readonly string[];
  /** The tests that pass before and after. */
  readonly passToPass: readonly string[];
  /** For example `train`, `test`, `test-hard`; `""` where the source names none. */
  readonly split: string;
  readonly environment: EnvironmentKind;
  /** The whole repository at its base, tests included, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** The image of a `container` task. */
  readonly image?: string;
  /** How the repository runs its tests, as one shell command; not for `quickjs`. */
  readonly testCommand?: string;
  /** Anything that results are grouped by: kind of bug, wrapped or direct. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** What an agent may know of a task. */
export type PublicTask = Pick<Task, "id" | "repo" | "base" | "problem">;

/** Leaves out of a task what would give the solution away. */
export function publicTask({ id, repo, base, problem }: Task): PublicTask {
  return { id, repo, base, problem };
}

/**
 * Reads a task from its JSON form.
 *
 * `FAIL_TO_PASS` and `PASS_TO_PASS` are lists, or JSON text of lists (Hugging Face's SWE-bench).
 * `sandbox` names the environment (`environment` is a recipe for conda in SWE-rebench); without it, a
 * task with `files` runs in quickjs and any other in a container. Keys that are not known are ignored.
 *
 * @throws {AgentError} `bad-task`, with the task's id and the key.
 *
 * @example
 * ```ts
 * import { parseTask } from "bottega";
 * const task = parseTask({
 *   instance_id: "shop-1",
 *   repo: "bottega/shop",
 *   problem_statement: "total() of an empty cart is NaN",
 *   patch: "",
 *   FAIL_TO_PASS: ["cart.test.js > an empty cart costs nothing"],
 *   files: { "cart.js": "export const total = (prices) => prices.reduce((a, b) => a + b);" },
 * });
 * // task.environment === "quickjs"
 * ```
 */
export function parseTask(json: unknown): Task {
  const result = v.safeParse(TaskJson, json);
  if (!result.success) throw badTask(json, result.issues[0]);
  const row = result.output;
  const image = row.image ?? row.image_name ?? row.docker_image;
  return {
    id: row.instance_id,
    repo: row.repo,
    base: row.base_commit ?? null,
    problem: row.problem_statement,
    patch: row.patch,
    testPatch: row.test_patch ?? "",
    failToPass: row.FAIL_TO_PASS,
    passToPass: row.PASS_TO_PASS ?? [],
    split: row.split ?? "",
    environment: row.sandbox ?? (row.files ? "quickjs" : "container"),
    ...(row.files && { files: row.files }),
    ...(image != null && { image }),
    ...(row.test_command != null && { testCommand: row.test_command }),
    ...(row.tags && { tags: row.tags }),
  };
}

/** The JSON form of a task, which {@linkcode parseTask} reads back unchanged. */
export function writeTask(task: Task): Record<string, unknown> {
  return {
    instance_id: task.id,
    repo: task.repo,
    base_commit: task.base,
    problem_statement: task.problem,
    patch: task.patch,
    test_patch: task.testPatch,
    FAIL_TO_PASS: task.failToPass,
    PASS_TO_PASS: task.passToPass,
    split: task.split,
    sandbox: task.environment,
    ...(task.files && { files: task.files }),
    ...(task.image !== undefined && { image: task.image }),
    ...(task.testCommand !== undefined && { test_command: task.testCommand }),
    ...(task.tags && { tags: task.tags }),
  };
}

const TestNames = v.pipe(
  v.union([v.array(v.string()), v.string()]),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    if (typeof dataset.value !== "string") return dataset.value;
    const names = parseNames(dataset.value);
    if (names) return names;
    addIssue({
      message: `expected a list of test names, or its JSON, not ${quote(dataset.value)}`,
    });
    return NEVER;
  }),
);

const TaskJson = v.object({
  instance_id: v.pipe(v.string(), v.nonEmpty("must not be empty")),
  repo: v.string(),
  base_commit: v.nullish(v.string()),
  problem_statement: v.string(),
  patch: v.string(),
  test_patch: v.nullish(v.string()),
  FAIL_TO_PASS: TestNames,
  PASS_TO_PASS: v.nullish(TestNames),
  split: v.nullish(v.string()),
  sandbox: v.optional(v.picklist(ENVIRONMENT_KINDS)),
  files: v.nullish(v.record(v.string(), v.string())),
  image: v.nullish(v.string()),
  image_name: v.nullish(v.string()),
  docker_image: v.nullish(v.string()),
  test_command: v.nullish(v.string()),
  tags: v.nullish(v.record(v.string(), v.string())),
});

function parseNames(json: string): string[] | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  return v.is(v.array(v.string()), value) ? value : null;
}

function badTask(json: unknown, issue: v.BaseIssue<unknown>): AgentError {
  const id = typeof json === "object" && json !== null && "instance_id" in json
    ? `task ${quote(String(json.instance_id))}`
    : "a task without instance_id";
  const key = v.getDotPath(issue);
  return new AgentError("bad-task", `${id}: ${key === null ? "" : `${key}: `}${issue.message}`);
}

/** A value as an error message shows it. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
