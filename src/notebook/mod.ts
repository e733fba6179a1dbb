/**
 * Notebooks: the file, the cells, the reactive session. Runs in a page as well as headless; the
 * headless part is in `headless.ts`, so that a page does not load it.
 *
 * @module
 */

export * from "./cell.ts";
export { CELL_MODULES } from "./cell_modules.ts";
export * from "./export_html.ts";
export type { FileAttachment, OpenFile } from "./file_attachment.ts";
export type { Imports } from "./imports.ts";
export * from "./notebook.ts";
export * from "./notebook_error.ts";
export type { RemoteCellEvent, RemoteCode, RunOnMachine } from "./remote_cell.ts";
export * from "./session.ts";
