/**
 * Rollouts: an agent runs a task, and the task's tests say whether it passed. Passing and failing runs
 * are kept both, those over the token limit are dropped; see daVinci-Dev (arXiv 2601.18418), section
 * 3.2.
 *
 * @module
 */
import { segments, type Trajectory } from "../trajectory/mod.ts";
import type { Environment } from "./environment/environment.ts";
import type { MessageFormat, Policy } from "./policies/policy.ts";
import { observedDifference, replayPolicy } from "./policies/replay.ts";
import type { Prompt } from "./prompt.ts";
import { type AgentLimits, runAgent } from "./run_agent.ts";
import type { Task } from "./task.ts";
import { type Grade, gradePatch } from "./tasks/grade_patch.ts";

/** One of several runs of a task. */
export interface RolloutOptions {
  readonly task: Task;
  /** Which run, from 1; other runs make other choices. */
  readonly run: number;
  readonly policy: Policy;
  open(task: Task): Promise<Environment>;
  /** Added to the run's number as the seed of the policy's choices; default 0. */
  readonly seed?: number | undefined;
  readonly format?: MessageFormat | undefined;
  readonly prompt?: Prompt | undefined;
  readonly limits?: Partial<AgentLimits> | undefined;
  /** Default: a token for each four characters. */
  readonly countTokens?: ((text: string) => number) | undefined;
  /** Trajectories of more tokens are dropped; default 131,072. */
  readonly maxTokens?: number | undefined;
  /** Whether it is replayed, and each observation compared; default false. */
  readonly verify?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What came of a run. */
export interface Rollout {
  /** Its id ends with the run's number, `TASK.run-1`; `outcome.resolved` is what the tests say. */
  readonly trajectory: Trajectory;
  readonly run: number;
  readonly grade: Grade;
  readonly tokens: number;
  /** Whether it is over the token limit. */
  readonly dropped: boolean;
  /** Where a replay observed something else; null if nowhere, missing if it was not replayed. */
  readonly differsAt?: number | null;
}

/**
 * Runs a task once and grades what was submitted.
 *
 * @throws {AgentError} where the environment cannot be opened
 * @throws the signal's reason if it is aborted
 */
export async function rollOut(options: RolloutOptions): Promise<Rollout> {
  const { task, run, policy, signal, seed = 0, maxTokens = DEFAULT_MAX_TOKENS } = options;
  const { countTokens = (text) => Math.ceil(text.length / 4) } = options;
  const { format, prompt, limits } = options;
  const agent = { task, format, prompt, limits, countTokens, signal };
  await using environment = await options.open(task);
  const ran = await runAgent({ ...agent, environment, policy, seed: seed + run });
  const grade = await gradePatch(environment, task, ran.outcome.patch ?? "", { signal });
  const id = `${task.id}.run-${run}`;
  const trajectory: Trajectory = {
    ...ran,
    id,
    provenance: { ...ran.provenance, path: `${id}.traj` },
    outcome: { ...ran.outcome, resolved: grade.applied && grade.resolved },
  };
  const tokens = segments(trajectory).reduce((sum, { text }) => sum + countTokens(text), 0);
  const rollout = { trajectory, run, grade, tokens, dropped: tokens > maxTokens };
  if (!options.verify) return rollout;
  await using again = await options.open(task);
  const replayed = await runAgent({ ...agent, environment: again, policy: replayPolicy(ran) });
  return { ...rollout, differsAt: observedDifference(ran, replayed)?.step ?? null };
}

/** The longest that daVinci-Dev kept: 128k tokens. */
export const DEFAULT_MAX_TOKENS = 131_072;
