/**
 * The text of a cell made into a function of the names that it reads. Parsing and the rules of what
 * a cell reads, defines and shows are notebook-kit's; here are the imports, the types that are
 * stripped, and where in the text an error sits.
 *
 * @module
 */

import {
  parseJavaScript,
  transpileJavaScript,
  transpileTemplate,
} from "@observablehq/notebook-kit";
import { transform } from "sucrase";
import type { CellError } from "./cell.ts";
import { RUNNABLE_MODES } from "./cell.ts";
import { CellFault } from "./cell_fault.ts";
import type { Imports } from "./imports.ts";
import { IMPORT, rewriteImports } from "./imports.ts";
import type { NotebookCell } from "./notebook.ts";

/** Names that every run of a cell gets anew; no cell may define them. */
export const RUN_NAMES = ["display", "view", "invalidation", "visibility", "signal", IMPORT];

/** Names that the text of a cell finds in its scope, so that they are not the page's own. */
export type Scope = Readonly<Record<string, unknown>>;

/** A place in the text of a cell; line and column count from 1. */
export type Place = Pick<CellError, "line" | "column">;

/** A cell that compiled. */
export interface CompiledCell {
  /** Names that it takes from elsewhere: cells, builtins, globals, {@linkcode RUN_NAMES}. */
  readonly inputs: readonly string[];
  /** Names that it gives to other cells. */
  readonly defines: readonly string[];
  /** Whether it gives its whole value under one name, by the attribute `output` of the file. */
  readonly single: boolean;
  /** Whether its value is shown. */
  readonly autodisplay: boolean;
  /** The text of its function. */
  readonly body: string;
  /** Makes its function, which takes `inputs` in order; `scope` holds the same names each time. */
  instantiate(scope: Scope): (...inputs: unknown[]) => unknown;
  /** Where the cell is in the stack of an error. */
  locate(error: unknown): Place;
  /** Where the cell first reads a name. */
  findName(name: string): Place;
}

/** Compiles a cell; an error in its text is returned, not thrown. */
export function compileCell(
  cell: NotebookCell,
  imports: Imports,
): { readonly compiled: CompiledCell } | { readonly error: CellError } {
  if (!RUNNABLE_MODES.includes(cell.mode)) {
    const message = `Cells of type “${cell.mode}” are kept in the file but do not run here.`;
    return { error: { name: "UnsupportedError", message } };
  }
  try {
    return { compiled: compile(cell, imports) };
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof CellFault)) throw error;
    return { error: describe(error, cell) };
  }
}

/**
 * The names that a text which does not compile would define at its left margin, as far as a look
 * tells; so that those who read them are told of the broken cell and not of a missing name.
 */
export function guessDefines(source: string): string[] {
  const declaration = /^(?:async\s+)?(?:const|let|var|class|function\*?)\s+([\p{L}$_][\w$]*)/gmu;
  return Array.from(source.matchAll(declaration), (match) => match[1] ?? "");
}

function compile(cell: NotebookCell, imports: Imports): CompiledCell {
  const template = cell.mode === "md" || cell.mode === "html";
  const code = toJavaScript(cell);
  const { references, declarations } = parseJavaScript(code);
  const { body, inputs = [], outputs = [], autodisplay } = transpileJavaScript(
    rewriteImports(code, imports),
  );
  const reserved = declarations?.find((node) => RUN_NAMES.includes(node.name));
  if (reserved) {
    const message = `“${reserved.name}” is a builtin of every cell; choose another name.`;
    throw new CellFault("SyntaxError", message, reserved.start);
  }
  const single = cell.output !== undefined && cell.output !== "";
  const exact = cell.mode === "js";
  // The body has one line of its own before the text, two before an expression; kit drops one
  // newline at the start.
  const lead = (body.indexOf("return (\n") === body.indexOf("\n") + 1 ? 2 : 1) -
    (code.startsWith("\n") ? 1 : 0);
  const url = `cell-${cell.id}.js`;
  return {
    inputs,
    defines: single ? [cell.output ?? ""] : outputs,
    single,
    autodisplay: !cell.hidden && (template ? cell.value !== "" : autodisplay === true),
    body,
    instantiate(scope) {
      const text = `"use strict"; return (${body})\n//# sourceURL=${url}`;
      return new Function(...Object.keys(scope), text)(...Object.values(scope));
    },
    locate(error) {
      const stack = error instanceof Error ? error.stack ?? "" : "";
      const match = new RegExp(`\\b${url.replace(".", "\\.")}[^\\n]*?:(\\d+):(\\d+)`).exec(stack);
      if (!match) return {};
      const line = Number(match[1]) - FUNCTION_LINES - lead;
      if (line < 1 || line > code.split("\n").length) return {};
      return exact ? { line, column: Number(match[2]) } : { line };
    },
    findName(name) {
      const reference = references.find((node) => node.name === name);
      return reference ? placeAt(code, reference.start, exact) : {};
    },
  };
}

/** Lines that `new Function` puts before its body, by the ECMAScript standard. */
const FUNCTION_LINES = 2;

function toJavaScript(cell: NotebookCell): string {
  switch (cell.mode) {
    case "ts":
      return stripTypes(cell.value);
    case "md":
    case "html":
      return transpileTemplate(cell);
    default:
      return cell.value;
  }
}

// An object literal is an expression to a cell but a block to a program, and with types in it that
// makes the difference between right and wrong; so parentheses are the second try.
function stripTypes(source: string): string {
  const options = { transforms: ["typescript" as const], disableESTransforms: true };
  const strip = (text: string) => transform(text, { ...options, keepUnusedImports: true }).code;
  try {
    return strip(source);
  } catch (error) {
    try {
      return strip(`(${source}\n)`);
    } catch {
      throw toFault(error);
    }
  }
}

/** Sucrase tells its own kind of place, in the text before it was stripped. */
function toFault(error: unknown): unknown {
  if (!(error instanceof SyntaxError) || !("pos" in error)) return error;
  const message = error.message.replace(/\s*\(\d+:\d+\)$/, "");
  return new CellFault("SyntaxError", message, Number(error.pos));
}

function describe(error: SyntaxError | CellFault, cell: NotebookCell): CellError {
  const { name, message } = error;
  if (error instanceof CellFault) {
    return { name, message, ...placeAt(cell.value, error.offset, cell.mode !== "md") };
  }
  const match = /\s*\((\d+):(\d+)\)$/.exec(message);
  if (!match) return { name, message };
  const place = { line: Number(match[1]), column: Number(match[2]) + 1 };
  const told = message.slice(0, match.index);
  return cell.mode === "ts"
    ? { name, message: told, line: place.line }
    : { name, message: told, ...place };
}

function placeAt(text: string, offset: number, exact: boolean): Place {
  const before = text.slice(0, offset).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return exact ? { line: before.length, column } : { line: before.length };
}
