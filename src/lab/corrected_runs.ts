/**
 * Corrected runs: a model works on tasks that are trained on. Where a test fails after an edit of its
 * own, the teacher goes on from there; kept are those that it brings to a good end. So a model can learn
 * from mistakes that are its own and not scripted ones.
 *
 * Source: Ross, Gordon, Bagnell: A Reduction of Imitation Learning and Structured Prediction to No-Regret
 * Online Learning (DAgger), arXiv 1011.0686.
 *
 * @module
 */
import {
  gradePatch,
  openEnvironment,
  runAgent,
  SHORT_PROMPT,
  type Task,
  teacherPolicy,
} from "../agent/mod.ts";
import type { Job } from "../gpu/mod.ts";
import type { RunFiles } from "../train/mod.ts";
import type { Step } from "../trajectory/mod.ts";
import { type AgentBatchOptions, type AgentRun, agentRuns } from "./agent_batch.ts";
import { readJson, writeJson } from "./json_file.ts";
import { CAREFUL } from "./measure/oracle_runs.ts";

/** A run that a model began and the teacher brought to its end. */
export interface CorrectedRun {
  readonly task: string;
  readonly problem: string;
  readonly steps: readonly Step[];
  /** The first so many are the model's, up to the test that failed. */
  readonly own: number;
}

/** What has come of the tasks so far. */
export interface Corrections {
  /** Tasks that the model has worked on. */
  readonly done: number;
  /** Of them those in which a test failed after an edit. */
  readonly failed: number;
  /** Of these those that the teacher has put right. */
  readonly runs: readonly CorrectedRun[];
}

/** A model, and what it is to work on. */
export interface CorrectionOptions
  extends Job, Pick<AgentBatchOptions, "format" | "steps" | "maxTokens"> {
  readonly tasks: readonly Task[];
  /** Where the runs are kept. */
  readonly files: RunFiles;
  /** Opened where a task is left. */
  open(): Promise<Pick<AgentBatchOptions, "generator" | "tokenizer"> & Disposable>;
}

/** Where {@linkcode correctRuns} keeps them. */
export const CORRECTED_FILE = "corrected.json";

/**
 * Lets the model work on every task and corrects its runs, `generator.batch` tasks at a time. Stopped, it
 * goes on with the tasks that are left.
 */
export async function correctRuns(options: CorrectionOptions): Promise<Corrections> {
  const { tasks, files, open, format, steps, maxTokens, signal, onProgress } = options;
  let made = await readJson<Corrections>(files, CORRECTED_FILE) ?? { done: 0, failed: 0, runs: [] };
  if (made.done >= tasks.length) return made;
  using model = await open();
  while (made.done < tasks.length) {
    signal?.throwIfAborted();
    const group = tasks.slice(made.done, made.done + model.generator.batch);
    const { generator, tokenizer } = model;
    const runs = await agentRuns(group, { generator, tokenizer, format, steps, maxTokens, signal });
    const corrected: CorrectedRun[] = [];
    for (const [i, task] of group.entries()) {
      const run = runs[i] && await correct(task, runs[i], signal);
      if (run) corrected.push(run);
    }
    made = {
      done: made.done + group.length,
      failed: made.failed + runs.filter(({ failedAt }) => failedAt !== null).length,
      runs: [...made.runs, ...corrected],
    };
    await writeJson(files, CORRECTED_FILE, made);
    onProgress?.({ phase: "correct", done: made.done, total: tasks.length, unit: "tasks" });
  }
  return made;
}

/** The run gone on with by the teacher; null where no test failed, or that did not put it right. */
async function correct(
  task: Task,
  { steps, failedAt }: AgentRun,
  signal: AbortSignal | undefined,
): Promise<CorrectedRun | null> {
  if (failedAt === null) return null;
  const before = steps.slice(0, failedAt + 1);
  await using environment = await openEnvironment(task);
  const run = await runAgent({
    task,
    environment,
    policy: teacherPolicy(task, CAREFUL),
    prompt: SHORT_PROMPT,
    before,
    signal,
  });
  const grade = await gradePatch(environment, task, run.outcome.patch ?? "", { signal });
  if (!grade.applied || !grade.resolved) return null;
  return { task: task.id, problem: run.task.problem, steps: run.steps, own: before.length };
}
