/**
 * Edits as an agent makes them: a change of one file in words that need no line numbers of a diff.
 * Applied in order to the files of a commit, they give the files of the next, byte for byte.
 *
 * @module
 */
import { CorpusError } from "./corpus_error.ts";

/** One change of one file. Paths are relative to the repository, with `/` between folders. */
export type Edit =
  | {
    readonly kind: "str_replace";
    readonly path: string;
    /** Stands in the file exactly once. */
    readonly search: string;
    readonly replace: string;
  }
  | {
    readonly kind: "insert";
    readonly path: string;
    /** The text begins after this line; 0 puts it before the first. Lines end with a line feed. */
    readonly line: number;
    readonly text: string;
  }
  | { readonly kind: "create"; readonly path: string; readonly text: string }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly newPath: string };

/** The kinds of {@linkcode Edit}. */
export type EditKind = Edit["kind"];

/**
 * Applies an edit to `files`, content by path.
 *
 * @throws {CorpusError} `bad-edit`: no such file, one in the way, a text that is not there or there
 * more than once, a line past the end; `files` is as it was
 * @example
 * ```ts
 * import { applyEdit } from "bottega";
 * const files = new Map([["a.py", "x = 1\n"]]);
 * applyEdit(files, { kind: "str_replace", path: "a.py", search: "1", replace: "2" });
 * // files.get("a.py") is "x = 2\n"
 * ```
 */
export function applyEdit(files: Map<string, string>, edit: Edit): void {
  const { path } = edit;
  if (edit.kind === "create") {
    refuseExisting(files, path, edit);
    files.set(path, edit.text);
    return;
  }
  const text = files.get(path);
  if (text === undefined) throw badEdit(edit, "there is no such file");
  switch (edit.kind) {
    case "delete":
      files.delete(path);
      return;
    case "rename":
      refuseExisting(files, edit.newPath, edit);
      files.delete(path);
      files.set(edit.newPath, text);
      return;
    case "insert": {
      const at = startOfLine(text, edit.line);
      if (at === undefined) throw badEdit(edit, `the file ends before line ${edit.line}`);
      files.set(path, text.slice(0, at) + edit.text + text.slice(at));
      return;
    }
    case "str_replace": {
      const at = edit.search === "" ? -1 : text.indexOf(edit.search);
      if (at < 0) throw badEdit(edit, "the text to search for is not there");
      if (text.indexOf(edit.search, at + 1) >= 0) {
        throw badEdit(edit, "the text to search for is there more than once");
      }
      files.set(path, text.slice(0, at) + edit.replace + text.slice(at + edit.search.length));
    }
  }
}

/** The index at which the text after `line` lines begins; undefined where there are fewer. */
export function startOfLine(text: string, line: number): number | undefined {
  let at = 0;
  for (let passed = 0; passed < line; passed++) {
    const end = text.indexOf("\n", at);
    if (end < 0) return passed + 1 === line && at < text.length ? text.length : undefined;
    at = end + 1;
  }
  return at;
}

function refuseExisting(files: ReadonlyMap<string, string>, path: string, edit: Edit): void {
  if (files.has(path)) throw badEdit(edit, `${JSON.stringify(path)} is there already`);
}

function badEdit({ kind, path }: Edit, reason: string): CorpusError {
  return new CorpusError("bad-edit", `${kind} of ${JSON.stringify(path)}: ${reason}.`);
}
