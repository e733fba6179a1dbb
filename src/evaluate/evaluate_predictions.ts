/**
 * From predictions to reports: each patch is graded by the tests of its task.
 *
 * @module
 */
import { AgentError, type Grade, type Task } from "../agent/mod.ts";
import type { Job } from "../gpu/mod.ts";
import { type FailureClass, failureClass } from "./failure_class.ts";
import { type InstanceReport, instanceReport } from "./instance_report.ts";
import type { Prediction } from "./predictions.ts";
import { type RunReport, runReport } from "./run_report.ts";

/** How patches are graded. */
export interface EvaluateOptions extends Job {
  /** Grades a patch: `gradePatch` in an environment, here or in a worker. */
  grade(task: Task, patch: string, options: { signal?: AbortSignal | undefined }): Promise<Grade>;
  /** How many are graded at the same time; 1 by default. */
  readonly parallel?: number | undefined;
}

/** What became of an instance. */
export interface InstanceOutcome {
  readonly id: string;
  readonly resolved: boolean;
  /** Null for a resolved one. */
  readonly failure: FailureClass | null;
  /** What kept its tests from being run, in words. */
  readonly reason?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An evaluated run. */
export interface Evaluation {
  readonly report: RunReport;
  /** By instance id, of those with a prediction. */
  readonly reports: ReadonlyMap<string, InstanceReport>;
  /** Of every task, in their order; one without a prediction has `no-patch`. */
  readonly outcomes: readonly InstanceOutcome[];
}

/**
 * Grades predictions. A task that cannot be run is an error of its instance, and the run goes on.
 *
 * @throws the signal's reason if the job is aborted
 */
export async function evaluatePredictions(
  tasks: readonly Task[],
  predictions: readonly Prediction[],
  { grade, parallel = 1, signal, onProgress }: EvaluateOptions,
): Promise<Evaluation> {
  const byId = new Map(predictions.map((prediction) => [prediction.instance_id, prediction]));
  const reports = new Map<string, InstanceReport>();
  const outcomes: InstanceOutcome[] = [];
  let done = 0;

  async function evaluate(task: Task, at: number): Promise<void> {
    const prediction = byId.get(task.id);
    const patch = prediction?.model_patch ?? null;
    let graded: Grade | null = null;
    let reason: string | undefined;
    if (patch !== null && patch.trim() !== "") {
      try {
        graded = await grade(task, patch, { signal });
        reason = graded.error;
      } catch (error) {
        signal?.throwIfAborted();
        if (!isTaskError(error)) throw error;
        reason = error.message;
      }
    }
    if (prediction) reports.set(task.id, instanceReport(patch, graded));
    const failure = failureClass(patch, graded, prediction?.exit_status);
    outcomes[at] = {
      id: task.id,
      resolved: failure === null,
      failure,
      ...(failure !== null && reason !== undefined && { reason }),
      tags: { ...task.tags, ...(task.split !== "" && { split: task.split }) },
    };
    onProgress?.({ phase: "evaluate", done: ++done, total: tasks.length, unit: "tasks" });
  }

  const left = tasks.entries();
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, async () => {
    for (const [at, task] of left) {
      signal?.throwIfAborted();
      await evaluate(task, at);
    }
  }));
  return { report: runReport(tasks.map(({ id }) => id), predictions, reports), reports, outcomes };
}

/** An error of this task alone; across a worker it keeps its name and not its class. */
function isTaskError(error: unknown): error is Error {
  return error instanceof AgentError || (error instanceof Error && error.name === "AgentError");
}
