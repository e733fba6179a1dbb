/**
 * The summary of a run, key by key as SWE-bench's harness writes it (`swebench/harness/reporting.py`,
 * `make_run_report`, schema version 2).
 *
 * @module
 */
import type { InstanceReport } from "./instance_report.ts";
import type { Prediction } from "./predictions.ts";

/** SWE-bench's `MODEL.RUN.json`. */
export interface RunReport {
  readonly total_instances: number;
  readonly submitted_instances: number;
  readonly completed_instances: number;
  readonly resolved_instances: number;
  readonly unresolved_instances: number;
  readonly empty_patch_instances: number;
  readonly error_instances: number;
  readonly completed_ids: readonly string[];
  readonly incomplete_ids: readonly string[];
  readonly empty_patch_ids: readonly string[];
  readonly submitted_ids: readonly string[];
  readonly resolved_ids: readonly string[];
  readonly unresolved_ids: readonly string[];
  readonly error_ids: readonly string[];
  readonly schema_version: 2;
}

/**
 * Sums up a run. An instance without a prediction is incomplete, one with an empty patch neither that
 * nor completed; one whose patch did not apply, or whose tests did not run to their end, is an error.
 *
 * @param reports by instance id; missing for an instance that could not be graded
 */
export function runReport(
  instances: readonly string[],
  predictions: readonly Prediction[],
  reports: ReadonlyMap<string, InstanceReport>,
): RunReport {
  const byId = new Map(predictions.map((prediction) => [prediction.instance_id, prediction]));
  const ids = {
    completed: [] as string[],
    incomplete: [] as string[],
    empty: [] as string[],
    resolved: [] as string[],
    unresolved: [] as string[],
    error: [] as string[],
  };
  for (const id of instances) {
    const prediction = byId.get(id);
    const report = reports.get(id);
    if (prediction === undefined) ids.incomplete.push(id);
    else if (prediction.model_patch === null || prediction.model_patch === "") ids.empty.push(id);
    else if (report?.tests_status === undefined) ids.error.push(id);
    else {
      ids.completed.push(id);
      (report.resolved ? ids.resolved : ids.unresolved).push(id);
    }
  }
  return {
    total_instances: instances.length,
    submitted_instances: predictions.length,
    completed_instances: ids.completed.length,
    resolved_instances: ids.resolved.length,
    unresolved_instances: ids.unresolved.length,
    empty_patch_instances: ids.empty.length,
    error_instances: ids.error.length,
    completed_ids: ids.completed.toSorted(),
    incomplete_ids: ids.incomplete.toSorted(),
    empty_patch_ids: ids.empty.toSorted(),
    submitted_ids: [...byId.keys()].toSorted(),
    resolved_ids: ids.resolved.toSorted(),
    unresolved_ids: ids.unresolved.toSorted(),
    error_ids: ids.error.toSorted(),
    schema_version: 2,
  };
}
