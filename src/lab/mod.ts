/**
 * Experiments: an ablation as data, run to a table.
 *
 * @module
 */
export { ablate, type AblationEvent, type AblationHost } from "./ablate.ts";
export { type AblationBoard, ablationBoard, type AblationBoardOptions } from "./ablation_board.ts";
export { plannedTokens } from "./ablation_progress.ts";
export {
  type AblationReport,
  ACTION_PARTS,
  type ActionPart,
  type CellComparison,
  type CellRate,
  type CellReport,
  type Contamination,
  type KindContamination,
  type LogLinearFit,
  type MidCurve,
  type MidPoint,
  type PrimaryResult,
  type RoleLoss,
  type SeedComparison,
  type SeedRate,
  type SftSweep,
  type StageReport,
  type TokensNeeded,
  type TransferRates,
} from "./ablation_report.ts";
export {
  type AblationSpec,
  type AblationStage,
  DATA_KINDS,
  type DataKind,
  parseAblation,
  type Recipe,
  recipesOf,
  WORLD_KINDS,
  type WorldKind,
} from "./ablation_spec.ts";
export {
  ablationView,
  type AblationViewOptions,
  REPORT_PARTS,
  type ReportPart,
} from "./ablation_view.ts";
export type { TaskOutcome } from "./agent_batch.ts";
export type { CorrectedRun } from "./corrected_runs.ts";
export { copyingWeights } from "./copying_start.ts";
export { labDocuments } from "./documents.ts";
export type { LabDocument } from "./lab_document.ts";
export { type Lab, type LabHost, openLab } from "./lab.ts";
export { LabError, type LabErrorCode } from "./lab_error.ts";
export {
  LAB_WORKS,
  type LabWork,
  type LabWorker,
  labWorker,
  type LabWorkName,
  type LabWorkResult,
  sharedFiles,
  specOfWork,
  startOfWork,
  workerIn,
} from "./lab_work.ts";
export type { CellMeasures } from "./cell_work.ts";
export type { CellRun, MidRun } from "./measure/report_of.ts";
export { reportPage } from "./report_page.ts";
export { ABLATION_PRESETS } from "./presets.ts";
export {
  finishedStage,
  type MidCheckpoint,
  stageKey,
  type StageWork,
  type TrainedStage,
} from "./stages.ts";
export { evaluatedTasks, openWorld, type TeacherRun, type World } from "./world.ts";
