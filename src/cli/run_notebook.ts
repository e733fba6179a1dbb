/**
 * `bottega run NOTEBOOK`: a notebook without a page.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { NotebookReport } from "../notebook/headless.ts";
import { brief, CommandError, note, printJson, printTable } from "./output.ts";
import { jsonOption, wholeNumber } from "./options.ts";

interface Options {
  readonly json?: boolean;
  readonly html?: string;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly timeout?: number;
}

/** Adds the command to `program`. */
export function addRunNotebook(program: Command): void {
  program.command("run")
    .description("run a notebook without a page; exits with 1 if a cell failed")
    .argument("<notebook>", "notebook file")
    .option("--html <file>", "write the notebook with its outputs as a static page")
    .option("--set <name=value>", "replace what the notebook defines as name (repeatable)", set)
    .option("--timeout <seconds>", "stop what still runs after so long", wholeNumber(1))
    .addOption(jsonOption())
    .action(run);
}

async function run(path: string, { json, html, set: values = {}, timeout }: Options) {
  const report = await runFile(path, values, timeout);
  if (html !== undefined) await Deno.writeTextFile(html, report.html);
  const { title, cells, stray, failed } = report;
  if (json) printJson({ notebook: path, title, cells, stray, failed });
  else {
    printTable(
      ["cell", "defines", "status", "ms"],
      cells.map(({ id, defines, status, durationMs }) => [
        String(id),
        brief(defines.join(", "), 60),
        status,
        Math.round(durationMs ?? 0),
      ]),
    );
  }
  for (const { id, defines, status, error } of cells) {
    if (!error) continue;
    const place = error.line === undefined ? "" : `, line ${error.line}`;
    note(`cell ${id} (${defines.join(", ") || "unnamed"}${place}) ${status}: ${error.message}`);
  }
  for (const error of stray) note(`outside of the cells: ${error.message}`);
  if (failed > 0) throw new CommandError(`${failed} of ${cells.length} cells failed in ${path}`);
}

/** Notebook and page pull in much that other commands do not need. */
async function runFile(
  path: string,
  values: Readonly<Record<string, unknown>>,
  timeout: number | undefined,
): Promise<NotebookReport> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) throw new CommandError(`there is no file "${path}"`);
    throw error;
  });
  const { CELL_MODULES } = await import("../notebook/mod.ts");
  const { runNotebook } = await import("../notebook/headless.ts");
  const { machineRunner } = await import("../remote/mod.ts");
  using machines = machineRunner();
  return await runNotebook(text, {
    imports: CELL_MODULES,
    runOnMachine: machines.run,
    openFile: async (name) => new Blob([await Deno.readFile(join(dirname(path), name))]),
    values,
    timeoutMs: timeout === undefined ? undefined : 1000 * timeout,
  });
}

/** `name=value`, the value JSON where it parses and text where it does not. */
function set(
  text: string,
  values: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const [, name, value = ""] = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=(.*)$/su.exec(text) ?? [];
  if (name === undefined) {
    throw new InvalidArgumentError(`Not of the form name=value: ${JSON.stringify(text)}.`);
  }
  return { ...values, [name]: parse(value) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
