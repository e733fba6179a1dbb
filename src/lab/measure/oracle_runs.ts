/**
 * What a careful teacher does on held-out tasks: conversations that actions and losses are measured on,
 * the same for all models.
 *
 * @module
 */
import {
  type Fix,
  goldFixes,
  openEnvironment,
  rollOut,
  SHORT_PROMPT,
  type Task,
  teacherPolicy,
} from "../../agent/mod.ts";
import type { Step } from "../../trajectory/mod.ts";
import { readJson, writeJson } from "../json_file.ts";
import type { Lab } from "../lab.ts";
import { evaluatedTasks } from "../world.ts";

/** A conversation in which nothing is wrong but what only a test can tell. */
export interface OracleRun {
  readonly task: string;
  readonly problem: string;
  readonly steps: readonly Step[];
  /** The edits that are right. */
  readonly fixes: readonly Fix[];
}

/** A teacher that errs only where a value has to be guessed. */
export const CAREFUL = { wrongTurns: 0, wrongFixes: 0, careless: 0, givesUp: 0 };

/** The conversations on the first so many tasks of `test`, made once. */
export async function oracleRuns(count: number, lab: Lab): Promise<OracleRun[]> {
  const { world, spec, files, signal } = lab;
  const tasks = evaluatedTasks(world, spec).test.slice(0, count);
  const file = `oracle-${tasks.length}.json`;
  const kept = await readJson<OracleRun[]>(files, file);
  if (kept) return kept;
  const runs: OracleRun[] = [];
  for (const task of tasks) {
    signal?.throwIfAborted();
    runs.push(await oracleRun(task, signal));
  }
  await writeJson(files, file, runs);
  return runs;
}

async function oracleRun(task: Task, signal: AbortSignal | undefined): Promise<OracleRun> {
  const policy = teacherPolicy(task, CAREFUL);
  const options = { task, run: 1, policy, open: openEnvironment, prompt: SHORT_PROMPT, signal };
  const { trajectory: { task: { problem }, steps } } = await rollOut(options);
  return { task: task.id, problem, steps, fixes: await goldFixes(task) };
}
