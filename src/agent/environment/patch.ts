/**
 * Unified diffs of several files, made and applied as git does it: hunks may move, their context must
 * fit exactly.
 *
 * @module
 */
import { applyPatch, parsePatch, type StructuredPatch } from "diff";
import { filePatch } from "../../git/mod.ts";
import { AgentError } from "../agent_error.ts";
import { checkFilePath } from "./path.ts";

/** A file's content; bytes that are UTF-8 may come as text. */
export type FileContent = string | Uint8Array;

/** The patch from `before` to `after`, its files in the order of their paths; `""` if nothing changed. */
export function diffFiles(
  before: ReadonlyMap<string, FileContent>,
  after: ReadonlyMap<string, FileContent>,
): string {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const changed = paths.filter((path) => !sameContent(before.get(path), after.get(path)));
  return changed.map((path) => changeOf(path, before.get(path), after.get(path))).join("");
}

/**
 * What a patch does to files: their new text by path, null for a file that it removes. Nothing is
 * written, so a patch that does not fit changes nothing.
 *
 * @param read A file's text; undefined if there is no such file.
 * @throws {AgentError} `patch` with the file and the number of the hunk that does not fit.
 */
export async function patchedFiles(
  patch: string,
  read: (path: string) => Promise<string | undefined>,
): Promise<Map<string, string | null>> {
  const changes = new Map<string, string | null>();
  const current = async (path: string) => {
    const changed = changes.get(path);
    return changed === undefined ? await read(path) : changed ?? undefined;
  };
  for (const file of parseFiles(patch)) {
    const { from, to } = file;
    const path = to ?? from;
    if (path === null) throw misfit("it names no file");
    const before = from === null ? "" : await current(from);
    if (before === undefined) throw misfit(`${from} does not exist`);
    if (to !== null && to !== from && await current(to) !== undefined) {
      throw misfit(`${to} exists already`);
    }
    const after = applyHunks(path, before, file.patch);
    if (to === null && after !== "") throw misfit(`${from} is removed, but would not be empty`);
    if (from !== null && from !== to && !file.patch.isCopy) changes.set(from, null);
    if (to !== null) changes.set(to, after);
  }
  return changes;
}

/** A part of a patch: null is no file, before or after. */
interface PatchPart {
  readonly from: string | null;
  readonly to: string | null;
  readonly patch: StructuredPatch;
}

function parseFiles(patch: string): PatchPart[] {
  if (patch.trim() === "") return [];
  let parsed: StructuredPatch[];
  try {
    parsed = parsePatch(patch);
  } catch (error) {
    throw misfit(error instanceof Error ? error.message : String(error));
  }
  return parsed.map((file) => {
    if (file.isBinary) throw misfit(`${file.newFileName} is binary, which is not supported`);
    if (file.oldFileName === undefined && file.newFileName === undefined) {
      throw misfit("it is no unified diff: it names no file");
    }
    return {
      from: file.isCreate ? null : pathOf(file.oldFileName, "a/"),
      to: file.isDelete ? null : pathOf(file.newFileName, "b/"),
      patch: file,
    };
  });
}

function pathOf(name: string | undefined, prefix: string): string | null {
  if (name === undefined || name === "/dev/null") return null;
  return checkFilePath(name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

function applyHunks(path: string, before: string, patch: StructuredPatch): string {
  const after = applyPatch(before, patch);
  if (after !== false) return after;
  const fits = (count: number) =>
    applyPatch(before, { ...patch, hunks: patch.hunks.slice(0, count) }) !== false;
  const first = patch.hunks.findIndex((_hunk, i) => !fits(i + 1));
  throw misfit(
    `hunk ${first + 1} of ${patch.hunks.length} does not fit ${path} near line ${
      patch.hunks[first]?.oldStart
    }`,
  );
}

function misfit(problem: string): AgentError {
  return new AgentError("patch", `the patch does not apply: ${problem}`);
}

function sameContent(a: FileContent | undefined, b: FileContent | undefined): boolean {
  if (a === undefined || b === undefined || typeof a === typeof b && typeof a === "string") {
    return a === b;
  }
  const [x, y] = [bytesOf(a), bytesOf(b)];
  return x.length === y.length && x.every((byte, i) => byte === y[i]);
}

function changeOf(path: string, before?: FileContent, after?: FileContent): string {
  const change = {
    path,
    // The names of two contents that differ; what they are called does not show.
    ...(before !== undefined && { before: "before", beforeMode: "100644" as const }),
    ...(after !== undefined && { after: "after", afterMode: "100644" as const }),
  };
  const [old, now] = [before, after].map((side) => side === undefined ? side : bytesOf(side));
  return filePatch(change, old, now).text;
}

/** A file's content as bytes. */
export function bytesOf(content: FileContent): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

/** A file's content as text, or undefined if it is not UTF-8. */
export function textOf(content: FileContent): string | undefined {
  if (typeof content === "string") return content;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}
