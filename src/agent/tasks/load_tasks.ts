/**
 * Tasks from files: our own, SWE-bench's and SWE-rebench's instances, as JSON, JSONL or Parquet.
 *
 * @module
 */
import type { Job } from "../../gpu/mod.ts";
import {
  openFileSource,
  type ReadError,
  readRecords,
  type SourceFile,
  type SourceInput,
  TrajectoryError,
} from "../../trajectory/mod.ts";
import { AgentError } from "../agent_error.ts";
import { parseTask, type Task } from "../task.ts";

/** The tasks of a source, and what could not be read. */
export interface TaskSet {
  readonly tasks: readonly Task[];
  readonly errors: readonly ReadError[];
}

/**
 * Reads the tasks of a source: a file, a folder, a bundle, a git URL. Records that are no tasks are
 * errors in a file that holds tasks; files without any are passed over, unless nothing else is there.
 *
 * @throws {TrajectoryError} for a source that cannot be opened
 * @throws the signal's reason if the job is aborted
 * @example
 * ```ts
 * import { loadTasks } from "bottega";
 * const { tasks, errors } = await loadTasks("worlds/mini");
 * console.log(tasks.length, errors);
 * ```
 */
export async function loadTasks(source: SourceInput, job: Job = {}): Promise<TaskSet> {
  const files = await openFileSource(source, job);
  try {
    const found: TaskSet[] = [];
    for await (const file of files.files()) {
      job.signal?.throwIfAborted();
      if (!/\.(jsonl?|ndjson|parquet)(\.gz)?$/i.test(file.path) || file.skip !== undefined) {
        continue;
      }
      found.push(await readTaskFile(file, job));
    }
    const telling = found.filter(({ tasks }) => tasks.length > 0);
    return withUniqueIds(telling.length > 0 ? telling : found);
  } finally {
    await files.close();
  }
}

async function readTaskFile(file: SourceFile, { signal }: Job): Promise<TaskSet> {
  const tasks: Task[] = [];
  const errors: ReadError[] = [];
  const { path } = file;
  const take = (value: unknown, row: number | undefined) => {
    if (Array.isArray(value)) {
      value.forEach((item, at) => take(item, at));
      return;
    }
    try {
      tasks.push(parseTask(value));
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      const { code, message: reason } = error;
      errors.push({ path, ...(row === undefined ? {} : { row }), reason, code });
    }
  };
  try {
    for await (const read of readRecords(file, { signal })) {
      if ("value" in read) take(read.value, read.row);
      else errors.push({ path, reason: read.error.message, code: read.error.code });
    }
  } catch (error) {
    if (!(error instanceof TrajectoryError)) throw error;
    errors.push({ path, reason: error.message, code: error.code });
  }
  return { tasks, errors };
}

/** All sets in one; of tasks with the same id the first counts. */
function withUniqueIds(sets: readonly TaskSet[]): TaskSet {
  const byId = new Map<string, Task>();
  const errors = sets.flatMap((set) => set.errors);
  for (const task of sets.flatMap(({ tasks }) => tasks)) {
    if (!byId.has(task.id)) byId.set(task.id, task);
    else errors.push({ path: task.id, reason: `a second task "${task.id}"`, code: "bad-task" });
  }
  return { tasks: [...byId.values()], errors };
}
