/**
 * Recorded trajectories, step by step.
 *
 * @module
 */
import type { Trajectory } from "../../trajectory/mod.ts";
import { AgentError } from "../agent_error.ts";
import { decisionOf } from "../call_text.ts";
import type { Policy } from "./policy.ts";

/** Does what a recording did, whatever it observes; fails with `policy` when the recording is over. */
export function replayPolicy(recording: Trajectory): Policy {
  return {
    name: "replay",
    // deno-lint-ignore require-await -- a policy's decisions are asynchronous
    async act({ steps, format }) {
      const step = recording.steps[steps.length];
      if (step) return decisionOf(step, format);
      const count = recording.steps.length;
      throw new AgentError(
        "policy",
        `the recording "${recording.id}" is over after ${count} steps`,
      );
    },
  };
}

/** Where two runs of the same steps observed different things. */
export interface ObservedDifference {
  /** Which step, from 0. */
  readonly step: number;
  readonly expected: string;
  /** Undefined where the second run had ended by then. */
  readonly found: string | undefined;
}

/** The first step whose observations are not the same to the byte; null if there is none. */
export function observedDifference(
  recording: Trajectory,
  replayed: Trajectory,
): ObservedDifference | null {
  const observed = (step: { observations: readonly { text: string }[] } | undefined) =>
    step?.observations.map(({ text }) => text).join("\n");
  for (const [i, step] of recording.steps.entries()) {
    const expected = observed(step) ?? "";
    const found = observed(replayed.steps[i]);
    if (found !== expected) return { step: i, expected, found };
  }
  return null;
}
