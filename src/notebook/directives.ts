/**
 * What a cell asks for in the comments that its text begins with: `// @lazy`, `// @remote NAME`.
 *
 * @module
 */
import type { NotebookCell } from "./notebook.ts";

type Text = Pick<NotebookCell, "mode" | "value">;

/** Whether it runs only when told to. */
export function isLazy(cell: Text): boolean {
  return leadOf(cell).some((line) => /^@lazy\b/.test(line));
}

/** The machine that it is to run on, by its name in the workbench; undefined for this one. */
export function machineOf(cell: Text): string | undefined {
  return leadOf(cell).map((line) => /^@remote\s+(\S+)/.exec(line)?.[1]).find((name) => name);
}

/** The comments before anything else, without their slashes. */
function leadOf({ mode, value }: Text): string[] {
  if (mode !== "js" && mode !== "ts") return [];
  const lines = value.split("\n").map((line) => line.trim());
  const end = lines.findIndex((line) => line !== "" && !line.startsWith("//"));
  return lines.slice(0, end < 0 ? undefined : end).map((line) => line.replace(/^\/\/\s*/, ""));
}
