/**
 * MiniSWE: a world of small repositories with mistakes in them.
 *
 * @module
 */
export { BUG_KINDS, type BugKind } from "./bug_kinds.ts";
export { type CallRunner, openCallRunner } from "./call_results.ts";
export { type Domain, DOMAINS } from "./idiom.ts";
export { makeMiniCode, type MiniCodeOptions } from "./mini_code.ts";
export {
  makeMiniRepository,
  type MiniRepository,
  type RepositoryRequest,
} from "./mini_repository.ts";
export { makeMiniSwe, type MiniSweOptions, planMiniSwe, TASKS_PER_REPOSITORY } from "./mini_swe.ts";
export { DEFAULT_SHAPE, type WorldShape } from "./world_shape.ts";
export {
  FILE_NAMES,
  fileName,
  type FileNames,
  functionName,
  type Split,
  splitOfName,
  SPLITS,
} from "./names.ts";
export { hashText, type Random, seededRandom } from "./seeded_random.ts";
