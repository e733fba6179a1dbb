/**
 * The scaffold: asks a policy, runs what it calls, tells it what came back, until it submits or a limit
 * is reached. Limits, messages about errors and exit statuses are SWE-agent's.
 *
 * @see https://swe-agent.com/latest/background/aci/
 * @module
 */
import type { Observation, Step, Trajectory, Usage } from "../trajectory/mod.ts";
import { AgentError } from "./agent_error.ts";
import { decisionOf } from "./call_text.ts";
import type { Environment } from "./environment/environment.ts";
import { clip, COMMAND_TIMEOUTS, formatError, NO_OUTPUT } from "./observation.ts";
import type { Decision, Message, MessageFormat, Policy } from "./policies/policy.ts";
import { type Prompt, SWE_AGENT_PROMPT } from "./prompt.ts";
import { publicTask, type Task } from "./task.ts";
import type { Tool, ToolContext } from "./tools/tool.ts";
import { toolsFor } from "./tools/tools.ts";

/** When a run is ended from outside; the patch so far is submitted then. */
export interface AgentLimits {
  /** Turns of the agent. */
  readonly steps: number;
  /** Tokens of the conversation, as `countTokens` counts them. */
  readonly contextTokens: number;
  /** What the model may cost, in US dollars, where its policy tells the cost. */
  readonly costUsd: number;
  /** Characters of an observation; the rest is elided, with a notice. */
  readonly observationCharacters: number;
  /** Time for a command, in ms; a test run has the environment's own. */
  readonly commandTimeoutMs: number;
}

/** SWE-agent's limits for SWE-bench. */
export const DEFAULT_AGENT_LIMITS: AgentLimits = {
  steps: 100,
  contextTokens: 128_000,
  costUsd: Infinity,
  observationCharacters: 100_000,
  commandTimeoutMs: 60_000,
};

/** Turns in a row that are no proper call, after which a run ends. */
const MAX_FORMAT_ERRORS = 3;

/** What a run of an agent is made of. */
export interface AgentOptions {
  readonly task: Task;
  /** At its base, or with the steps of `before` to be executed; the caller closes it. */
  readonly environment: Environment;
  readonly policy: Policy;
  readonly limits?: Partial<AgentLimits> | undefined;
  /** Default `function`. */
  readonly format?: MessageFormat | undefined;
  /** Default: those that suit the environment. */
  readonly tools?: readonly Tool[] | undefined;
  /** Default: SWE-agent's. */
  readonly prompt?: Prompt | undefined;
  /** Default: a token for each four characters. */
  readonly countTokens?: ((text: string) => number) | undefined;
  /** What the policy's random choices start from. */
  readonly seed?: number | undefined;
  /**
   * Steps that are executed again before the policy is asked: those of a run that is resumed, replayed,
   * or gone on with after an action was edited. What they observe is observed anew.
   */
  readonly before?: readonly Step[] | undefined;
  /** Stops the run, at once where the policy and the environment can. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: Step, trajectory: Trajectory) => void) | undefined;
}

/** How a run ended. */
export interface AgentExit {
  /** For example `submitted`, `exit_format`, `submitted (exit_cost)`. */
  readonly status: string;
  /** What went wrong, for people. */
  readonly message?: string;
}

/** An agent at work, step by step. */
export interface AgentRun {
  /** Undefined while it goes on. */
  readonly exit: AgentExit | undefined;
  /** All that was said so far, the problem first. */
  readonly messages: readonly Message[];
  /**
   * One turn and its execution; null once the run has ended.
   *
   * @throws The signal's reason if it is aborted. Nothing else: what fails is an exit status.
   */
  step(): Promise<Step | null>;
  /** What has happened so far. */
  trajectory(): Trajectory;
}

/**
 * Runs an agent to its end.
 *
 * @throws The signal's reason if it is aborted. Nothing else: what fails is an exit status.
 *
 * @example
 * ```ts
 * import { openEnvironment, parseTask, runAgent, teacherPolicy } from "bottega";
 * const task = parseTask(JSON.parse("{}"));
 * await using environment = await openEnvironment(task);
 * const trajectory = await runAgent({ task, environment, policy: teacherPolicy(task) });
 * console.log(trajectory.outcome.exitStatus, trajectory.outcome.patch);
 * ```
 */
export async function runAgent(options: AgentOptions): Promise<Trajectory> {
  const run = startAgent(options);
  for (;;) {
    const step = await run.step();
    if (step === null) return run.trajectory();
    options.onStep?.(step, run.trajectory());
  }
}

/** Begins a run that the caller takes step by step. */
export function startAgent(options: AgentOptions): AgentRun {
  const { task, environment, policy, seed, signal } = options;
  const { format = "function", prompt = SWE_AGENT_PROMPT, before = [] } = options;
  const { countTokens = (text) => Math.ceil(text.length / 4) } = options;
  const limits = { ...DEFAULT_AGENT_LIMITS, ...options.limits };
  const tools = options.tools ?? toolsFor(environment);
  const system = prompt.system(tools, format);
  const problem = prompt.instance(publicTask(task));
  const context: ToolContext = {
    environment,
    root: prompt.root,
    timeoutMs: limits.commandTimeoutMs,
    history: new Map(),
    signal,
  };
  const messages: Message[] = [];
  const steps: Step[] = [];
  let tokens = 0;
  let usage: Usage = {};
  let formatErrors = 0;
  let timeouts = 0;
  let exit: AgentExit | undefined;
  let patch: string | undefined;

  const say = (message: Message) => {
    messages.push(message);
    tokens += countTokens(message.text);
  };
  if (system !== "") say({ role: "system", text: system });
  say({ role: "user", text: problem });

  /** Ends the run with what has been changed so far. */
  const end = async (status: string, message?: string): Promise<null> => {
    let final = status;
    try {
      patch = await environment.diff();
      if (status !== "submitted" && patch !== "") final = `submitted (${status})`;
    } catch (error) {
      final = "exit_environment_error";
      message ??= messageOf(error);
    }
    exit = { status: final, ...(message !== undefined && { message }) };
    return null;
  };
  const decide = (): Promise<Decision> => {
    const recorded = before[steps.length];
    if (recorded !== undefined) return Promise.resolve(decisionOf(recorded, format));
    const { root } = prompt;
    const conversation = { task: publicTask(task), tools, format, root, messages, steps };
    return policy.act(conversation, { signal, seed });
  };
  const record = (decision: Decision, answer: string, proper: boolean): Step => {
    const text = clip(answer, limits.observationCharacters);
    const callId = proper ? decision.calls[0]?.id : undefined;
    const observation: Observation = { text, ...(callId !== undefined && { callId }) };
    const { thought, calls } = decision;
    const step = { thought, calls, observations: [observation] };
    steps.push(step);
    const native = format === "chat" && proper;
    say({ role: "assistant", text: decision.text, ...(native && { calls }) });
    say({
      role: native ? "tool" : "user",
      text: proper && text !== NO_OUTPUT ? prompt.observation(text) : text,
      ...(callId !== undefined && { callId }),
    });
    return step;
  };

  async function step(): Promise<Step | null> {
    if (exit !== undefined) return null;
    signal?.throwIfAborted();
    if (steps.length >= limits.steps) return end("exit_cost", `${limits.steps} steps are over`);
    if ((usage.costUsd ?? 0) > limits.costUsd) {
      return end("exit_cost", `$${limits.costUsd} are spent`);
    }
    if (tokens > limits.contextTokens) {
      return end("exit_context", `the conversation is over ${limits.contextTokens} tokens`);
    }
    if (formatErrors >= MAX_FORMAT_ERRORS) return end("exit_format", "too many format errors");
    if (timeouts >= COMMAND_TIMEOUTS) return end("exit_command_timeout", "too many timeouts");

    let decision: Decision;
    try {
      decision = await decide();
    } catch (error) {
      signal?.throwIfAborted();
      return end(statusOf(error), messageOf(error));
    }
    usage = addUsage(usage, decision.usage);
    const problem = formatError(decision, tools);
    const [call] = decision.calls;
    const tool = tools.find(({ name }) => name === call?.name);
    if (problem !== null || call === undefined || tool === undefined) {
      formatErrors++;
      return record(decision, problem ?? "", false);
    }
    formatErrors = 0;
    try {
      const { text, submitted, timedOut } = await tool.run(call.arguments, context);
      timeouts = timedOut === true ? timeouts + 1 : 0;
      const step = record(decision, text.trim() === "" ? NO_OUTPUT : text, true);
      if (submitted === true) await end("submitted");
      return step;
    } catch (error) {
      signal?.throwIfAborted();
      return end("exit_environment_error", messageOf(error));
    }
  }

  return {
    get exit() {
      return exit;
    },
    messages,
    step,
    trajectory: () => ({
      id: task.id,
      provenance: { path: `${task.id}.traj`, format: "swe-agent" },
      task: {
        problem,
        repository: task.repo,
        instanceId: task.id,
        ...(task.base !== null && { baseCommit: task.base }),
      },
      system,
      steps: [...steps],
      outcome: {
        resolved: null,
        ...(patch !== undefined && { patch }),
        ...(exit !== undefined && { exitStatus: exit.status }),
      },
      model: policy.name,
      ...(Object.keys(usage).length > 0 && { usage }),
    }),
  };
}

/** The exit status for what a policy threw. */
function statusOf(error: unknown): string {
  const code = error instanceof AgentError ? error.code : null;
  if (code === "api") return "exit_api";
  return code === "context-window" ? "exit_context" : "exit_error";
}

function addUsage(sum: Usage, more: Usage | undefined): Usage {
  if (more === undefined) return sum;
  const keys = ["inputTokens", "outputTokens", "costUsd", "calls"] as const;
  return Object.fromEntries(
    keys.filter((key) => sum[key] !== undefined || more[key] !== undefined)
      .map((key) => [key, (sum[key] ?? 0) + (more[key] ?? 0)]),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
