/**
 * A cell that runs on another machine: what is sent there. Its inputs from other cells and its values
 * travel as JSON; what it imports and the globals that it reads are the other machine's own.
 *
 * @module
 */
import type { CompiledCell } from "./compile.ts";
import { RUN_NAMES } from "./compile.ts";
import { IMPORT } from "./imports.ts";
import { NotebookError } from "./notebook_error.ts";

/** A module whose default export is called with `input`, and what it is given. */
export interface RemoteCode {
  readonly source: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What happens while it runs there. */
export interface RemoteCellEvent {
  /** A value that the cell displays. */
  readonly display?: unknown;
}

/**
 * Runs code on a machine of the workbench. The same code with the same input is the same run: one that
 * is still going is followed from its first event on, one that has ended gives its result.
 */
export type RunOnMachine = (
  machine: string,
  code: RemoteCode,
  job: { readonly signal: AbortSignal; onEvent(event: RemoteCellEvent): void },
) => Promise<unknown>;

/**
 * The code of a cell, with the values of what it reads from other cells.
 *
 * @throws {NotebookError} `cannot-travel` for a value that is no JSON, such as a function.
 */
export function remoteCode(
  { body, inputs }: CompiledCell,
  values: Readonly<Record<string, unknown>>,
): RemoteCode {
  const absent = inputs.find((name) => RUN_NAMES.includes(name) && !RUN_NAMES_THERE.includes(name));
  if (absent) {
    const message =
      `A cell on another machine has no “${absent}”: show things in a cell that reads it.`;
    throw new NotebookError("cannot-travel", message);
  }
  for (const [name, value] of Object.entries(values)) {
    if (!isPlain(value)) {
      const advice = "give the cell plain values, and import in the cell what it calls";
      throw new NotebookError(
        "cannot-travel",
        `“${name}” is ${describe(value)} and cannot travel to another machine: ${advice}.`,
      );
    }
  }
  return { source: moduleOf(body, inputs), input: values };
}

const RUN_NAMES_THERE = ["display", "signal", IMPORT];

function moduleOf(body: string, inputs: readonly string[]): string {
  return `const load = async (specifier, names = []) => {
  const module = await import(specifier.replace(/^npm:/, ""));
  const missing = names.find((name) => !(name in module));
  if (missing) throw new SyntaxError(\`“\${specifier}” has no export “\${missing}”.\`);
  return module;
};
const body = ${body};
export default (input, { signal, emit }) => {
  const display = (value) => (emit({ display: value }), value);
  const own = { display, signal, ${IMPORT}: load, ...input };
  const find = (name) => {
    if (Object.hasOwn(own, name)) return own[name];
    if (name in globalThis) return globalThis[name];
    throw new ReferenceError(\`\${name} is not defined on this machine\`);
  };
  return body(...${JSON.stringify(inputs)}.map(find));
};
`;
}

function isPlain(value: unknown): boolean {
  if (value === null || ["boolean", "number", "string"].includes(typeof value)) return true;
  if (typeof value !== "object") return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  return `a ${value.constructor?.name ?? "object"}`;
}
