/**
 * How a conversation of an agent is written as text: once, for training data and for the model at work.
 * There are two formats, a factor of an experiment like any other. `swe-agent` is what agents of full size
 * read and write; `short` says the same to models of a million parameters in a fifth of the tokens.
 *
 * @module
 */
import { type Decision, parseDecision } from "../agent/mod.ts";
import type { SampleSegment } from "../corpus/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import type { Step } from "../trajectory/mod.ts";
import { readShortTurn, shortObservation, shortProblem, shortTurn } from "./short_turns.ts";

/** How turns are written. */
export const TURN_FORMATS = ["swe-agent", "short"] as const;

/** One of {@linkcode TURN_FORMATS}. */
export type TurnFormat = typeof TURN_FORMATS[number];

/** The tokens that stand for themselves in vocabularies of the lab. */
export const SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|user|>"] as const;

/** What ends an agent's turn. */
export const END_OF_TURN = "<|im_end|>";

/** The problem and all turns so far. What came back of the last one is left out where it submitted. */
export function conversation(
  problem: string,
  steps: readonly Step[],
  format: TurnFormat,
): SampleSegment[] {
  return [
    ...userTurn(format, { role: "problem", text: writeProblem(problem, format) }),
    ...steps.flatMap((step) => [
      opened(format),
      ...agentTurn(step, format),
      ...(step.calls.some(({ name }) => name === "submit") ? [] : observed(step, format)),
    ]),
  ].filter(({ text }) => text !== "");
}

/** A problem as the format tells it. */
export function writeProblem(problem: string, format: TurnFormat): string {
  return format === "short" ? shortProblem(problem) : problem;
}

/** A turn that is not the agent's. */
export function userTurn(
  format: TurnFormat,
  ...segments: readonly SampleSegment[]
): SampleSegment[] {
  const [head, tail] = format === "short"
    ? ["<|user|>", ""]
    : ["<|im_start|>user\n", `${END_OF_TURN}\n`];
  return [{ role: "context", text: head }, ...segments, { role: "context", text: tail }];
}

/** What the agent goes on from. */
export function opened(format: TurnFormat): SampleSegment {
  return {
    role: "context",
    text: format === "short" ? "<|im_start|>" : "<|im_start|>assistant\n",
  };
}

/** What ends a turn of the agent's, as text that counts in the loss. */
export const ENDED: SampleSegment = { role: "action", text: END_OF_TURN };

/** What a model that was given the conversation has decided. */
export function readTurn(text: string, format: TurnFormat): Decision {
  return format === "short" ? readShortTurn(text) : parseDecision(text);
}

/** Segments as tokens, cut where training data are cut: markers count in what the agent's side writes. */
export function encodeSegments(
  tokenizer: Tokenizer,
  segments: readonly SampleSegment[],
): Uint32Array {
  const own = new Set(["context", "thought", "action"]);
  return Uint32Array.from(
    segments.flatMap(({ role, text }) => [
      ...own.has(role) ? tokenizer.encodeWithSpecial(text) : tokenizer.encode(text),
    ]),
  );
}

function agentTurn(step: Step, format: TurnFormat): SampleSegment[] {
  if (format === "short") return [{ role: "action", text: shortTurn(step) }, ENDED];
  const { thought, calls } = step;
  return [
    { role: "thought", text: thought.trim() === "" ? "" : `${thought.trim()}\n` },
    { role: "action", text: `${calls.map(({ text }) => text).join("\n")}${END_OF_TURN}` },
    { role: "context", text: "\n" },
  ];
}

function observed(step: Step, format: TurnFormat): SampleSegment[] {
  if (format === "short") {
    return userTurn(format, { role: "observation", text: shortObservation(step) });
  }
  return step.observations.flatMap(({ text }) =>
    userTurn(format, { role: "observation", text: text.trimEnd() })
  );
}
