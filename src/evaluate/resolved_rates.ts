/**
 * Resolved rates with their intervals: of a run, of its parts, of policies beside each other.
 *
 * @module
 */
import type { InstanceOutcome } from "./evaluate_predictions.ts";
import { FAILURE_CLASSES, type FailureClass } from "./failure_class.ts";
import { type Estimate, wilsonInterval } from "./intervals.ts";

/** The rate of some tasks. */
export interface ResolvedRate extends Estimate {
  /** What the tasks have in common: `caller`, `train`; or the name of a policy. */
  readonly name: string;
  readonly resolved: number;
  readonly total: number;
}

/** The rate of outcomes, with Wilson's interval. @throws {EvaluateError} for none */
export function resolvedRate(
  name: string,
  outcomes: readonly { readonly resolved: boolean }[],
): ResolvedRate {
  const resolved = outcomes.filter((outcome) => outcome.resolved).length;
  return { name, resolved, total: outcomes.length, ...wilsonInterval(resolved, outcomes.length) };
}

/** The rates by a tag of the tasks, by name; tasks without the tag are left out. */
export function ratesByTag(outcomes: readonly InstanceOutcome[], tag: string): ResolvedRate[] {
  const tagged = outcomes.filter(({ tags }) => tags[tag] !== undefined);
  const groups = Map.groupBy(tagged, ({ tags }) => tags[tag] ?? "");
  return [...groups].map(([name, group]) => resolvedRate(name, group))
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/** How often each class of failure occurs, those that do not left out. */
export function failureCounts(
  outcomes: readonly InstanceOutcome[],
): Partial<Record<FailureClass, number>> {
  const counts = FAILURE_CLASSES.map((name) =>
    [name, outcomes.filter(({ failure }) => failure === name).length] as const
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
