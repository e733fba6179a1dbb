/**
 * Two small benchmarks beside the tasks, of functions that no training saw: to complete a function from
 * its comment, in HumanEval's shape, and to tell it from others. In miniature what the paper's table 3
 * asks of general benchmarks.
 *
 * @module
 */
import {
  findFunctions,
  goldFixes,
  openEnvironment,
  replaceFunction,
  type Task,
} from "../../agent/mod.ts";
import { type HumanEvalProblem, type MultipleChoice, passesHumanEval } from "../../evaluate/mod.ts";
import { readJson, writeJson } from "../json_file.ts";
import type { Lab } from "../lab.ts";

/** Both, each of as many items as are wanted, or as there are. */
export interface TransferBenchmark {
  readonly problems: readonly HumanEvalProblem[];
  readonly questions: readonly MultipleChoice[];
}

/** The benchmarks of a world, made once. Their files can be given to `bottega evaluate` as well. */
export async function transferBenchmark(count: number, lab: Lab): Promise<TransferBenchmark> {
  const { world, files, signal } = lab;
  const file = `transfer-${count}.json`;
  const kept = await readJson<TransferBenchmark>(files, file);
  if (kept) return kept;
  const tasks = world.tasks.filter(({ split }) => split === "test");
  const functions = (await Promise.all(tasks.map(repairedFunctions))).flat();
  const problems: HumanEvalProblem[] = [];
  for (const made of functions) {
    if (problems.length === count) break;
    const problem = problemOf(made);
    const solution = problem?.canonical_solution ?? "";
    // A test that the right function does not pass says nothing.
    if (problem && await passesHumanEval(problem, solution, { open: openEnvironment, signal })) {
      problems.push(problem);
    }
  }
  const questions = functions.slice(0, count).map((made, i) => questionOf(made, i, functions));
  const benchmark = { problems, questions };
  await writeJson(files, file, benchmark);
  return benchmark;
}

/** A function that a task repairs. */
interface RepairedFunction {
  readonly id: string;
  readonly name: string;
  /** The line above it, which says what it does. */
  readonly comment: string;
  readonly code: string;
  readonly wrong: string;
  /** The functions that it calls, in an order in which they can be declared. */
  readonly helpers: readonly string[];
  /** Assertions on it. */
  readonly checks: readonly string[];
}

async function repairedFunctions(task: Task): Promise<RepairedFunction[]> {
  const { id, files = {} } = task;
  const sources = new Map(Object.entries(files).filter(([path]) => path.startsWith("src/")));
  const fixes = await goldFixes(task);
  for (const { path, after } of fixes) {
    const result = replaceFunction(sources.get(path) ?? "", after);
    if ("text" in result) sources.set(path, result.text);
  }
  const declared = new Map(
    [...sources.values()].flatMap((source) =>
      findFunctions(source).map(({ name, start, end }) => [name, source.slice(start, end)] as const)
    ),
  );
  const tests = Object.entries(files).filter(([path]) => path.startsWith("test/"))
    .map(([, text]) => text).join("\n");
  return fixes.flatMap(({ path, name, before }): RepairedFunction[] => {
    const code = name === undefined ? undefined : declared.get(name);
    if (name === undefined || code === undefined) return [];
    const source = sources.get(path) ?? "";
    const comment = source.slice(0, source.indexOf(code)).trimEnd().split("\n").at(-1) ?? "";
    const checks = tests.split("\n").map((line) => line.trim())
      .filter((line) => /^assert\.\w+\(/.test(line) && line.includes(`(${name}(`));
    const helpers = helpersOf(name, declared);
    if (!comment.startsWith("//")) return [];
    return [{ id: `${id}-${name}`, name, comment, code, wrong: before.trimEnd(), helpers, checks }];
  });
}

/** The functions that one calls, and those that they call, before it. */
function helpersOf(name: string, declared: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>();
  const visit = (caller: string) => {
    const code = declared.get(caller) ?? "";
    for (const callee of declared.keys()) {
      if (callee === caller || found.has(callee) || !code.includes(`${callee}(`)) continue;
      visit(callee);
      found.add(callee);
    }
  };
  visit(name);
  return [...found].map((helper) => declared.get(helper) ?? "");
}

/** Complete the function; null where nothing tests it. */
function problemOf(
  { id, name, comment, code, helpers, checks }: RepairedFunction,
): HumanEvalProblem | null {
  if (checks.length === 0) return null;
  const [head = "", ...body] = code.split("\n");
  return {
    task_id: id,
    prompt: `${[...helpers.map((helper) => `${helper}\n`), comment, head].join("\n")}\n`,
    entry_point: name,
    canonical_solution: `${body.join("\n")}\n`,
    test: checks.join("\n"),
    language: "javascript",
  };
}

/** Which function the comment is about: the right one, with the mistake, or two others in its name. */
function questionOf(
  { id, name, comment, code, wrong }: RepairedFunction,
  at: number,
  all: readonly RepairedFunction[],
): MultipleChoice {
  const others = [1, 2].flatMap((step) => {
    const other = all[(at + step) % all.length];
    return other && other.id !== id ? [other.code.replaceAll(other.name, name)] : [];
  });
  const choices = [...new Set([wrong, ...others])].filter((choice) => choice !== code);
  const answer = at % (choices.length + 1);
  return { id, question: comment, choices: choices.toSpliced(answer, 0, code), answer };
}
