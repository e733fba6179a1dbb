/**
 * A model of ours as an agent, in many tasks at a time: each turn of all of them is one generation.
 *
 * @module
 */
import {
  AgentError,
  type Decision,
  gradePatch,
  openEnvironment,
  type Policy,
  runAgent,
  SHORT_PROMPT,
  type Task,
} from "../agent/mod.ts";
import type { TokenGenerator } from "../model/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import type { Step, ToolCall } from "../trajectory/mod.ts";
import {
  conversation,
  encodeSegments,
  END_OF_TURN,
  opened,
  readTurn,
  type TurnFormat,
} from "./turns.ts";

/** What became of a task. */
export interface TaskOutcome {
  readonly task: string;
  readonly split: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly resolved: boolean;
  readonly exitStatus: string;
  readonly steps: number;
  /** Whether it was resolved although a test run failed after the first edit; null where none did. */
  readonly recovered: boolean | null;
}

/** A run with what came of it. */
export interface AgentRun {
  readonly outcome: TaskOutcome;
  readonly problem: string;
  readonly steps: readonly Step[];
  /** The step of the first test that failed after the first edit; null where none did. */
  readonly failedAt: number | null;
}

/** A model at work. */
export interface AgentBatchOptions {
  readonly generator: TokenGenerator;
  readonly tokenizer: Tokenizer;
  /** How turns are written. */
  readonly format: TurnFormat;
  readonly steps: number;
  readonly maxTokens: number;
  readonly signal?: AbortSignal | undefined;
  readonly onTask?: ((outcome: TaskOutcome) => void) | undefined;
}

/** What comes of every task. */
export async function runAgents(
  tasks: readonly Task[],
  options: AgentBatchOptions,
): Promise<TaskOutcome[]> {
  return (await agentRuns(tasks, options)).map(({ outcome }) => outcome);
}

/**
 * Runs and grades every task, `generator.batch` of them at a time, at temperature 0: where one has ended,
 * the next one takes its seat.
 *
 * @throws What the generator throws: a model that cannot answer is no agent that fails at its task.
 */
export async function agentRuns(
  tasks: readonly Task[],
  options: AgentBatchOptions,
): Promise<AgentRun[]> {
  const runs: AgentRun[] = [];
  const seats = Math.min(tasks.length, options.generator.batch);
  const table = createTable(seats, options);
  const left = tasks.entries();
  await Promise.all(Array.from({ length: seats }, async () => {
    try {
      for (const [place, task] of left) {
        runs[place] = await runOne(task, table.seat(place), options);
      }
    } finally {
      table.leave();
    }
  }));
  return runs;
}

async function runOne(
  task: Task,
  { policy, throwIfBroken }: Seat,
  { tokenizer, steps, signal, onTask }: AgentBatchOptions,
): Promise<AgentRun> {
  await using environment = await openEnvironment(task);
  const run = await runAgent({
    task,
    environment,
    policy,
    prompt: SHORT_PROMPT,
    limits: { steps },
    countTokens: (text) => tokenizer.encode(text).length,
    signal,
  });
  throwIfBroken();
  const grade = await gradePatch(environment, task, run.outcome.patch ?? "", { signal });
  // A test that fails before anything was changed only shows the mistake.
  const edited = run.steps.findIndex(({ calls: [call] }) => call !== undefined && isEdit(call));
  const failed = run.steps.findIndex((step, at) => edited >= 0 && at > edited && hasFailed(step));
  const failedAt = failed < 0 ? null : failed;
  const outcome: TaskOutcome = {
    task: task.id,
    split: task.split,
    tags: task.tags ?? {},
    resolved: grade.applied && grade.resolved,
    exitStatus: run.outcome.exitStatus ?? "",
    steps: run.steps.length,
    recovered: failedAt !== null ? grade.applied && grade.resolved : null,
  };
  onTask?.(outcome);
  return { outcome, problem: run.task.problem, steps: run.steps, failedAt };
}

/** Whether a step ran tests and not all passed. */
function hasFailed({ calls: [call], observations }: Step): boolean {
  return call?.name === "run_tests" &&
    !/ 0 failed/.test(observations.map(({ text }) => text).join("\n"));
}

function isEdit({ name, arguments: args }: ToolCall): boolean {
  return name === "rewrite_function" ||
    (name === "str_replace_editor" && args["command"] !== "view");
}

/** Where agents sit who wait for the model: it answers when all who are left have asked. */
interface Table {
  /** For the task of this place in the list; the model is asked in the order of places. */
  seat(place: number): Seat;
  /** One seat stays empty from now on. */
  leave(): void;
}

interface Seat {
  readonly policy: Policy;
  /** Throws what kept the model from answering. */
  throwIfBroken(): void;
}

interface Waiting {
  readonly place: number;
  readonly prompt: Uint32Array;
  readonly answer: (decision: Decision) => void;
  readonly fail: (error: unknown) => void;
}

function createTable(
  seats: number,
  { generator, tokenizer, format, maxTokens, signal }: AgentBatchOptions,
): Table {
  let left = seats;
  let waiting: Waiting[] = [];
  let broken: { readonly error: unknown } | undefined;
  const stopTokens = [tokenizer.specialTokens.get(END_OF_TURN) ?? -1];

  async function answerAll(): Promise<void> {
    // Whoever was quicker: the same tasks make the same batches.
    const asked = waiting.toSorted((a, b) => a.place - b.place);
    waiting = [];
    const prompts = asked.map(({ prompt }) => prompt);
    try {
      const written = await generator.generate({ prompts, maxTokens, stopTokens, signal });
      for (const [i, { answer }] of asked.entries()) {
        answer(readTurn(tokenizer.decode(written[i]?.tokens ?? []), format));
      }
    } catch (error) {
      broken = { error };
      for (const { fail } of asked) fail(error);
    }
  }

  function answerIfAllAsked(): void {
    if (waiting.length > 0 && waiting.length === left) void answerAll();
  }

  function throwIfBroken(): void {
    if (broken) throw broken.error;
  }

  const seat = (place: number): Seat => ({
    throwIfBroken,
    policy: {
      name: "checkpoint",
      act({ task, steps }) {
        throwIfBroken();
        const segments = [...conversation(task.problem, steps, format), opened(format)];
        const prompt = encodeSegments(tokenizer, segments);
        if (prompt.length >= generator.context) {
          const limit = `${prompt.length} tokens, and the model takes ${generator.context}`;
          throw new AgentError("context-window", `the conversation has ${limit}`);
        }
        return new Promise((answer, fail) => {
          waiting.push({ place, prompt, answer, fail });
          answerIfAllAsked();
        });
      },
    },
  });

  return {
    seat,
    leave() {
      left--;
      answerIfAllAsked();
    },
  };
}
