/**
 * Rollouts as work: an agent runs tasks, and a journal of what came of each run is the result.
 *
 * @module
 */
import * as v from "valibot";
import {
  journalLine,
  type Policy,
  type Rollout,
  rollOut,
  SHORT_PROMPT,
  SWE_AGENT_PROMPT,
  type Task,
  teacherPolicy,
} from "../../agent/mod.ts";
import { loadTokenizer } from "../../tokenizer/mod.ts";
import { openRemoteEnvironment } from "../remote_environment.ts";
import type { Work, WorkContext } from "../work.ts";
import { AGENTS, openCheckpoint, openCheckpointPolicy } from "./checkpoint.ts";
import { forAll } from "./for_all.ts";
import { openJournal } from "./journal.ts";
import { between, BLOB_FILES, DEVICE, openTasks, SOURCE, text, whole } from "./request.ts";
import { tellOnce } from "./tell_once.ts";

const REQUEST = v.strictObject({
  tasks: SOURCE,
  split: v.optional(text(200)),
  limit: v.optional(whole(1)),
  /** How often each task is run. */
  runs: v.optional(whole(1, 1000), 1),
  /** The checkpoint that decides; without it the teacher does, who knows the fix. */
  model: v.optional(BLOB_FILES),
  tokenizer: v.optional(text(200), "o200k_base"),
  temperature: v.optional(between(0, 100), 0),
  /** How often the teacher's fix is wrong. */
  wrongFixes: v.optional(between(0, 1)),
  seed: v.optional(whole(0), 0),
  format: v.optional(v.picklist(["function", "chat"]), "function"),
  prompt: v.optional(v.picklist(["short", "swe-agent"]), "short"),
  steps: v.optional(whole(1, 10_000), 100),
  /** Longer trajectories are dropped. */
  maxTokens: v.optional(whole(1), 131_072),
  /** Replay each run and compare what it observed. */
  verify: v.optional(v.boolean(), false),
  device: DEVICE,
});

/** What to run. */
export type RolloutOrder = v.InferInput<typeof REQUEST>;

/** What came of it. */
export interface RolloutOutcome {
  readonly rollouts: number;
  readonly passed: number;
  readonly dropped: number;
  /** A JSONL blob of one `Rollout` a line; see `parseJournal`. */
  readonly journal: string;
}

type Request = v.InferOutput<typeof REQUEST>;

/** A rollout is done. */
export interface RolloutEvent {
  readonly id: string;
  readonly resolved: boolean | null;
  readonly tokens: number;
}

/** Runs tasks, and goes on after those that are done; events are `RolloutEvent`s. */
export const ROLLOUT: Work<Request, RolloutOutcome> = {
  schema: REQUEST,
  needs: ["sandbox"],
  async run(request, context) {
    const { files, signal, onProgress } = context;
    const tasks = await openTasks(request.tasks, request, context);
    const journal = await openJournal<Rollout>(files, "journal.jsonl");
    const tell = tellOnce<RolloutEvent>(context, ({ id }) => id);
    for (const rollout of journal.rows) tell(eventOf(rollout));
    const done = new Map(journal.rows.map((rollout) => [rollout.trajectory.id, rollout]));
    const all = tasks.flatMap((task) =>
      Array.from({ length: request.runs }, (_, n) => ({ task, run: n + 1 }))
    );
    const idOf = ({ task, run }: { task: Task; run: number }) => `${task.id}.run-${run}`;
    const left = all.filter((one) => !done.has(idOf(one)));

    using open = new DisposableStack();
    const policyOf = await openPolicies(request, context, open);
    const tokenizer = await loadTokenizer(request.tokenizer);
    const { seed, format, steps, maxTokens, verify } = request;
    const size = request.model ? AGENTS : navigator.hardwareConcurrency;
    await forAll(left, { signal, onProgress, size, phase: "roll out" }, async ({ task, run }) => {
      const rollout = await rollOut({
        task,
        run,
        policy: policyOf(task),
        seed,
        format,
        prompt: request.prompt === "short" ? SHORT_PROMPT : SWE_AGENT_PROMPT,
        limits: { steps },
        maxTokens,
        verify,
        countTokens: (text) => tokenizer.encode(text).length,
        open: (task) => openRemoteEnvironment(task, { limits: { timeoutMs: TEST_TIMEOUT_MS } }),
        signal,
      });
      await journal.add(rollout);
      done.set(rollout.trajectory.id, rollout);
      tell(eventOf(rollout));
    });
    return await outcomeOf(all.flatMap((one) => done.get(idOf(one)) ?? []), context);
  },
};

function eventOf({ trajectory: { id, outcome }, tokens }: Rollout): RolloutEvent {
  return { id, resolved: outcome.resolved ?? null, tokens };
}

/** Long: what never ends is stopped by its steps, after which a replay observes the same. */
const TEST_TIMEOUT_MS = 8_000;

async function openPolicies(
  { model, device, temperature, wrongFixes }: Request,
  context: WorkContext,
  open: DisposableStack,
): Promise<(task: Task) => Policy> {
  if (!model) return (task) => teacherPolicy(task, wrongFixes === undefined ? {} : { wrongFixes });
  const checkpoint = open.use(await openCheckpoint(model, { device }, context));
  const { policy, generator } = await openCheckpointPolicy(checkpoint, "checkpoint", temperature);
  open.use(generator);
  return () => policy;
}

async function outcomeOf(
  rollouts: readonly Rollout[],
  { data }: WorkContext,
): Promise<RolloutOutcome> {
  const kept = rollouts.filter(({ dropped }) => !dropped);
  return {
    rollouts: rollouts.length,
    passed: kept.filter(({ trajectory }) => trajectory.outcome.resolved).length,
    dropped: rollouts.length - kept.length,
    journal: await data.write(new TextEncoder().encode(rollouts.map(journalLine).join(""))),
  };
}
