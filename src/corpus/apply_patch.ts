/**
 * Applies git's patches to files in memory, strictly: each hunk at its line, each line as it says.
 *
 * @see https://git-scm.com/docs/diff-format#generate_patch_text_with_p
 * @module
 */
import { decodePath, encodePath, linesOf } from "../git/mod.ts";
import { CorpusError } from "./corpus_error.ts";

/** One file's part of a patch. */
export interface PatchSection {
  /** Its path before; none if it is new. */
  readonly before?: string;
  /** Its path after; none if it is gone. */
  readonly after?: string;
  readonly hunks: readonly PatchHunk[];
}

/** A run of lines, each with its sign; the line feed of each is kept. */
export interface PatchHunk {
  /** The first line, from 1; the line before, where there are none. */
  readonly oldStart: number;
  readonly oldLines: number;
  readonly lines: readonly string[];
}

/**
 * Applies a patch to `files`, content by path.
 *
 * @throws {CorpusError} `bad-edit`, quoting the file and the line that does not fit
 */
export function applyPatch(files: Map<string, string>, patch: string): void {
  for (const section of parsePatch(patch)) {
    const { before, after } = section;
    const text = before === undefined ? "" : files.get(before);
    const path = after ?? before ?? "";
    if (text === undefined) throw misfit(before ?? path, "there is no such file");
    if (after !== undefined && after !== before && files.has(after)) {
      throw misfit(after, "it is there already");
    }
    const edited = applyHunks(text, section);
    if (before !== undefined) files.delete(before);
    if (after !== undefined) files.set(after, edited);
    else if (edited !== "") throw misfit(path, "it is to be deleted, but some of it stays");
  }
}

/** The files' parts of a patch in git's form. */
export function parsePatch(patch: string): PatchSection[] {
  return patch.split(/^(?=diff --git )/m).filter((text) => text !== "").map(parseSection);
}

function parseSection(text: string): PatchSection {
  const lines = linesOf(text);
  const start = lines.findIndex((line) => line.startsWith("@@ "));
  const head = lines.slice(0, start < 0 ? lines.length : start).map((line) => line.trimEnd());
  const value = (prefix: string) =>
    head.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  const [both] = head;
  const path = bothNames(both ?? "");
  const before = value("rename from ");
  const after = value("rename to ");
  return {
    ...(head.some((line) => line.startsWith("new file mode "))
      ? {}
      : { before: before === undefined ? path : unquotePath(before) }),
    ...(head.some((line) => line.startsWith("deleted file mode "))
      ? {}
      : { after: after === undefined ? path : unquotePath(after) }),
    hunks: start < 0 ? [] : parseHunks(lines.slice(start)),
  };
}

/** The name in `diff --git a/NAME b/NAME`; of a rename neither, which has lines for both. */
function bothNames(line: string): string {
  const names = line.slice("diff --git ".length);
  if (names.startsWith('"')) {
    const end = /^"(?:[^"\\]|\\.)*"/.exec(names)?.[0] ?? "";
    return unquotePath(end).slice("a/".length);
  }
  return names.slice(2, (names.length - 1) / 2);
}

function parseHunks(lines: readonly string[]): PatchHunk[] {
  const hunks: { oldStart: number; oldLines: number; lines: string[] }[] = [];
  for (const line of lines) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@/.exec(line);
    const hunk = hunks.at(-1);
    if (head) {
      hunks.push({ oldStart: Number(head[1]), oldLines: Number(head[2] ?? 1), lines: [] });
    } else if (line.startsWith("\\")) {
      const last = hunk?.lines.pop();
      if (hunk && last !== undefined) hunk.lines.push(last.replace(/\n$/, ""));
    } else {
      hunk?.lines.push(line);
    }
  }
  return hunks;
}

function applyHunks(text: string, { before, after, hunks }: PatchSection): string {
  const path = before ?? after ?? "";
  const lines = linesOf(text);
  const edited: string[] = [];
  let at = 0;
  for (const { oldStart, oldLines, lines: signed } of hunks) {
    const start = oldLines === 0 ? oldStart : oldStart - 1;
    if (start < at || start > lines.length) throw misfit(path, `it has no line ${oldStart}`);
    edited.push(...lines.slice(at, start));
    at = start;
    for (const line of signed) {
      const [sign, content] = [line[0], line.slice(1)];
      if (sign !== "+" && lines[at++] !== content) {
        throw misfit(path, `line ${at} is not ${JSON.stringify(content.slice(0, 80))}`);
      }
      if (sign !== "-") edited.push(content);
    }
  }
  return edited.concat(lines.slice(at)).join("");
}

function unquotePath(quoted: string): string {
  if (!quoted.startsWith('"')) return quoted;
  const bytes: number[] = [];
  for (const [part] of quoted.slice(1, -1).matchAll(/\\[0-7]{3}|\\.|[^\\]/gsu)) {
    if (/^\\\d/.test(part)) bytes.push(parseInt(part.slice(1), 8));
    else bytes.push(...encodePath(part.startsWith("\\") ? ESCAPED[part[1] ?? ""] ?? "" : part));
  }
  return decodePath(Uint8Array.from(bytes));
}

const ESCAPED: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  '"': '"',
  "\\": "\\",
};

function misfit(path: string, reason: string): CorpusError {
  return new CorpusError(
    "bad-edit",
    `The patch of ${JSON.stringify(path)} does not fit: ${reason}.`,
  );
}
