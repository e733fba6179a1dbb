/**
 * How hard a MiniSWE world is: which idioms its functions are made of, and how often its bugs are of the
 * harder sorts. A model of a million parameters that sees a million tokens needs a smaller world.
 *
 * @module
 */

import type { FileNames } from "./names.ts";

/** The sizes and shares of a world; shares are probabilities. */
export interface WorldShape {
  /** Names of the idioms that functions are made of; null for all. */
  readonly idioms: readonly string[] | null;
  /** Tasks of a repository: each makes it larger. Default 4. */
  readonly tasksPerRepository: number;
  /** Share of buggy functions that put several stages together. Default 0.76. */
  readonly composed: number;
  /** Of these, the share that builds on another function of the repository. Default 0.25. */
  readonly callee: number;
  /** The most stages that are put together. Default 3. */
  readonly stages: number;
  /** Share of tasks with a caller in another file, which the issue then names. Default 0.48. */
  readonly callers: number;
  /** Share of tasks with mistakes in more than one file. Default 0.3. */
  readonly severalFiles: number;
  /** Share of tasks whose fix only a failing test tells. Default 0.32. */
  readonly concealed: number;
  /**
   * Share of tasks whose fix only a failing test tells, and tells as it is to be written: a function has
   * two numbers of two digits, one of which neither issue nor comment gives; it is wrong, and a test fails
   * that prints the right one beside it. The shares of `concealed` and `visible` are of the other tasks.
   * Default 0.
   */
  readonly printed: number;
  /** Of the others, the share whose mistake a test tells before the fix comes. Default 0.65. */
  readonly visible: number;
  /** Share of new modules that also get a function without a mistake. Default 0.7. */
  readonly helpers: number;
  /** Share of tasks of `test` about what is held out of training, a composition or an idiom. Default 1. */
  readonly held: number;
  /**
   * How files are called. `words`: each word belongs to one split. `pairs`: two words, each of which all
   * splits have, and only together belong to one. Default `words`.
   */
  readonly fileNames: FileNames;
}

/** The world that the benchmark is made of. */
export const DEFAULT_SHAPE: WorldShape = {
  idioms: null,
  tasksPerRepository: 4,
  composed: 0.76,
  callee: 0.25,
  stages: 3,
  callers: 0.48,
  severalFiles: 0.3,
  concealed: 0.32,
  printed: 0,
  visible: 0.65,
  helpers: 0.7,
  held: 1,
  fileNames: "words",
};
