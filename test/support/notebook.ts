/** Notebooks for tests: their files, and sessions on a headless document. */

import { expect } from "vitest";
import type { CellState } from "../../src/notebook/mod.ts";
import { createSession, parseNotebook } from "../../src/notebook/mod.ts";
import type { Session, SessionOptions } from "../../src/notebook/mod.ts";

/** A cell of a test notebook: its JavaScript, or its type and text. */
export type TestCell = string | readonly [type: string, source: string];

/** The file of a notebook with the cells, whose ids count from 1. */
export function notebookHtml(cells: readonly TestCell[], title = "Test"): string {
  const scripts = cells.map((cell, i) => {
    const [type, source] = typeof cell === "string" ? ["module", cell] as const : cell;
    const lines = source.split("\n").map((line) => line === "" ? "" : `    ${line}`).join("\n");
    return `  <script id="${i + 1}" type="${type}">\n${lines}\n  </script>\n`;
  });
  return `<!doctype html>\n<notebook theme="air">\n  <title>${title}</title>\n${
    scripts.join("")
  }</notebook>\n`;
}

/** What a test session exposes to its cells as `probe`: a log, and values from outside. */
export interface Probe {
  readonly log: unknown[];
  [name: string]: unknown;
}

/** A session whose cells may import `probe`. */
export function openSession(
  document: Document,
  cells: readonly TestCell[],
  { probe = { log: [] }, ...options }: Partial<SessionOptions> & { probe?: Probe } = {},
): Session {
  const imports = { probe: () => Promise.resolve(probe), ...options.imports };
  return createSession(parseNotebook(notebookHtml(cells), document), {
    document,
    ...options,
    imports,
  });
}

/** The state of a cell. */
export function cellOf(session: Session, id: number): CellState {
  const cell = session.cells.find((cell) => cell.id === id);
  expect(cell, `cell ${id}`).toBeDefined();
  return cell as CellState;
}

/** The status of each cell, in document order. */
export function statuses(session: Session): string[] {
  return session.cells.map(({ status }) => status);
}

/** What a cell shows, as text. */
export function textOf(session: Session, id: number): string {
  return cellOf(session, id).output.textContent ?? "";
}

/** Resolves when the cell has one of the statuses; rejects with what it has after twenty seconds. */
export function untilStatus(session: Session, id: number, ...wanted: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`cell ${id} is ${cellOf(session, id).status}, not ${wanted}`));
    }, 20_000);
    const check = () => {
      if (!wanted.includes(cellOf(session, id).status)) return;
      clearTimeout(timer);
      stop();
      resolve();
    };
    const stop = session.onChange(check);
    check();
  });
}
