/**
 * Notebooks without a page: a session on a happy-dom window, run to its end.
 *
 * @module
 */

import type { CellError, CellMode, CellState, CellStatus } from "./cell.ts";
import { exportHtml } from "./export_html.ts";
import type { OpenFile } from "./file_attachment.ts";
import { openDocument } from "./headless_window.ts";
import type { Imports } from "./imports.ts";
import { parseNotebook } from "./notebook.ts";
import type { RunOnMachine } from "./remote_cell.ts";
import type { Session } from "./session.ts";
import { createSession } from "./session.ts";

export interface RunOptions {
  readonly imports: Imports;
  /** Where `FileAttachment(name)` finds files; without it a notebook has none. */
  readonly openFile?: OpenFile | undefined;
  /** Runs the cells that name a machine; without it there is none. */
  readonly runOnMachine?: RunOnMachine | undefined;
  /** Values by name, which replace what the notebook defines under these names. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Stops what still runs after this time; by default a notebook may take as long as it likes. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called whenever the state of a cell is another. */
  readonly onCell?: ((cell: CellState) => void) | undefined;
}

export interface CellReport {
  readonly id: number;
  readonly mode: CellMode;
  readonly defines: readonly string[];
  readonly status: CellStatus;
  readonly error?: CellError;
  readonly durationMs?: number;
}

export interface NotebookReport {
  readonly title: string;
  /** In document order. */
  readonly cells: readonly CellReport[];
  /** Errors that were thrown outside of any cell's own run, for example in a timer. */
  readonly stray: readonly CellError[];
  /** How many cells have no value, and stray errors; 0 is success. */
  readonly failed: number;
  /** A static page with the outputs; see `exportHtml`. */
  readonly html: string;
}

/**
 * Runs a notebook file to its end: every cell once, lazy ones last, in document order. An
 * `async function*` is run until it is done; of other generators the first value counts. A cell that
 * blocks the thread for ever (`while (true)`) cannot be stopped from here.
 *
 * @throws {NotebookError} `not-a-notebook`, or `no-such-value` if no cell defines a name in `values`.
 * @throws The signal's reason if it is aborted; everything has been stopped by then.
 */
export async function runNotebook(html: string, options: RunOptions): Promise<NotebookReport> {
  const { imports, openFile, runOnMachine, values, timeoutMs, signal, onCell } = options;
  signal?.throwIfAborted();
  const { document, release } = await openDocument();
  const stray = collectStrayErrors();
  let session: Session | undefined;
  try {
    const open = createSession(parseNotebook(html, document), {
      document,
      imports,
      openFile,
      runOnMachine,
      values,
      autorun: false,
    });
    session = open;
    open.onChange(({ id }) => {
      const cell = onCell && open.cells.find((cell) => cell.id === id);
      if (cell) onCell(cell);
    });
    const timedOut = await runToEnd(open, timeoutMs, signal);
    // Errors of this turn are told at its end.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return report(open, stray.errors, timedOut ? timeoutMs : undefined);
  } finally {
    session?.dispose();
    stray.dispose();
    await release();
  }
}

/** Runs everything; true if time ran out. */
async function runToEnd(
  session: Session,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort: (() => void) | undefined;
  const aborted = new Promise<"aborted">((resolve) => {
    abort = () => resolve("aborted");
    signal?.addEventListener("abort", abort, { once: true });
  });
  const expired = new Promise<"expired">((resolve) => {
    if (timeoutMs !== undefined) timer = setTimeout(() => resolve("expired"), timeoutMs);
  });
  try {
    const steps = [undefined, ...session.cells.filter(({ lazy }) => lazy).map(({ id }) => id)];
    for (const id of steps) {
      session.run(id);
      const end = await Promise.race([session.settled(), aborted, expired]);
      if (end === "aborted") signal?.throwIfAborted();
      if (end !== "expired") continue;
      session.stop();
      await session.settled();
      return true;
    }
    return false;
  } finally {
    clearTimeout(timer);
    if (abort) signal?.removeEventListener("abort", abort);
  }
}

function report(
  session: Session,
  stray: readonly CellError[],
  timeoutMs: number | undefined,
): NotebookReport {
  const cells = session.cells.map((cell): CellReport => {
    const { id, mode, defines, status, durationMs } = cell;
    const late = status === "cancelled" && timeoutMs !== undefined
      ? { message: `Stopped: the notebook ran past ${timeoutMs} ms.` }
      : {};
    const error = cell.error && { ...cell.error, ...late };
    return {
      id,
      mode,
      defines,
      status,
      ...error ? { error } : status === "queued" && { error: WAITS },
      ...durationMs !== undefined && { durationMs },
    };
  });
  const failed = cells.filter(({ status }) => status !== "ok" && status !== "stale").length;
  const { title } = session;
  return { title, cells, stray, failed: failed + stray.length, html: exportHtml(session) };
}

const WAITS: CellError = {
  name: "BlockedError",
  message: "Waits for a value that a user would have to enter; it can be set from outside.",
};

/** Takes errors that nobody catches, which would end the process. */
function collectStrayErrors(): { errors: CellError[]; dispose(): void } {
  const errors: CellError[] = [];
  const add = (error: unknown) =>
    errors.push(
      error instanceof Error
        ? { name: error.name, message: error.message }
        : { name: "Error", message: String(error) },
    );
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    add(event.reason);
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    add(event.error);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return {
    errors,
    dispose() {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
    },
  };
}
