/**
 * Experiments: an ablation as data, run to a table.
 *
 * @module
 */
export { ablate, type AblationEvent, type AblationHost } from "./ablate.ts";
export {
  type AblationReport,
  type CellComparison,
  type CellRate,
  type CellReport,
  type CellRun,
  type Contamination,
} from "./ablation_report.ts";
export {
  type AblationSpec,
  type AblationStage,
  DATA_KINDS,
  type DataKind,
  parseAblation,
  type Recipe,
  recipesOf,
} from "./ablation_spec.ts";
export type { TaskOutcome } from "./agent_batch.ts";
export { type LabDocument, labDocuments } from "./documents.ts";
export { LabError, type LabErrorCode } from "./lab_error.ts";
export type { TrainedStage } from "./stages.ts";
export { evaluatedTasks, openWorld, type TeacherRun, type World } from "./world.ts";
