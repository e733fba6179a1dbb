/**
 * HumanEval-shaped problems: a model completes a function, and the problem's own test runs it.
 *
 * @see M. Chen et al., Evaluating large language models trained on code, 2021
 * @module
 */
import * as v from "valibot";
import type { Environment, Policy, Task } from "../agent/mod.ts";
import { EvaluateError } from "./evaluate_error.ts";

/** A problem, with HumanEval's own keys. */
export interface HumanEvalProblem {
  readonly task_id: string;
  /** Code that ends where the model is to go on. */
  readonly prompt: string;
  readonly entry_point: string;
  /** Code that declares `check(candidate)`, or checks by itself. */
  readonly test: string;
  readonly canonical_solution?: string | undefined;
  /** `javascript` runs in quickjs, `python` in bubblewrap. By default told by the prompt. */
  readonly language?: "javascript" | "python" | undefined;
}

/**
 * Reads a problem from a row of a HumanEval-shaped file.
 *
 * @throws {EvaluateError} `bad-item`, with the problem's id and the key
 */
export function parseHumanEval(row: unknown): HumanEvalProblem {
  const parsed = v.safeParse(Row, row);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const id = typeof row === "object" && row !== null && "task_id" in row
    ? row.task_id
    : "a problem";
  throw new EvaluateError("bad-item", `${id}: ${v.getDotPath(issue) ?? ""}: ${issue.message}`);
}

/**
 * The task of running a completion: its one test is `check`. A completion may repeat the prompt, and
 * may stand between fences.
 */
export function humanEvalTask(problem: HumanEvalProblem, completion: string): Task {
  const { task_id, prompt, entry_point, test } = problem;
  const language = problem.language ??
    (/^\s*(def|from|import) /m.test(prompt) ? "python" : "javascript");
  const code = unfenced(completion);
  const whole = code.includes(`${entry_point}(`) && /\b(function|def|const|class)\b/.test(code);
  const program = whole ? code : prompt + code;
  const common = {
    id: task_id,
    repo: "human-eval",
    base: null,
    problem: prompt,
    patch: "",
    testPatch: "",
    passToPass: [],
    split: "",
  };
  if (language === "python") {
    const preamble = whole ? importsOf(prompt) : "";
    const lines = [preamble + program, test, CHECK_PYTHON.replaceAll("ENTRY", entry_point)];
    return {
      ...common,
      failToPass: ["check"],
      environment: "bubblewrap",
      files: { "main.py": `${lines.join("\n\n")}\n` },
      testCommand: "python3 main.py > /dev/null && echo 'ok 1 - check' || echo 'not ok 1 - check'",
    };
  }
  return {
    ...common,
    failToPass: ["main.test.js > check"],
    environment: "quickjs",
    files: {
      "main.test.js": `${HEAD}${program}\n` +
        `__test("check", async () => {\n${test}\n` +
        `if (typeof check === "function") await check(${entry_point});\n});\n`,
    },
  };
}

/** Whether a completion passes. What is wrong with it is no error. */
export async function passesHumanEval(
  problem: HumanEvalProblem,
  completion: string,
  { open, timeoutMs = 3000, signal }: {
    open(task: Task): Promise<Environment>;
    timeoutMs?: number | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<boolean> {
  const task = humanEvalTask(problem, completion);
  await using environment = await open(task);
  const { passed, failed } = await environment.runTests({ timeoutMs, signal });
  return failed.length === 0 && task.failToPass.every((name) => passed.includes(name));
}

/** What a policy writes when it is given the prompt; another seed gives another completion. */
export async function completeHumanEval(
  policy: Policy,
  { task_id, prompt }: HumanEvalProblem,
  options: { seed?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const task = { id: task_id, repo: "human-eval", base: null, problem: prompt };
  const messages = [{ role: "user", text: prompt }] as const;
  const conversation = {
    task,
    tools: [],
    format: "function",
    root: ".",
    messages,
    steps: [],
  } as const;
  return (await policy.act(conversation, options)).text;
}

/**
 * Texts that end what a model writes after a prompt: the next thing at the beginning of a line, which is
 * no part of the function.
 */
export const HUMAN_EVAL_STOPS: readonly string[] = [
  ...["\nclass ", "\ndef ", "\n#", "\n@", "\nif ", "\nprint("],
  ...["\nfunction ", "\n//", "\n/*", "\nconsole."],
];

const Row = v.object({
  task_id: v.pipe(v.string(), v.nonEmpty("must not be empty")),
  prompt: v.string(),
  entry_point: v.pipe(v.string(), v.regex(/^[\w$]+$/, "must be a name")),
  test: v.string(),
  canonical_solution: v.optional(v.string()),
  language: v.optional(v.picklist(["javascript", "python"])),
});

/** `console.assert` only prints, so tests that are written with it would always pass. */
const HEAD = `import __test from "node:test";
import assert from "node:assert/strict";
globalThis.console = { ...globalThis.console, assert: (ok, ...told) => assert.ok(ok, told.join(" ")) };
`;

const CHECK_PYTHON = `if "check" in globals():
    check(ENTRY)`;

/** The code between the first fences, or all of it. */
function unfenced(completion: string): string {
  return /```[\w]*\n([\s\S]*?)```/.exec(completion)?.[1] ?? completion;
}

function importsOf(prompt: string): string {
  return prompt.split("\n").filter((line) => /^(from|import) /.test(line))
    .map((line) => `${line}\n`).join("");
}
