/**
 * What a trajectory is, and every format it comes in: reading, writing, summing up.
 *
 * @module
 */
export type { RecordRead } from "./containers/json_records.ts";
export { DEFAULT_LIMITS, type Limits } from "./containers/limits.ts";
export { readRecords } from "./containers/records.ts";
export { parseTurn, type Turn } from "./formats/tool_calls.ts";
export { type LoadOptions, loadTrajectories } from "./load_trajectories.ts";
export { type HistoryOptions, readHistory } from "./read_history.ts";
export { readTrajectories } from "./read_trajectories.ts";
export { blobSource, type NamedBlob } from "./sources/blob_source.ts";
export type { FileSource, SourceFile } from "./sources/file_source.ts";
export {
  openFileSource,
  openSourceRepository,
  type SourceInput,
  type SourceOptions,
} from "./sources/open_file_source.ts";
export { type ParsedSource, parseSource } from "./sources/source_string.ts";
export * from "./trajectory.ts";
export { TrajectoryError, type TrajectoryErrorCode } from "./trajectory_error.ts";
export type { ReadError, Skipped, TrajectorySet } from "./trajectory_set.ts";
export { summarize, type TrajectorySummary } from "./trajectory_summary.ts";
export {
  WRITABLE_FORMATS,
  type WritableFormat,
  writeTrajectories,
  type WrittenText,
} from "./write_trajectories.ts";
