/**
 * The work that a worker does for tasks: each method takes plain values and is one job.
 *
 * @module
 */
import type { Job } from "../../gpu/mod.ts";
import { loadTokenizer, type Tokenizer, type VocabularyName } from "../../tokenizer/mod.ts";
import type { Environment } from "../environment/environment.ts";
import type { QuickjsOptions } from "../environment/quickjs.ts";
import { makeMiniRepository, type RepositoryRequest } from "../mini_swe/mini_repository.ts";
import { type CallRunner, openCallRunner } from "../mini_swe/call_results.ts";
import type { MessageFormat } from "../policies/policy.ts";
import { type TeacherOptions, teacherPolicy } from "../policies/teacher.ts";
import { SHORT_PROMPT, SWE_AGENT_PROMPT } from "../prompt.ts";
import { type Rollout, rollOut } from "../rollout.ts";
import type { AgentLimits } from "../run_agent.ts";
import { parseTask, type Task, writeTask } from "../task.ts";
import { type Grade, gradePatch } from "./grade_patch.ts";
import { validateTask, type Validation } from "./validate_task.ts";

/** A task as it crosses to a worker: its JSON form. */
export type TaskJson = Record<string, unknown>;

/** A repository as it crosses back. */
export interface MadeRepository {
  readonly name: string;
  readonly split: string;
  readonly tasks: readonly TaskJson[];
  readonly bundle: Uint8Array<ArrayBuffer>;
}

/** A task to be validated. */
export interface ValidateRequest {
  readonly task: TaskJson;
  readonly runs: number;
  readonly timeoutMs?: number | undefined;
}

/** A patch to be graded. */
export interface GradeRequest {
  readonly task: TaskJson;
  readonly patch: string;
  readonly timeoutMs?: number | undefined;
}

/** A run of a task by the teacher. */
export interface RolloutRequest {
  readonly task: TaskJson;
  readonly run: number;
  readonly teacher: Omit<TeacherOptions, "wrongFix">;
  readonly seed: number;
  readonly format: MessageFormat;
  readonly shortPrompt: boolean;
  readonly limits: Partial<AgentLimits>;
  readonly maxTokens: number;
  /** The vocabulary that tokens are counted with. */
  readonly tokenizer: VocabularyName;
  readonly verify: boolean;
}

/** The methods, as `serveLink` serves them. */
export type TaskService = {
  make(request: RepositoryRequest, job: Job): Promise<MadeRepository>;
  validate(request: ValidateRequest, job: Job): Promise<Validation>;
  grade(request: GradeRequest, job: Job): Promise<Grade>;
  rollOut(request: RolloutRequest, job: Job): Promise<Rollout>;
};

/** A service that opens environments with `open`. */
export function createTaskService(
  open: (task: Task, options: QuickjsOptions) => Promise<Environment>,
): TaskService {
  let runner: Promise<CallRunner> | undefined;
  const tokenizers: Partial<Record<VocabularyName, Promise<Tokenizer>>> = {};
  return {
    async make(request) {
      runner ??= openCallRunner();
      const { name, split, tasks, bundle } = await makeMiniRepository(await runner, request);
      return { name, split, tasks: tasks.map(writeTask), bundle: await bundle() };
    },
    async validate({ task, ...options }, { signal }) {
      return await validateTask(parseTask(task), { ...options, signal, open });
    },
    async grade({ task: json, patch, timeoutMs }, { signal }) {
      const task = parseTask(json);
      await using environment = await open(task, {});
      return await gradePatch(environment, task, patch, { signal, timeoutMs });
    },
    async rollOut({ task: json, teacher, shortPrompt, tokenizer: name, ...options }, { signal }) {
      const task = parseTask(json);
      const tokenizer = await (tokenizers[name] ??= loadTokenizer(name));
      return await rollOut({
        ...options,
        task,
        policy: teacherPolicy(task, teacher),
        prompt: shortPrompt ? SHORT_PROMPT : SWE_AGENT_PROMPT,
        countTokens: (text) => tokenizer.encode(text).length,
        open: (task) => open(task, { limits: { timeoutMs: ROLLOUT_TIMEOUT_MS } }),
        signal,
      });
    },
  };
}

/** Long: what never ends is stopped by its steps, after which a replay observes the same. */
const ROLLOUT_TIMEOUT_MS = 8_000;
