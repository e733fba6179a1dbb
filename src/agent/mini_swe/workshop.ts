/**
 * What a MiniSWE repository is made with, and the names that are taken in it.
 *
 * @module
 */
import type { CallRunner } from "./call_results.ts";
import { fileName, type Split } from "./names.ts";
import type { Random } from "./seeded_random.ts";

/** What a repository is made with. */
export interface Workshop {
  readonly random: Random;
  readonly runner: CallRunner;
  readonly split: Split;
  /** The field of records that holds their number. */
  readonly field: string;
  /** Names of functions that are in use. */
  readonly functionNames: Set<string>;
  /** Names of modules that are in use. */
  readonly moduleNames: Set<string>;
}

/** A name for a new module, which is taken from now on. */
export function newModule({ random, split, moduleNames }: Workshop): string {
  const name = fileName(random, split, moduleNames);
  moduleNames.add(name);
  return name;
}
