/**
 * Evaluation as work: a checkpoint, or patches that somebody proposed, over tasks.
 *
 * @module
 */
import * as v from "valibot";
import { gradePatch, runAgent, SHORT_PROMPT, type Task } from "../../agent/mod.ts";
import {
  evaluatePredictions,
  type InstanceOutcome,
  type Prediction,
  type ResolvedRate,
  resolvedRate,
  type RunReport,
} from "../../evaluate/mod.ts";
import { openRemoteEnvironment } from "../remote_environment.ts";
import type { Work, WorkContext } from "../work.ts";
import { AGENTS, openCheckpoint, openCheckpointPolicy } from "./checkpoint.ts";
import { forAll } from "./for_all.ts";
import { openJournal } from "./journal.ts";
import { BLOB_FILES, DEVICE, openTasks, SOURCE, text, whole } from "./request.ts";
import { tellOnce } from "./tell_once.ts";

const PREDICTION = v.object({
  instance_id: text(1000),
  model_name_or_path: text(1000),
  model_patch: v.nullable(text()),
  exit_status: v.optional(text(1000)),
});

const REQUEST = v.pipe(
  v.strictObject({
    tasks: SOURCE,
    split: v.optional(text(200)),
    limit: v.optional(whole(1)),
    /** One of the two: a checkpoint's files, or patches. */
    model: v.optional(BLOB_FILES),
    predictions: v.optional(v.array(PREDICTION)),
    steps: v.optional(whole(1, 10_000), 100),
    /** How long a test run may take. */
    timeoutMs: v.optional(whole(1)),
    tokenizer: v.optional(text(200)),
    device: DEVICE,
  }),
  v.check(
    ({ model, predictions }) => (model === undefined) !== (predictions === undefined),
    "exactly one of model and predictions says what is evaluated",
  ),
);

/** What to evaluate. */
export type EvaluateOrder = v.InferInput<typeof REQUEST>;

/** How it did. */
export interface EvaluateOutcome {
  readonly rate: ResolvedRate;
  /** SWE-bench's summary. */
  readonly report: RunReport;
  readonly outcomes: readonly InstanceOutcome[];
  readonly predictions: readonly Prediction[];
}

type Request = v.InferOutput<typeof REQUEST>;

/** Grades patches by the tests of their tasks; events are the predictions as they are made. */
export const EVALUATE: Work<Request, EvaluateOutcome> = {
  schema: REQUEST,
  needs: ["sandbox"],
  async run(request, context) {
    const { timeoutMs } = request;
    const { signal, onProgress } = context;
    const tasks = await openTasks(request.tasks, request, context);
    const predictions = request.predictions ?? await predict(tasks, request, context);
    const { report, outcomes } = await evaluatePredictions(tasks, predictions, {
      signal,
      onProgress,
      parallel: navigator.hardwareConcurrency,
      async grade(task, patch, { signal }) {
        await using environment = await openRemoteEnvironment(task);
        return await gradePatch(environment, task, patch, { signal, timeoutMs });
      },
    });
    return { rate: resolvedRate("all", outcomes), report, outcomes, predictions };
  },
};

/** What a checkpoint proposes, as an agent that takes the likeliest token; what is done is kept. */
async function predict(
  tasks: readonly Task[],
  { model, tokenizer, device, steps }: Request,
  context: WorkContext,
): Promise<Prediction[]> {
  const { files, signal, onProgress } = context;
  const journal = await openJournal<Prediction>(files, "predictions.jsonl");
  const tell = tellOnce<Prediction>(context, ({ instance_id }) => instance_id);
  for (const made of journal.rows) tell(made);
  const done = new Map(journal.rows.map((made) => [made.instance_id, made]));
  using checkpoint = await openCheckpoint(model ?? {}, { device, tokenizer }, context);
  const { policy, generator } = await openCheckpointPolicy(checkpoint, "checkpoint", 0);
  using _generator = generator;
  const left = tasks.filter(({ id }) => !done.has(id));
  await forAll(left, { signal, onProgress, size: AGENTS, phase: "work" }, async (task) => {
    await using environment = await openRemoteEnvironment(task);
    const run = { task, environment, policy, prompt: SHORT_PROMPT, limits: { steps }, signal };
    const { outcome } = await runAgent(run);
    const made: Prediction = {
      instance_id: task.id,
      model_name_or_path: "checkpoint",
      model_patch: outcome.patch ?? null,
      ...(outcome.exitStatus !== undefined && { exit_status: outcome.exitStatus }),
    };
    await journal.add(made);
    done.set(task.id, made);
    tell(made);
  });
  return tasks.flatMap(({ id }) => done.get(id) ?? []);
}
