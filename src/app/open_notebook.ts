/**
 * A notebook that is open in the page: the session's cells as signals, the text that is typed but
 * not run yet, and the changes since the last save. It knows nothing of how it is shown.
 *
 * @module
 */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  CELL_MODULES,
  type CellMode,
  type CellState,
  createSession,
  type Notebook,
  parseNotebook,
  serializeNotebook,
} from "../notebook/mod.ts";
import type { MachineRunner } from "../remote/mod.ts";
import { isBusy } from "./cell_status.ts";
import { openDataFile } from "./data_file.ts";

/** A cell as the page shows it. */
export interface OpenCell {
  readonly id: number;
  readonly state: ReadonlySignal<CellState>;
  /** The text in the editor. */
  readonly draft: Signal<string>;
  /** Whether the text differs from what ran. */
  readonly edited: ReadonlySignal<boolean>;
}

/** A cell that was removed, as long as it can be brought back. */
interface RemovedCell {
  readonly index: number;
  readonly mode: CellMode;
  readonly source: string;
  readonly pinned: boolean;
}

export interface OpenNotebook {
  readonly title: ReadonlySignal<string>;
  readonly cells: ReadonlySignal<readonly OpenCell[]>;
  /** What saving would drop of the file, one sentence each. */
  readonly losses: readonly string[];
  /** False for a notebook from elsewhere: nothing runs and nothing can be changed. */
  readonly trusted: ReadonlySignal<boolean>;
  /** Whether a cell is queued or running. */
  readonly busy: ReadonlySignal<boolean>;
  /** Rises with every change of what a save would write. */
  readonly revision: ReadonlySignal<number>;
  setTitle(title: string): void;
  /** Changes the text in the editor; nothing runs. */
  write(id: number, text: string): void;
  /** Runs a cell with the text in its editor; without id, all cells with theirs. */
  run(id?: number): void;
  stop(id?: number): void;
  /** Adds a cell before position `index` and gives its id. */
  insert(index: number, mode: CellMode): number;
  /** Takes a cell out and gives the way to bring it back. */
  remove(id: number): () => void;
  /** Moves a cell by so many places, as far as there are any. */
  move(id: number, by: number): void;
  setMode(id: number, mode: CellMode): void;
  setPinned(id: number, pinned: boolean): void;
  /** Lets a notebook from elsewhere run, and runs it. */
  trust(): void;
  /** The file, with the text of all editors. @throws {NotebookError} `not-representable` */
  toHtml(): string;
  dispose(): void;
}

/** How a notebook is opened. */
export interface OpenOptions {
  /** False for a notebook from elsewhere. */
  readonly trusted: boolean;
  /** Whether it runs at once. */
  readonly run: boolean;
}

/** Opens the notebook that `html` holds. @throws {NotebookError} `not-a-notebook` */
export function openNotebook(html: string, options: OpenOptions): OpenNotebook {
  return overSession(parseNotebook(html), options);
}

function overSession(
  notebook: Notebook,
  { trusted: trustedAtFirst, run }: OpenOptions,
): OpenNotebook {
  let machines: MachineRunner | undefined;
  const session = createSession(notebook, {
    document,
    async runOnMachine(machine, code, job) {
      const { machineRunner } = await import("../remote/mod.ts");
      machines ??= machineRunner();
      return await machines.run(machine, code, job);
    },
    imports: CELL_MODULES,
    openFile: openDataFile,
    autorun: trustedAtFirst && run,
  });
  const title = signal(session.title);
  const cells = signal<readonly TrackedCell[]>(session.cells.map(trackCell));
  const trusted = signal(trustedAtFirst);
  const revision = signal(0);
  const changed = () => void revision.value++;
  const indexOf = (id: number) => session.cells.findIndex((cell) => cell.id === id);
  const find = (id: number) => cells.peek().find((cell) => cell.id === id);

  // Many cells change in one turn, and asking for the states costs the whole list.
  const changedIds = new Set<number>();
  const followChanges = () => {
    const states = session.cells.filter(({ id }) => changedIds.has(id));
    changedIds.clear();
    batch(() => {
      for (const state of states) {
        const cell = find(state.id);
        if (cell) cell.state.value = state;
      }
    });
  };
  session.onChange(({ kind, id }) => {
    if (kind === "title") title.value = session.title;
    if (kind === "cells") cells.value = followCells(cells.peek(), session.cells);
    if (kind !== "cell" || id === undefined) return;
    if (changedIds.size === 0) queueMicrotask(followChanges);
    changedIds.add(id);
  });

  /** Hands the editor's text to the session, which runs it if the cell was running before. */
  function commit({ id, state, draft }: TrackedCell): boolean {
    if (draft.peek() === state.peek().source) return false;
    session.edit(id, draft.peek());
    const { status } = session.cells[indexOf(id)] ?? state.peek();
    return status !== "idle" && status !== "stale";
  }

  function restore({ index, mode, source, pinned }: RemovedCell): void {
    batch(() => {
      const id = session.insert(index, mode, source);
      session.setPinned(id, pinned);
      session.run(id);
      changed();
    });
  }

  return {
    title,
    cells,
    trusted,
    revision,
    losses: notebook.losses,
    busy: computed(() => cells.value.some(({ state }) => isBusy(state.value))),
    setTitle(text) {
      if (text === session.title) return;
      session.setTitle(text);
      changed();
    },
    write(id, text) {
      const cell = find(id);
      if (!cell || cell.draft.peek() === text) return;
      cell.draft.value = text;
      changed();
    },
    run(id) {
      if (!trusted.peek()) return;
      if (id === undefined) {
        cells.peek().forEach(commit);
        return session.run();
      }
      const cell = find(id);
      if (cell && !commit(cell)) session.run(id);
    },
    stop: (id) => session.stop(id),
    insert(index, mode) {
      const id = session.insert(index, mode, "");
      changed();
      return id;
    },
    remove(id) {
      const { mode, pinned } = find(id)?.state.peek() ?? {};
      const source = find(id)?.draft.peek() ?? "";
      const index = indexOf(id);
      session.remove(id);
      changed();
      return () => {
        if (mode && pinned !== undefined) restore({ index, mode, pinned, source });
      };
    },
    move(id, by) {
      const from = indexOf(id);
      const to = Math.min(Math.max(from + by, 0), session.cells.length - 1);
      if (from < 0 || to === from) return;
      session.move(id, to);
      changed();
    },
    setMode(id, mode) {
      const cell = find(id);
      if (!cell || cell.state.peek().mode === mode) return;
      commit(cell);
      session.setMode(id, mode);
      changed();
    },
    setPinned(id, pinned) {
      session.setPinned(id, pinned);
      changed();
    },
    trust() {
      trusted.value = true;
      session.run();
    },
    toHtml() {
      const html = session.toHtml();
      const drafts = new Map(cells.peek().map(({ id, draft }) => [id, draft.peek()]));
      if (!cells.peek().some(({ edited }) => edited.peek())) return html;
      const file = parseNotebook(html);
      const texts = file.cells.map((cell) => ({
        ...cell,
        value: drafts.get(cell.id) ?? cell.value,
      }));
      return serializeNotebook({ ...file, cells: texts });
    },
    dispose() {
      // First the links: what runs on other machines goes on there.
      machines?.[Symbol.dispose]();
      session.dispose();
    },
  };
}

interface TrackedCell extends OpenCell {
  readonly state: Signal<CellState>;
}

function trackCell(first: CellState): TrackedCell {
  const state = signal(first);
  const draft = signal(first.source);
  const edited = computed(() => draft.value !== state.value.source);
  return { id: first.id, state, draft, edited };
}

/** The same objects for the cells that stayed, in the new order. */
function followCells(
  before: readonly TrackedCell[],
  states: readonly CellState[],
): readonly TrackedCell[] {
  const known = new Map(before.map((cell) => [cell.id, cell]));
  return states.map((state) => known.get(state.id) ?? trackCell(state));
}
