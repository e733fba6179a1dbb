/**
 * Tasks as they come and go: read, validated, graded.
 *
 * @module
 */
export {
  type Grade,
  gradeOf,
  type GradeOptions,
  gradePatch,
  type NamedTests,
  patchedPaths,
} from "./grade_patch.ts";
export {
  type TaskFault,
  type ValidateOptions,
  validateTask,
  type Validation,
} from "./validate_task.ts";
