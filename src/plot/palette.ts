/**
 * The colours of roles and outcomes, the same in every chart and viewer: those of Okabe and Ito
 * (Color Universal Design, 2008), which stay apart for colour-blind eyes. Each is a CSS variable
 * that a page may set; outcomes differ by symbol too.
 *
 * @module
 */
import type { Role } from "../trajectory/mod.ts";

/** The fill of a role. */
export const ROLE_COLORS: Readonly<Record<Role, string>> = {
  system: "var(--bottega-system, #999999)",
  problem: "var(--bottega-problem, #e69f00)",
  thought: "var(--bottega-thought, #cc79a7)",
  action: "var(--bottega-action, #009e73)",
  observation: "var(--bottega-observation, #56b4e9)",
};

/** The roles that samples have beside those of trajectories, by what they stand for. */
const SAMPLE_ROLE_COLORS: Readonly<Record<string, string>> = {
  context: "var(--bottega-context, #0072b2)",
  file: "var(--bottega-file, #b8a99a)",
  summary: "var(--bottega-summary, #d55e00)",
  edit: "var(--bottega-edit, #7a6fac)",
  review: "var(--bottega-review, #c9b400)",
};

/** The fill of a role of trajectories or samples; of any other, the one that stands for nothing. */
export function roleColor(role: string): string {
  const colors: Readonly<Record<string, string>> = { ...ROLE_COLORS, ...SAMPLE_ROLE_COLORS };
  return colors[role] ?? "var(--bottega-muted)";
}

/** How it ended, as text. */
export type OutcomeName = "resolved" | "not resolved" | "unknown";

/** An outcome's colour, its symbol in plots and its sign in text. */
export interface OutcomeStyle {
  readonly name: OutcomeName;
  readonly color: string;
  readonly symbol: "circle" | "times" | "diamond";
  readonly sign: string;
}

const RESOLVED: OutcomeStyle = {
  name: "resolved",
  color: "var(--bottega-resolved, #009e73)",
  symbol: "circle",
  sign: "●",
};

const NOT_RESOLVED: OutcomeStyle = {
  name: "not resolved",
  color: "var(--bottega-unresolved, #d55e00)",
  symbol: "times",
  sign: "✕",
};

const UNKNOWN: OutcomeStyle = {
  name: "unknown",
  color: "var(--bottega-unknown, #999999)",
  symbol: "diamond",
  sign: "◇",
};

/** Every outcome, in the order in which they are drawn and listed. */
export const OUTCOMES: readonly OutcomeStyle[] = [RESOLVED, NOT_RESOLVED, UNKNOWN];

/** The style of `resolved` as trajectories hold it. */
export function outcomeStyle(resolved: boolean | null): OutcomeStyle {
  if (resolved === null) return UNKNOWN;
  return resolved ? RESOLVED : NOT_RESOLVED;
}
