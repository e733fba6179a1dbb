/**
 * Why an instance is not resolved, in one word.
 *
 * @module
 */
import type { Grade } from "../agent/mod.ts";

/** The classes of failures, in the order in which they are looked for. */
export const FAILURE_CLASSES = [
  "limits",
  "no-patch",
  "does-not-apply",
  "timeout",
  "error",
  "tests-fail",
  "regressions",
] as const;

/** One of {@linkcode FAILURE_CLASSES}. */
export type FailureClass = typeof FAILURE_CLASSES[number];

/**
 * The class of a failure; null for a resolved instance. A run that ended at a limit without a patch is
 * of class `limits`; `tests-fail` has a test that still fails, `regressions` only tests that passed
 * before.
 */
export function failureClass(
  patch: string | null,
  grade: Grade | null,
  exitStatus = "",
): FailureClass | null {
  if (patch === null || patch.trim() === "") return LIMITS.test(exitStatus) ? "limits" : "no-patch";
  if (grade === null) return "error";
  if (grade.resolved && grade.applied) return null;
  if (!grade.applied) return "does-not-apply";
  if (grade.timedOut) return "timeout";
  if (grade.error !== undefined) return "error";
  return grade.failToPass.failure.length > 0 ? "tests-fail" : "regressions";
}

/** As SWE-agent and mini-swe-agent name the ends that limits bring. */
const LIMITS =
  /exit_(cost|context|total_execution_time|steps?|command_timeout)|LimitsExceeded|TimeExceeded/;
