/**
 * A cell as it is written: its text, compiled, and what that says of it.
 *
 * @module
 */
import type { CellError } from "./cell.ts";
import { compileCell, type CompiledCell, guessDefines, RUN_NAMES } from "./compile.ts";
import { isLazy, machineOf } from "./directives.ts";
import type { Imports } from "./imports.ts";
import type { NotebookCell } from "./notebook.ts";

/** One text, mode and display of a cell. */
export class CellText {
  /** As it goes into the file. */
  cell: NotebookCell;
  /** Undefined where there is a {@linkcode fault}. */
  readonly compiled: CompiledCell | undefined;
  /** Why it cannot be computed at all. */
  readonly fault: CellError | undefined;
  /** Whether it runs only when it is asked to. */
  readonly lazy: boolean;
  /** The machine that computes it, where that is another one. */
  readonly machine: string | undefined;

  constructor(cell: NotebookCell, imports: Imports) {
    this.cell = cell;
    this.lazy = isLazy(cell);
    this.machine = machineOf(cell);
    const result = compileCell(cell, imports);
    this.compiled = "compiled" in result ? result.compiled : undefined;
    this.fault = "error" in result ? result.error : undefined;
  }

  get defines(): readonly string[] {
    return this.compiled?.defines ?? [];
  }

  /** Every name that it takes from outside, builtins and globals included. */
  get reads(): readonly string[] {
    return this.compiled?.inputs.filter((name) => !RUN_NAMES.includes(name)) ?? [];
  }

  /** Names that its broken text may be meant to define. */
  get suspects(): readonly string[] {
    return this.compiled ? [] : guessDefines(this.cell.value);
  }

  /** What it takes from this notebook: on another machine all names but those of cells are that one's. */
  inputs(isDefined: (name: string) => boolean): readonly string[] {
    return this.machine === undefined ? this.reads : this.reads.filter(isDefined);
  }
}
