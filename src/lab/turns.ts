/**
 * How a conversation of an agent is written as text: once, for training data and for the model at work.
 *
 * @module
 */
import type { SampleSegment } from "../corpus/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";
import type { Step } from "../trajectory/mod.ts";

/** The tokens that stand for themselves in vocabularies of the lab. */
export const SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] as const;

/** What ends an agent's turn. */
export const END_OF_TURN = "<|im_end|>";

/** The problem and all turns so far. What came back of the last one is left out where it submitted. */
export function conversation(problem: string, steps: readonly Step[]): SampleSegment[] {
  return [
    ...userTurn({ role: "problem", text: problem }),
    ...steps.flatMap(({ thought, calls, observations }) => [
      OPENED,
      { role: "thought" as const, text: thought.trim() === "" ? "" : `${thought.trim()}\n` },
      {
        role: "action" as const,
        text: `${calls.map(({ text }) => text).join("\n")}${END_OF_TURN}`,
      },
      LINE,
      ...(calls.some(({ name }) => name === "submit")
        ? []
        : observations.flatMap(({ text }) =>
          userTurn({ role: "observation", text: text.trimEnd() })
        )),
    ]),
  ].filter(({ text }) => text !== "");
}

/** A turn that is not the agent's. */
export function userTurn(...segments: readonly SampleSegment[]): SampleSegment[] {
  return [{ role: "context", text: "<|im_start|>user\n" }, ...segments, {
    role: "context",
    text: `${END_OF_TURN}\n`,
  }];
}

/** What the agent goes on from. */
export const OPENED: SampleSegment = { role: "context", text: "<|im_start|>assistant\n" };

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

const LINE: SampleSegment = { role: "context", text: "\n" };
