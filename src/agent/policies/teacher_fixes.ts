/**
 * What a teacher knows: the gold patch as a list of edits, and edits that are nearly right.
 *
 * @module
 */
import { parse } from "acorn";
import { parsePatch } from "diff";
import { patchedFiles } from "../environment/patch.ts";
import { isTestFile } from "../environment/quickjs.ts";
import type { Random } from "../mini_swe/seeded_random.ts";
import type { Task } from "../task.ts";
import { findFunctions } from "../tools/rewrite_function.ts";

/** One edit of the gold patch. */
export interface Fix {
  readonly path: string;
  /** The function that it changes, where it is one whole function of a JavaScript module. */
  readonly name?: string;
  /** The text to be replaced; `""` where the file is new. */
  readonly before: string;
  readonly after: string;
}

/**
 * The edits of a task's gold patch, in its order; changes of tests are left out. Where the task has its
 * files, a change within a function is told as the whole function.
 *
 * @throws {AgentError} `patch` if the gold patch does not fit the task's files.
 */
export async function goldFixes(task: Task): Promise<Fix[]> {
  const { files } = task;
  if (files === undefined) return parsePatch(task.patch).flatMap(hunkFixes);
  const changed = await patchedFiles(task.patch, (path) => Promise.resolve(files[path]));
  return [...changed].filter(([path]) => !isTestFile(path)).flatMap(([path, after]) => {
    const before = files[path];
    if (after === null) return [];
    if (before === undefined) return [{ path, before: "", after }];
    return functionFixes(path, before, after) ??
      parsePatch(task.patch).filter((file) => file.newFileName?.endsWith(path)).flatMap(hunkFixes);
  });
}

/**
 * The fix with a slip in the lines that it changes: another operator, bound or constant. A slip that
 * gives the old text, or no JavaScript where the fix is some, is not taken.
 *
 * @param avoid texts that must not come again
 */
export function slip(fix: Fix, random: Random, avoid: readonly string[]): string | null {
  const old = new Set(fix.before.split("\n"));
  const lines = fix.after.split("\n");
  const tried: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (old.has(line)) continue;
    for (const changed of slipsOf(line)) {
      tried.push(lines.with(i, changed).join("\n"));
    }
  }
  const isCode = parses(fix.after);
  const usable = [...new Set(tried)].filter((text) =>
    text !== fix.before && text !== fix.after && !avoid.includes(text) && (!isCode || parses(text))
  );
  return usable.length === 0 ? null : random.pick(usable);
}

/**
 * The fix with other numbers, of as many digits, in the place of those that it brings in: what can be
 * written without knowing them. Null where it brings in none.
 */
export function guess(fix: Fix, random: Random): string | null {
  const numbers = newLiterals(fix).filter((literal) => /^\d+$/.test(literal));
  if (numbers.length === 0) return null;
  for (;;) {
    const guessed = numbers.reduce((code, number) => {
      const low = 10 ** (number.length - 1);
      const other = random.int(low, 10 * low - 1);
      return code.replaceAll(new RegExp(`\\b${number}\\b`, "g"), String(other));
    }, fix.after);
    if (guessed !== fix.before && guessed !== fix.after) return guessed;
  }
}

/** The numbers and strings that a fix brings in. */
export function newLiterals({ before, after }: Fix): string[] {
  const literals = (text: string) => text.match(/"[^"\n]*"|'[^'\n]*'|\b\d+(\.\d+)?\b/g) ?? [];
  const old = new Set(literals(before));
  return literals(after).filter((literal) => !old.has(literal));
}

function functionFixes(path: string, before: string, after: string): Fix[] | null {
  const [old, now] = [functionsOf(before), functionsOf(after)];
  if (old === null || now === null) return null;
  const fixes: Fix[] = [];
  let outside = before;
  for (const [name, text] of old) {
    const changed = now.get(name);
    if (changed === undefined) return null;
    if (changed === text) continue;
    fixes.push({ path, name, before: text, after: changed });
    outside = outside.replace(text, () => changed);
  }
  return outside === after ? fixes : null;
}

function functionsOf(source: string): Map<string, string> | null {
  if (!parses(source)) return null;
  return new Map(
    findFunctions(source).map(({ name, start, end }) => [name, source.slice(start, end)]),
  );
}

function hunkFixes({ newFileName, hunks }: ReturnType<typeof parsePatch>[number]): Fix[] {
  const path = newFileName?.replace(/^b\//, "") ?? "";
  if (path === "/dev/null" || isTestFile(path)) return [];
  return hunks.map(({ lines }) => {
    const side = (signs: string) =>
      lines.filter((line) => signs.includes(line[0] ?? "?")).map((line) => line.slice(1)).join(
        "\n",
      );
    return { path, before: side(" -"), after: side(" +") };
  });
}

const SWAPS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/===/g, ["!=="]],
  [/!==/g, ["==="]],
  [/<=/g, ["<", ">="]],
  [/>=/g, [">", "<="]],
  [/(?<![<>=])<(?![<=])/g, ["<=", ">"]],
  [/(?<![>=<])>(?![>=])/g, [">=", "<"]],
  [/&&/g, ["||"]],
  [/\|\|/g, ["&&"]],
  [/(?<=\s)\+(?=\s)/g, ["-", "*"]],
  [/(?<=\s)-(?=\s)/g, ["+"]],
  [/(?<=\s)\*(?=\s)/g, ["+", "/"]],
  [/(?<=\s)\/(?=\s)/g, ["*"]],
  [/\btrue\b/g, ["false"]],
  [/\bfalse\b/g, ["true"]],
  [/\bmin\b/g, ["max"]],
  [/\bmax\b/g, ["min"]],
  [/\bfloor\b/g, ["ceil", "round"]],
  [/!(?=[\w(])/g, [""]],
];

/** A line with one thing in it changed, in all the ways that are known here. */
function slipsOf(line: string): string[] {
  const slips: string[] = [];
  for (const [pattern, others] of SWAPS) {
    for (const match of line.matchAll(pattern)) {
      for (const other of others) slips.push(spliced(line, match.index, match[0].length, other));
    }
  }
  for (const match of line.matchAll(/(?<![\w.])\d+(?![\w.])/g)) {
    const value = Number(match[0]);
    for (const other of [value + 1, value - 1]) {
      if (other >= 0) slips.push(spliced(line, match.index, match[0].length, String(other)));
    }
  }
  return slips;
}

function spliced(text: string, at: number, length: number, other: string): string {
  return text.slice(0, at) + other + text.slice(at + length);
}

function parses(code: string): boolean {
  try {
    parse(code, { ecmaVersion: "latest", sourceType: "module" });
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
