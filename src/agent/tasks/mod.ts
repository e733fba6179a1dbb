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
  type HistoryFinding,
  type HistoryTaskOptions,
  historyTasks,
  isTestPath,
} from "./history_tasks.ts";
export { loadTasks, type TaskSet } from "./load_tasks.ts";
export {
  createTaskService,
  type GradeRequest,
  type MadeRepository,
  type RolloutRequest,
  type TaskJson,
  type TaskService,
  type ValidateRequest,
} from "./task_service.ts";
export {
  type TaskFault,
  type ValidateOptions,
  validateTask,
  type Validation,
} from "./validate_task.ts";
