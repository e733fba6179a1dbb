/**
 * Accuracy by action: at each step of a right conversation the model goes on from the teacher's words,
 * and what it writes is compared with what the teacher did, part by part. A resolved rate needs every
 * part right in every step; this tells which one is not, at a hundredth of the cost.
 *
 * @module
 */
import type { TokenGenerator } from "../../model/mod.ts";
import type { Tokenizer } from "../../tokenizer/mod.ts";
import { ACTION_PARTS, type ActionPart, type Count } from "../ablation_report.ts";
import { shortPath } from "../short_turns.ts";
import { conversation, encodeSegments, END_OF_TURN, type TurnFormat } from "../turns.ts";
import type { OracleRun } from "./oracle_runs.ts";

/** A model that is asked, and how turns are written for it. */
export interface AccuracyOptions {
  readonly generator: TokenGenerator;
  readonly tokenizer: Tokenizer;
  readonly format: TurnFormat;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks for each part of each action by itself, after all that comes before it in the right action:
 * which tool (its first word); of a view its path; of an edit that is right the path, the function's
 * name, and all the rest of its code. At temperature 0, and right is what is the same text. A prompt
 * beyond the model's context is answered wrong.
 */
export async function actionAccuracy(
  runs: readonly OracleRun[],
  { generator, tokenizer, format, signal }: AccuracyOptions,
): Promise<Record<ActionPart, Count>> {
  const all = runs.flatMap((run) => questionsOf(run, tokenizer, format));
  const right = Object.fromEntries(ACTION_PARTS.map((part) => [part, 0]));
  // An agent's run would have ended there, so that the answer is wrong.
  const asked = all.filter(({ prompt }) => prompt.length < generator.context)
    // Those of one length are done together.
    .toSorted((a, b) => a.expectedTokens - b.expectedTokens);
  const stopTokens = [tokenizer.specialTokens.get(END_OF_TURN) ?? -1];
  for (let first = 0; first < asked.length; first += generator.batch) {
    const group = asked.slice(first, first + generator.batch);
    const written = await generator.generate({
      prompts: group.map(({ prompt }) => prompt),
      maxTokens: Math.max(...group.map(({ expectedTokens }) => expectedTokens)) + MORE,
      stopTokens,
      signal,
    });
    for (const [i, { part, before, expected, at }] of group.entries()) {
      const text = before + tokenizer.decode(written[i]?.tokens ?? []);
      if (`${text}\n`.startsWith(expected, at)) right[part] = (right[part] ?? 0) + 1;
    }
  }
  const counts = ACTION_PARTS.map((part): [ActionPart, Count] => [
    part,
    { right: right[part] ?? 0, of: all.filter((question) => question.part === part).length },
  ]);
  return Object.fromEntries(counts) as Record<ActionPart, Count>;
}

/** Tokens beyond the expected ones, since another way to cut the same text may take more. */
const MORE = 8;

interface Question {
  readonly part: ActionPart;
  readonly prompt: Uint32Array;
  /** What of the action is in the prompt. */
  readonly before: string;
  /** What must stand in the action from `at` on. */
  readonly at: number;
  readonly expected: string;
  readonly expectedTokens: number;
}

function questionsOf(
  { problem, steps, fixes }: OracleRun,
  tokenizer: Tokenizer,
  format: TurnFormat,
): Question[] {
  return steps.flatMap((step, i) => {
    const [call] = step.calls;
    const past = conversation(problem, steps.slice(0, i), format);
    const turn = conversation(problem, steps.slice(0, i + 1), format).slice(past.length);
    const at = turn.findIndex(({ role }) => role === "action");
    const action = turn[at];
    if (call === undefined || action === undefined) return [];
    const text = action.text.replace(END_OF_TURN, "");
    const prefix = encodeSegments(tokenizer, [...past, ...turn.slice(0, at)]);
    const tokens = encodeSegments(tokenizer, [{ role: "action", text }]);
    const right = fixes.find(({ after }) => after.trimEnd() === codeOf(call.arguments)?.trimEnd());
    return partsOf(text, call, right?.name).map(({ part, from, to }): Question => {
      const kept = tokensBefore(tokens, from, tokenizer);
      return {
        part,
        prompt: Uint32Array.from([...prefix, ...tokens.subarray(0, kept)]),
        before: tokenizer.decode(tokens.subarray(0, kept)),
        at: from,
        // With the sign after it, so that a longer name is another one.
        expected: `${text}\n`.slice(from, to + 1),
        expectedTokens: tokenizer.encode(text.slice(from, to)).length,
      };
    });
  });
}

function codeOf(args: Readonly<Record<string, unknown>>): string | undefined {
  const code = args["new_code"];
  return typeof code === "string" ? code : undefined;
}

/** The parts of an action and where they are in its text. */
function partsOf(
  text: string,
  { name, arguments: args }: OracleRun["steps"][number]["calls"][number],
  edited: string | undefined,
): { part: ActionPart; from: number; to: number }[] {
  const place = (part: ActionPart, wanted: string) => {
    const from = wanted === "" ? -1 : text.indexOf(wanted, text.search(/\s/));
    return from < 0 ? [] : [{ part, from, to: from + wanted.length }];
  };
  const path = String(args["path"] ?? "");
  const written = text.includes(path) ? path : shortPath(path);
  const tool = { part: "tool" as const, from: 0, to: /^\S+/.exec(text)?.[0].length ?? 0 };
  const isView = name === "str_replace_editor" && args["command"] === "view" && path !== ".";
  const views = isView ? place("view", written) : [];
  if (edited === undefined) return [tool, ...views];
  const named = place("name", `function ${edited}`).map((part) => ({
    ...part,
    from: part.from + "function ".length,
  }));
  const bodies = named.map(({ to }) => ({ part: "body" as const, from: to, to: text.length }));
  return [tool, ...place("path", written), ...named, ...bodies];
}

/**
 * The most tokens that end at or before a place in their text. Where a token spans it, the model is to
 * write that token, as it has learned to.
 */
function tokensBefore(tokens: Uint32Array, place: number, tokenizer: Tokenizer): number {
  const ends = tokenizer.textOffsets(tokens).subarray(1);
  const past = ends.findIndex((end) => end > place);
  return past < 0 ? tokens.length : past;
}
