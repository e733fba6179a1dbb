/**
 * What the cells of a session share.
 *
 * @module
 */

import type { CellError } from "./cell.ts";
import type { Importer, Imports } from "./imports.ts";
import type { RunOnMachine } from "./remote_cell.ts";
import type { Run } from "./run.ts";
import type { Module } from "./runtime.d.ts";

/** What a cell needs of its session. */
export interface CellHost {
  readonly document: Document;
  readonly imports: Imports;
  readonly importer: Importer;
  readonly module: Module;
  /** Every run that has not been cancelled. */
  readonly runs: Set<Run>;
  /** Names whose value was given from outside. */
  readonly given: ReadonlySet<string>;
  /** Runs a cell elsewhere. */
  readonly runOnMachine: RunOnMachine;
  /** Whether a cell defines the name; else it is a builtin or a global. */
  isDefined(name: string): boolean;
  /** Why a name has no value; `message` is the runtime's. */
  explain(name: string, message: string): CellError;
  /** Whether the runtime has taken up all changes of cells. */
  caughtUp(): boolean;
  /** Tells that variables were defined or deleted. */
  touch(): void;
  /** Tells that the state of a cell is another. */
  changed(id: number): void;
  /** Tells that a cell may no longer be {@linkcode LiveCell.unsettled}. */
  progressed(): void;
}
