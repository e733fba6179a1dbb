/**
 * What can go wrong with a notebook as a whole. A cell that fails is no exception but a state of
 * the cell: see {@linkcode CellError}.
 *
 * @module
 */

/**
 * - `not-a-notebook`: the text has no `<notebook>` element.
 * - `not-representable`: a cell holds text that the file format cannot carry.
 * - `no-such-cell`: an id that no cell of the notebook has.
 * - `no-such-value`: a value was given for a name that no cell defines.
 * - `no-such-import`: a cell imports a module that the workbench does not have.
 * - `no-such-file`: a cell asks for a file that is not beside the notebook.
 * - `no-such-machine`: a cell names a machine that the workbench does not know.
 * - `cannot-travel`: a cell for another machine reads what cannot be sent there.
 * - `no-document`: there is no DOM to work with.
 * - `cancelled`: a cell was stopped, or overtaken by a newer run of itself.
 */
export type NotebookErrorCode =
  | "not-a-notebook"
  | "not-representable"
  | "no-such-cell"
  | "no-such-value"
  | "no-such-import"
  | "no-such-file"
  | "no-such-machine"
  | "cannot-travel"
  | "no-document"
  | "cancelled";

/** An error of this room; `code` tells which. */
export class NotebookError extends Error {
  readonly code: NotebookErrorCode;

  constructor(code: NotebookErrorCode, message: string) {
    super(message);
    this.name = "NotebookError";
    this.code = code;
  }
}
