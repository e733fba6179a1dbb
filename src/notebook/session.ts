/**
 * A notebook that is open: its cells, their reactive running, and every way to change them.
 *
 * @module
 */

import { toCell } from "@observablehq/notebook-kit";
import { createLibrary, findGlobal, hasGlobal } from "./builtins.ts";
import type { CellError, CellMode, CellState } from "./cell.ts";
import type { CellHost } from "./cell_host.ts";
import type { OpenFile } from "./file_attachment.ts";
import { findAncestors, findDefiners, findProblems } from "./graph.ts";
import type { Imports } from "./imports.ts";
import { createImporter } from "./imports.ts";
import { LiveCell } from "./live_cell.ts";
import type { Notebook, NotebookCell } from "./notebook.ts";
import { serializeNotebook } from "./notebook.ts";
import { NotebookError } from "./notebook_error.ts";
import { createReactor } from "./reactor.ts";
import { stopped } from "./run.ts";
import type { RunOnMachine } from "./remote_cell.ts";
import { createScheduler } from "./scheduler.ts";

/** What changed: the list of cells, the state of the cell `id`, or the title. */
export interface SessionChange {
  readonly kind: "cells" | "cell" | "title";
  readonly id?: number;
}

export interface SessionOptions {
  /** Where output is made: the page's document, or a headless one. */
  readonly document: Document;
  readonly imports: Imports;
  /** Where `FileAttachment(name)` finds files; without it a notebook has none. */
  readonly openFile?: OpenFile | undefined;
  /** Run all cells but the lazy ones at once (default); false opens the notebook inert. */
  readonly autorun?: boolean | undefined;
  /** Runs the cells that name a machine, `// @remote NAME`; without it there is none. */
  readonly runOnMachine?: RunOnMachine | undefined;
  /** Values by name, which replace what the notebook defines under these names. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

export interface Session {
  readonly title: string;
  /** In document order. */
  readonly cells: readonly CellState[];
  /** Calls `listener` after each change, until the function that it returns is called. */
  onChange(listener: (change: SessionChange) => void): () => void;
  setTitle(title: string): void;
  /** Gives the cell new text; runs it and its dependants if the cell is live and not lazy. */
  edit(id: number, source: string): void;
  /** Adds a cell before position `index`; returns its id. It is live if another cell is. */
  insert(index: number, mode: CellMode, source: string): number;
  remove(id: number): void;
  /** Moves the cell to position `index`; nothing runs again. */
  move(id: number, index: number): void;
  setMode(id: number, mode: CellMode): void;
  setPinned(id: number, pinned: boolean): void;
  setHidden(id: number, hidden: boolean): void;
  /**
   * Runs one cell again, before it those that it needs and that are not live yet; without an id
   * runs every cell but the lazy ones. Who reads them runs after them, as ever.
   */
  run(id?: number): void;
  /** Cancels the run of one cell, its generators included; without an id of all that are busy. */
  stop(id?: number): void;
  /**
   * Resolves when nothing is queued or running any more, other than what waits for a view that has
   * no value before the user gives one.
   */
  settled(): Promise<void>;
  /** The notebook's file, from its present text. @throws {NotebookError} `not-representable` */
  toHtml(): string;
  /** Stops everything and frees it; the session cannot be used after. */
  dispose(): void;
}

/**
 * Opens a notebook.
 *
 * @throws {NotebookError} `no-such-value` if a name in `values` is defined by no cell.
 *
 * @example
 * ```ts
 * import { createSession, parseNotebook } from "./mod.ts";
 * const notebook = parseNotebook(`<notebook><script type="module">const x = 6 * 7</script></notebook>`);
 * const session = createSession(notebook, { document, imports: {} });
 * await session.settled();
 * session.dispose();
 * ```
 */
export function createSession(notebook: Notebook, options: SessionOptions): Session {
  return new NotebookSession(notebook, options);
}

class NotebookSession implements Session {
  readonly #notebook: Notebook;
  readonly #document: Document;
  readonly #host: CellHost;
  readonly #library: Readonly<Record<string, () => unknown>>;
  readonly #scheduler;
  readonly #reactor;
  readonly #listeners = new Set<(change: SessionChange) => void>();
  readonly #waiting = new Set<() => void>();
  #title: string;
  #cells: LiveCell[];
  #nextId: number;
  #definers: ReadonlyMap<string, LiveCell[]> = new Map();
  /** The cells as they were last seen; a change drops the state of its cell, or all. */
  readonly #states = new Map<number, CellState>();
  #pause: ReturnType<typeof setTimeout> | undefined;
  #disposed = false;

  constructor(
    notebook: Notebook,
    options: SessionOptions,
  ) {
    const { document, imports, openFile = noFiles, runOnMachine = noMachine } = options;
    const { autorun = true, values = {} } = options;
    this.#notebook = notebook;
    this.#document = document;
    this.#title = notebook.title;
    this.#scheduler = createScheduler(() => document.hidden === true);
    const importer = createImporter(imports);
    this.#library = createLibrary(document, importer, openFile);
    this.#reactor = createReactor({
      library: this.#library,
      global: (name) => findGlobal(name, document),
      scheduler: this.#scheduler,
      onCaughtUp: () => this.#caughtUp(),
    });
    const { module } = this.#reactor;
    this.#host = {
      document,
      imports,
      importer,
      module,
      runs: new Set(),
      given: new Set(Object.keys(values)),
      runOnMachine,
      isDefined: (name) => this.#definers.has(name),
      explain: (name, message) => this.#explain(name, message),
      caughtUp: () => this.#reactor.caughtUp,
      touch: () => this.#reactor.touch(),
      progressed: () => this.#checkSettled(),
      changed: (id) => this.#tell({ kind: "cell", id }),
    };
    this.#cells = notebook.cells.map((cell) => new LiveCell(this.#host, cell));
    this.#nextId = Math.max(0, ...notebook.cells.map(({ id }) => id)) + 1;
    this.#refresh();
    for (const [name, value] of Object.entries(values)) {
      if (!this.#definers.has(name)) {
        this.dispose();
        throw new NotebookError("no-such-value", `No cell defines “${name}”, so it cannot be set.`);
      }
      module.variable(true).define(name, [], () => value);
    }
    if (autorun) this.run();
  }

  get title(): string {
    return this.#title;
  }

  get cells(): readonly CellState[] {
    return this.#cells.map((cell) => {
      const known = this.#states.get(cell.id);
      if (known) return known;
      const state = cell.state(this.#readsOf(cell));
      this.#states.set(cell.id, state);
      return state;
    });
  }

  onChange(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setTitle(title: string): void {
    if (title === this.#title) return;
    this.#title = title;
    this.#tell({ kind: "title" });
  }

  edit(id: number, source: string): void {
    const cell = this.#find(id);
    const value = source.replace(/\r\n?/g, "\n"); // as HTML will have it
    if (value !== cell.cell.value) this.#replace(cell, { ...cell.cell, value });
  }

  insert(index: number, mode: CellMode, source: string): number {
    const id = this.#nextId++;
    const spec = toCell({ id, mode, value: source.replace(/\r\n?/g, "\n") });
    const cell = new LiveCell(this.#host, spec);
    const live = this.#cells.some(({ active }) => active);
    this.#cells.splice(index, 0, cell);
    this.#refresh(cell);
    if (live) cell.start();
    this.#reactor.touch();
    this.#tell({ kind: "cells" });
    return id;
  }

  remove(id: number): void {
    const cell = this.#find(id);
    cell.dispose();
    this.#cells.splice(this.#cells.indexOf(cell), 1);
    this.#refresh();
    this.#reactor.touch();
    this.#tell({ kind: "cells" });
  }

  move(id: number, index: number): void {
    const cell = this.#find(id);
    this.#cells.splice(this.#cells.indexOf(cell), 1);
    this.#cells.splice(index, 0, cell);
    this.#tell({ kind: "cells" });
  }

  setMode(id: number, mode: CellMode): void {
    const cell = this.#find(id);
    if (mode !== cell.cell.mode) this.#replace(cell, { ...cell.cell, mode });
  }

  setPinned(id: number, pinned: boolean): void {
    this.#find(id).setPinned(pinned);
    this.#tell({ kind: "cell", id });
  }

  setHidden(id: number, hidden: boolean): void {
    const cell = this.#find(id);
    if (hidden !== cell.cell.hidden) this.#replace(cell, { ...cell.cell, hidden });
  }

  run(id?: number): void {
    if (id === undefined) {
      for (const cell of this.#cells) cell.start();
    } else {
      const cell = this.#find(id);
      for (const ancestor of findAncestors(this.#cells, id)) {
        const other = this.#find(ancestor);
        if (other !== cell && !other.active) other.start();
      }
      this.#reactor.touch();
      if (cell.lazy) cell.ask();
      else cell.start();
    }
    this.#reactor.touch();
    this.#checkSettled();
  }

  stop(id?: number): void {
    if (id !== undefined) return this.#find(id).stop();
    for (const cell of this.#cells) if (cell.busy) cell.stop();
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      this.#checkSettled();
    });
  }

  toHtml(): string {
    const cells = this.#cells.map(({ cell }) => cell);
    return serializeNotebook({ ...this.#notebook, title: this.#title, cells }, this.#document);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#pause);
    this.#listeners.clear();
    for (const run of this.#host.runs) run.cancel(stopped());
    this.#reactor.dispose();
    this.#scheduler.dispose();
    this.#checkSettled();
  }

  #find(id: number): LiveCell {
    const cell = this.#cells.find((cell) => cell.id === id);
    if (!cell) throw new NotebookError("no-such-cell", `The notebook has no cell ${id}.`);
    return cell;
  }

  #replace(cell: LiveCell, spec: NotebookCell): void {
    cell.replace(spec);
    this.#refresh(cell);
    if (cell.active) cell.start();
    this.#reactor.touch();
    this.#tell({ kind: "cell", id: spec.id });
  }

  /** Finds anew who defines what, and starts the cells that this has freed; `own` is left alone. */
  #refresh(own?: LiveCell): void {
    this.#definers = findDefiners(this.#cells);
    this.#states.clear();
    const problems = findProblems(this.#cells);
    for (const cell of this.#cells) {
      const isNews = cell.setProblem(problems.get(cell.id)) || cell.rewired;
      if (isNews && cell.active && cell !== own) cell.start();
    }
  }

  #tell(change: SessionChange): void {
    if (change.id === undefined) this.#states.clear();
    else this.#states.delete(change.id);
    for (const listener of this.#listeners) listener(change);
    this.#checkSettled();
  }

  #caughtUp(): void {
    if (!this.#reactor.caughtUp) return;
    for (const cell of this.#cells) cell.caughtUp();
    this.#checkSettled();
  }

  #checkSettled(): void {
    if (this.#waiting.size === 0) return;
    if (this.#disposed || this.#isSettled()) {
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    } else if (this.#awaitsUser() && this.#pause === undefined) {
      // A view that has a value gives it within this turn.
      this.#pause = setTimeout(() => {
        this.#pause = undefined;
        if (!this.#awaitsUser()) return;
        for (const resolve of this.#waiting) resolve();
        this.#waiting.clear();
      }, 0);
    }
  }

  #isSettled(): boolean {
    return this.#reactor.caughtUp && !this.#cells.some((cell) => cell.unsettled);
  }

  /** Whether all that is unsettled waits for views that have no value, and nothing runs for it. */
  #awaitsUser(): boolean {
    const awaiting = this.#cells.filter((cell) => cell.awaiting);
    if (awaiting.length === 0 || !this.#reactor.caughtUp) return false;
    return this.#cells.filter((cell) => cell.unsettled).every(({ id }) => {
      const ancestors = findAncestors(this.#cells, id);
      const running = this.#cells.some((cell) => cell.running && ancestors.has(cell.id));
      return !running && awaiting.some((cell) => ancestors.has(cell.id));
    });
  }

  #readsOf(cell: LiveCell): readonly string[] {
    return cell.reads.filter((name) =>
      this.#definers.has(name) || !(name in this.#library || hasGlobal(name, this.#document))
    );
  }

  #explain(name: string, message: string): CellError {
    const owner = this.#definers.get(name)?.[0] ??
      this.#cells.find(({ suspects }) => suspects.includes(name));
    if (owner) {
      const why = owner.waiting
        ? `comes from cell ${owner.id}, which is lazy and has not been run`
        : `has no value: see cell ${owner.id}`;
      return { name: "BlockedError", message: `“${name}” ${why}.`, blockedBy: name };
    }
    if (name in this.#library) return { name: "ImportError", message: `${name}: ${message}` };
    return { name: "ReferenceError", message };
  }
}

function noMachine(name: string): Promise<never> {
  const what = `There is no machine ${JSON.stringify(name)}: this notebook was opened without any.`;
  return Promise.reject(new NotebookError("no-such-machine", what));
}

function noFiles(name: string): Promise<never> {
  const what = `There is no file ${JSON.stringify(name)}: this notebook was opened without any.`;
  return Promise.reject(new NotebookError("no-such-file", what));
}
