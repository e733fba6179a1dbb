/**
 * What a cell is to those who show it: its text, what it defines and reads, and how it fares.
 *
 * @module
 */

/** The cell types of the notebook-kit file format. Only {@linkcode RUNNABLE_MODES} run here. */
export type CellMode =
  | "js"
  | "ts"
  | "md"
  | "html"
  | "ojs"
  | "tex"
  | "dot"
  | "sql"
  | "node"
  | "python"
  | "r";

/** The modes that run here; cells of other modes are kept in the file as they are. */
export const RUNNABLE_MODES: readonly CellMode[] = ["js", "ts", "md", "html"];

/**
 * - `idle`: has not been asked to run.
 * - `queued`: waits for a cell that it reads.
 * - `running`: its body, or a promise or async generator that it defines, has not ended.
 * - `ok`: has its value.
 * - `error`: failed by its own doing.
 * - `stale`: a lazy cell whose text or input has changed since it ran; its old value still stands.
 * - `blocked`: a cell that it reads has no value.
 * - `cancelled`: was stopped.
 */
export type CellStatus =
  | "idle"
  | "queued"
  | "running"
  | "ok"
  | "error"
  | "stale"
  | "blocked"
  | "cancelled";

/** Why a cell has no value. */
export interface CellError {
  readonly message: string;
  /** For example `SyntaxError`, `TypeError`, `CycleError`, `DuplicateError`, `BlockedError`. */
  readonly name: string;
  /** Line in the cell's text, from 1, where it is known. */
  readonly line?: number;
  /** Column in that line, from 1. */
  readonly column?: number;
  /** The name that has no value, for a `blocked` cell. */
  readonly blockedBy?: string;
}

/** A cell at one moment; a change makes a new object. */
export interface CellState {
  /** Positive, unique in the notebook, kept in the file. */
  readonly id: number;
  readonly mode: CellMode;
  readonly source: string;
  /** Whether the source is shown beside the output. */
  readonly pinned: boolean;
  /** Whether the value is kept from being shown. */
  readonly hidden: boolean;
  /** Whether the text begins with `// @lazy`: the cell runs only when asked by its id. */
  readonly lazy: boolean;
  /** The machine that it runs on, where its text names one: `// @remote NAME`. */
  readonly machine?: string;
  readonly status: CellStatus;
  readonly error?: CellError;
  /** How long its body took, without the time that it waited for others. */
  readonly durationMs?: number;
  /** Names that it gives to other cells. */
  readonly defines: readonly string[];
  /** Names that it takes from other cells, missing ones included; builtins and globals are not. */
  readonly reads: readonly string[];
  /** Where it shows what it displays; the same element as long as the cell lives. */
  readonly output: HTMLElement;
}
