/**
 * What a MiniSWE repository is made with, and the names that are taken in it.
 *
 * @module
 */
import type { CallRunner } from "./call_results.ts";
import { fileName, type Split } from "./names.ts";
import type { Random } from "./seeded_random.ts";
import type { WorldShape } from "./world_shape.ts";

/** What a repository is made with. */
export interface Workshop {
  readonly random: Random;
  readonly runner: CallRunner;
  readonly split: Split;
  readonly shape: WorldShape;
  /** The field of records that holds their number. */
  readonly field: string;
  /** Names of functions that are in use. */
  readonly functionNames: Set<string>;
  /** Names of modules that are in use. */
  readonly moduleNames: Set<string>;
}

/** What functions are drafted with, before any is run. */
export type DraftWorkshop = Omit<Workshop, "runner">;

/** Whether the next mistake is of the kind whose fix a failing test prints. */
export function isPrinted({ random, shape }: DraftWorkshop): boolean {
  // A world without them makes the choices that it made before there were any.
  return shape.printed > 0 && random.chance(shape.printed);
}

/** A name for a new module, which is taken from now on. */
export function newModule({ random, split, moduleNames, shape }: DraftWorkshop): string {
  const name = fileName(random, split, moduleNames, shape.fileNames);
  moduleNames.add(name);
  return name;
}
