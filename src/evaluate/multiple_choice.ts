/**
 * Multiple choice by log-likelihood: the answer is the choice that a model finds most likely after the
 * question. For a policy that tells no likelihoods, the letter that it writes.
 *
 * @module
 */
import * as v from "valibot";
import type { Policy } from "../agent/mod.ts";
import type { Job } from "../gpu/mod.ts";
import { EvaluateError } from "./evaluate_error.ts";

/** A question. */
export interface MultipleChoice {
  readonly id: string;
  readonly question: string;
  readonly choices: readonly string[];
  /** Which choice is right, from 0. */
  readonly answer: number;
}

/** How likely each continuation is: the sum of its tokens' log-probabilities, in nats. */
export type LogLikelihood = (
  context: string,
  continuations: readonly string[],
  options: { signal?: AbortSignal | undefined },
) => Promise<readonly number[]>;

/** What became of a question. */
export interface ChoiceOutcome {
  readonly id: string;
  /** By the sum of log-probabilities; by that sum for each byte, which favours no short choice. */
  readonly chosen: number;
  readonly chosenPerByte: number;
  readonly correct: boolean;
  readonly correctPerByte: boolean;
}

/**
 * Reads a question: `answer` is a number from 0 or a letter, `choices` a list or Hugging Face's
 * `{text: […]}`.
 *
 * @throws {EvaluateError} `bad-item`
 */
export function parseMultipleChoice(row: unknown, number = 0): MultipleChoice {
  const parsed = v.safeParse(Row, row);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw bad(`question ${number}: ${v.getDotPath(issue) ?? ""}: ${issue.message}`);
  }
  const { id = `question-${number}`, question, choices, answer } = parsed.output;
  const list = Array.isArray(choices) ? choices : choices.text;
  const at = typeof answer === "number"
    ? answer
    : /^[A-Z]$/.test(answer)
    ? answer.charCodeAt(0) - 65
    : NaN;
  if (!(Number.isInteger(at) && at >= 0 && at < list.length)) {
    throw bad(`${id}: answer ${JSON.stringify(answer)} is none of ${list.length} choices`);
  }
  return { id, question, choices: list, answer: at };
}

/** The text before a choice, in the manner of most harnesses. */
export function choicePrompt({ question }: MultipleChoice): string {
  return `Question: ${question}\nAnswer:`;
}

/** Answers questions by likelihood. @throws the signal's reason if the job is aborted */
export async function answerByLikelihood(
  questions: readonly MultipleChoice[],
  logLikelihood: LogLikelihood,
  { signal, onProgress }: Job = {},
): Promise<ChoiceOutcome[]> {
  const outcomes: ChoiceOutcome[] = [];
  for (const question of questions) {
    signal?.throwIfAborted();
    const continuations = question.choices.map((choice) => ` ${choice}`);
    const sums = await logLikelihood(choicePrompt(question), continuations, { signal });
    const sizes = question.choices.map((choice) => new TextEncoder().encode(choice).length);
    const chosen = largest(sums);
    const chosenPerByte = largest(sums.map((sum, at) => sum / Math.max(1, sizes[at] ?? 1)));
    outcomes.push({
      id: question.id,
      chosen,
      chosenPerByte,
      correct: chosen === question.answer,
      correctPerByte: chosenPerByte === question.answer,
    });
    onProgress?.({
      phase: "answer",
      done: outcomes.length,
      total: questions.length,
      unit: "tasks",
    });
  }
  return outcomes;
}

/** The choice that a policy names by its letter; null where it names none. */
export async function askMultipleChoice(
  policy: Policy,
  { id, question, choices }: MultipleChoice,
  options: { seed?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<number | null> {
  const letters = choices.map((choice, at) => `${String.fromCharCode(65 + at)}. ${choice}`);
  const text = `${question}\n${letters.join("\n")}\nAnswer with the letter of one choice.`;
  const conversation = {
    task: { id, repo: "", base: null, problem: question },
    tools: [],
    format: "function",
    root: ".",
    messages: [{ role: "user", text }],
    steps: [],
  } as const;
  const answer = (await policy.act(conversation, options)).text;
  const letter = /\b([A-Z])\b(?!.*\b[A-Z]\b)/s.exec(answer)?.[1];
  const at = letter === undefined ? -1 : letter.charCodeAt(0) - 65;
  return at >= 0 && at < choices.length ? at : null;
}

const Row = v.object({
  id: v.optional(v.string()),
  question: v.string(),
  choices: v.union([v.array(v.string()), v.object({ text: v.array(v.string()) })]),
  answer: v.union([v.number(), v.string()]),
});

/** The first of the largest. */
function largest(values: readonly number[]): number {
  return values.reduce((best, value, at) => value > (values[best] ?? -Infinity) ? at : best, 0);
}

function bad(problem: string): EvaluateError {
  return new EvaluateError("bad-item", problem);
}
