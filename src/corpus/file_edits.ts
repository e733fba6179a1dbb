/**
 * A change of a file as edits: search and replace with as much context as makes the search text
 * unique, as daVinci-Dev renders its Python pull requests (arXiv 2601.18418, section 3.1): three lines
 * around a change, as in a patch, and up to twenty where these stand in the file more than once.
 *
 * @module
 */
import { diffLines, type LineEdit, linesOf } from "../git/mod.ts";
import { CorpusError } from "./corpus_error.ts";
import type { Edit } from "./edit.ts";

/** How much stands around a change, in lines on either side. */
export interface EditContext {
  /** 3 by default. */
  readonly context?: number | undefined;
  /** Where the search text is not unique; 20 by default. */
  readonly maxContext?: number | undefined;
}

/** One side of a change, or both: where a file was and what it held, where it is and what it holds. */
export interface TextChange {
  /** None: the file is new. */
  readonly before?: { readonly path: string; readonly text: string };
  /** None: the file is gone. */
  readonly after?: { readonly path: string; readonly text: string };
}

/**
 * The edits that make one state of a file from the other, in the order in which they apply.
 *
 * @throws {CorpusError} `bad-edit` if a place cannot be told from others within `maxContext` lines
 * @example
 * ```ts
 * import { fileEdits } from "bottega";
 * const [edit] = fileEdits({
 *   before: { path: "a.py", text: "x = 1\ny = 2\n" },
 *   after: { path: "a.py", text: "x = 1\ny = 3\n" },
 * });
 * // { kind: "str_replace", path: "a.py", search: "x = 1\ny = 2", replace: "x = 1\ny = 3" }
 * ```
 */
export function fileEdits({ before, after }: TextChange, options: EditContext = {}): Edit[] {
  if (before === undefined) {
    return after ? [{ kind: "create", path: after.path, text: after.text }] : [];
  }
  if (after === undefined) return [{ kind: "delete", path: before.path }];
  const edits = textEdits(after.path, before.text, after.text, options);
  return before.path === after.path
    ? edits
    : [{ kind: "rename", path: before.path, newPath: after.path }, ...edits];
}

function textEdits(
  path: string,
  before: string,
  after: string,
  { context = 3, maxContext = 20 }: EditContext,
): Edit[] {
  const oldLines = linesOf(before);
  const newLines = linesOf(after);
  const edits: Edit[] = [];
  /** The file with the edits so far. */
  let text = before;
  for (const place of placesOf(diffLines(oldLines, newLines), context)) {
    const edit = editAt({ ...place, path, text, oldLines, newLines, context, maxContext });
    edits.push(edit);
    const start = sizeOf(newLines, 0, place.newStart);
    text = text.slice(0, start) +
      newLines.slice(place.newStart, place.newEnd).join("") +
      text.slice(start + sizeOf(oldLines, place.oldStart, place.oldEnd));
  }
  return edits;
}

/** Changes whose context would touch are one. */
function placesOf(changes: readonly LineEdit[], context: number): LineEdit[] {
  const places: LineEdit[] = [];
  for (const change of changes) {
    const last = places.at(-1);
    if (last && change.oldStart - last.oldEnd <= 2 * context) {
      places[places.length - 1] = { ...last, oldEnd: change.oldEnd, newEnd: change.newEnd };
    } else {
      places.push(change);
    }
  }
  return places;
}

interface Place extends LineEdit {
  readonly path: string;
  /** The file, new up to this place and old from there on. */
  readonly text: string;
  readonly oldLines: readonly string[];
  readonly newLines: readonly string[];
  readonly context: number;
  readonly maxContext: number;
}

function editAt(place: Place): Edit {
  const { path, text, oldLines, newLines, oldStart, oldEnd, newStart, newEnd } = place;
  const [mostAbove, mostBelow] = [newStart, oldLines.length - oldEnd];
  const removed = oldLines.slice(oldStart, oldEnd).join("");
  const added = newLines.slice(newStart, newEnd).join("");
  const most = Math.max(place.context, place.maxContext);
  for (let lines = place.context; lines <= most; lines++) {
    const above = newLines.slice(newStart - Math.min(lines, mostAbove), newStart).join("");
    const below = oldLines.slice(oldEnd, oldEnd + Math.min(lines, mostBelow)).join("");
    const [search, replace] = withoutLastBreak(above + removed + below, above + added + below);
    if (isUnique(text, search)) return { kind: "str_replace", path, search, replace };
    if (lines >= mostAbove && lines >= mostBelow) break;
  }
  if (oldStart === oldEnd) return { kind: "insert", path, line: newStart, text: added };
  throw new CorpusError(
    "bad-edit",
    `Line ${newStart + 1} of ${JSON.stringify(path)} cannot be told from others by the ` +
      `${most} lines around it; allow more.`,
  );
}

/** A search text ends with its last line, not with the break after it, as agents write it. */
function withoutLastBreak(search: string, replace: string): [string, string] {
  return search.endsWith("\n") && replace.endsWith("\n") && search.length > 1
    ? [search.slice(0, -1), replace.slice(0, -1)]
    : [search, replace];
}

function isUnique(text: string, search: string): boolean {
  if (search === "") return false;
  const at = text.indexOf(search);
  return at >= 0 && text.indexOf(search, at + 1) < 0;
}

function sizeOf(lines: readonly string[], start: number, end: number): number {
  let size = 0;
  for (let i = start; i < end; i++) size += lines[i]?.length ?? 0;
  return size;
}
