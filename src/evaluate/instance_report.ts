/**
 * The report of one instance, key by key as SWE-bench's harness writes it
 * (`swebench/harness/grading.py`, `get_eval_report`).
 *
 * @module
 */
import type { Grade, NamedTests } from "../agent/mod.ts";

/** What became of the tests, by what they should have done. */
export interface TestsStatus {
  readonly FAIL_TO_PASS: NamedTests;
  readonly PASS_TO_PASS: NamedTests;
  readonly FAIL_TO_FAIL: NamedTests;
  readonly PASS_TO_FAIL: NamedTests;
}

/** The report of an instance; on disk it is the value of the instance's id. */
export interface InstanceReport {
  readonly patch_is_None: boolean;
  readonly patch_exists: boolean;
  readonly patch_successfully_applied: boolean;
  readonly resolved: boolean;
  /** Missing where no test was run. */
  readonly tests_status?: TestsStatus;
}

/** The report of a patch; `grade` is null where there was no patch to grade. */
export function instanceReport(patch: string | null, grade: Grade | null): InstanceReport {
  const { applied = false, resolved = false, failToPass, passToPass } = grade ?? {};
  return {
    patch_is_None: patch === null,
    patch_exists: patch !== null,
    patch_successfully_applied: applied,
    resolved: applied && resolved,
    ...(applied && failToPass && passToPass && {
      tests_status: {
        FAIL_TO_PASS: failToPass,
        PASS_TO_PASS: passToPass,
        FAIL_TO_FAIL: NONE,
        PASS_TO_FAIL: NONE,
      },
    }),
  };
}

const NONE: NamedTests = { success: [], failure: [] };
