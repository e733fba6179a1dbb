/**
 * A change as unified diff text, in git's own words: what `git apply` takes.
 *
 * @see https://git-scm.com/docs/diff-format#generate_patch_text_with_p
 * @module
 */

import { diffLines, type LineEdit, linesOf } from "./line_diff.ts";
import { quotePath } from "./path_text.ts";
import type { FileMode } from "./tree.ts";
import type { FileChange } from "./tree_changes.ts";

/** Why the content of a file is not in its patch. */
export type Omission = "binary" | "not-utf-8" | "too-large";

/** One file's patch. */
export interface FilePatch {
  readonly change: FileChange;
  /** Headers and hunks, each line ended; `git apply` takes it unless content is omitted. */
  readonly text: string;
  readonly omitted?: Omission;
}

/** How a patch is written. */
export interface PatchOptions {
  /** Unchanged lines around each change; 3 by default. */
  readonly context?: number | undefined;
  /** Sides longer than this are omitted as `too-large`; 1 MiB by default. */
  readonly maxBytes?: number | undefined;
}

/** By default, the longest file that a patch shows, bytes. */
export const MAX_PATCH_BYTES = 2 ** 20;

/**
 * The patch of one change. A change of kind (file, link, submodule) is told as a file gone and a file
 * new, as git does.
 *
 * @param before the bytes of its old side, of a link its target; none where that side is absent, is a
 * submodule, or is `"too-large"` to be had
 * @param after as `before`, of its new side
 */
export function filePatch(
  change: FileChange,
  before: Uint8Array | "too-large" | undefined,
  after: Uint8Array | "too-large" | undefined,
  { context = 3, maxBytes = MAX_PATCH_BYTES }: PatchOptions = {},
): FilePatch {
  const { path, beforeMode, afterMode, renamedFrom, similarity } = change;
  if (isOtherKind(change)) {
    const { before: _before, beforeMode: _beforeMode, ...come } = change;
    const { after: _after, afterMode: _afterMode, ...gone } = change;
    const [first, second] = [
      filePatch(gone, before, undefined, { context, maxBytes }),
      filePatch(come, undefined, after, { context, maxBytes }),
    ];
    const omitted = first.omitted ?? second.omitted;
    return { change, text: first.text + second.text, ...(omitted ? { omitted } : {}) };
  }
  const oldName = quotePath(`a/${renamedFrom ?? path}`);
  const newName = quotePath(`b/${path}`);
  const head = [`diff --git ${oldName} ${newName}\n`];
  if (beforeMode === undefined) head.push(`new file mode ${afterMode}\n`);
  else if (afterMode === undefined) head.push(`deleted file mode ${beforeMode}\n`);
  else if (beforeMode !== afterMode) head.push(`old mode ${beforeMode}\nnew mode ${afterMode}\n`);
  if (renamedFrom !== undefined) {
    head.push(
      `similarity index ${similarity ?? 100}%\n`,
      `rename from ${quotePath(renamedFrom)}\nrename to ${quotePath(path)}\n`,
    );
  }
  const oldLabel = beforeMode === undefined ? "/dev/null" : oldName;
  const newLabel = afterMode === undefined ? "/dev/null" : newName;
  const oldText = textOf(change.before, beforeMode, before, maxBytes);
  const newText = textOf(change.after, afterMode, after, maxBytes);
  const omitted = oldText.omitted ?? newText.omitted;
  if (change.before === change.after) return { change, text: head.join("") };
  if (omitted !== undefined) {
    head.push(`Binary files ${oldLabel} and ${newLabel} differ\n`);
    return { change, text: head.join(""), omitted };
  }
  const hunks = hunksOf(oldText.text, newText.text, context);
  if (hunks.length > 0) head.push(`--- ${label(oldLabel)}\n`, `+++ ${label(newLabel)}\n`, ...hunks);
  return { change, text: head.join("") };
}

/** Whether a file became a link or a submodule, or the other way round. */
export function isOtherKind({ beforeMode, afterMode }: FileChange): boolean {
  return beforeMode !== undefined && afterMode !== undefined &&
    beforeMode.slice(0, 3) !== afterMode.slice(0, 3);
}

/** The text of a file, or why it has none. */
export function textOfBlob(
  bytes: Uint8Array,
  maxBytes = MAX_PATCH_BYTES,
): { readonly text: string; readonly omitted?: Omission } {
  if (bytes.length > maxBytes) return { text: "", omitted: "too-large" };
  // As far as git itself looks; further on a NUL is a character as others.
  if (bytes.subarray(0, 8000).includes(0)) return { text: "", omitted: "binary" };
  try {
    return { text: STRICT.decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { text: "", omitted: "not-utf-8" };
  }
}

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(
  oid: string | undefined,
  mode: FileMode | undefined,
  bytes: Uint8Array | "too-large" | undefined,
  maxBytes: number,
): { readonly text: string; readonly omitted?: Omission } {
  if (mode === "160000") return { text: `Subproject commit ${oid}\n` };
  if (bytes === undefined) return { text: "" };
  if (bytes === "too-large") return { text: "", omitted: "too-large" };
  return textOfBlob(bytes, maxBytes);
}

/** Git ends a name with spaces by a tab, so that what follows is not taken for a date. */
function label(name: string): string {
  return name.includes(" ") && !name.startsWith('"') ? `${name}\t` : name;
}

function hunksOf(oldText: string, newText: string, context: number): string[] {
  const before = linesOf(oldText);
  const after = linesOf(newText);
  const hunks: string[] = [];
  let group: LineEdit[] = [];
  for (const edit of diffLines(before, after)) {
    const last = group.at(-1);
    if (last !== undefined && edit.oldStart - last.oldEnd > 2 * context) {
      hunks.push(hunkOf(group, before, after, context));
      group = [];
    }
    group.push(edit);
  }
  return group.length > 0 ? [...hunks, hunkOf(group, before, after, context)] : hunks;
}

function hunkOf(
  edits: readonly LineEdit[],
  before: readonly string[],
  after: readonly string[],
  context: number,
): string {
  const [first, last] = [edits[0], edits.at(-1)];
  if (first === undefined || last === undefined) return "";
  const lead = Math.min(context, first.oldStart);
  const trail = Math.min(context, before.length - last.oldEnd);
  const [oldStart, oldEnd] = [first.oldStart - lead, last.oldEnd + trail];
  const [newStart, newEnd] = [first.newStart - lead, last.newEnd + trail];
  const parts = [`@@ -${range(oldStart, oldEnd)} +${range(newStart, newEnd)} @@\n`];
  const add = (sign: string, lines: readonly string[]) => {
    for (const line of lines) {
      parts.push(
        line.endsWith("\n") ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`,
      );
    }
  };
  let at = oldStart;
  for (const edit of edits) {
    add(" ", before.slice(at, edit.oldStart));
    add("-", before.slice(edit.oldStart, edit.oldEnd));
    add("+", after.slice(edit.newStart, edit.newEnd));
    at = edit.oldEnd;
  }
  add(" ", before.slice(at, oldEnd));
  return parts.join("");
}

/** `start,count` from line 1; an empty range stands after the line before it. */
function range(start: number, end: number): string {
  const count = end - start;
  const line = count === 0 ? start : start + 1;
  return count === 1 ? `${line}` : `${line},${count}`;
}
