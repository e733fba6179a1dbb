/**
 * Which lines of a text changed.
 *
 * @module
 */
import { diffArrays } from "diff";

/** Lines `oldStart` to `oldEnd` (not included) became lines `newStart` to `newEnd`; from 0. */
export interface LineEdit {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** Past this many changed lines the shortest edit is not searched for. */
const MAX_EDIT_LENGTH = 2000;

/** The lines of a text, each with its line feed; the last one may have none. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  const last = lines.pop();
  const whole = lines.map((line) => `${line}\n`);
  return last === undefined || last === "" ? whole : [...whole, last];
}

/**
 * A shortest list of edits that turns `before` into `after`, in order, with unchanged lines between
 * them. Where more than {@linkcode MAX_EDIT_LENGTH} lines differ, everything between the first and
 * the last difference is one edit.
 */
export function diffLines(before: readonly string[], after: readonly string[]): LineEdit[] {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let oldEnd = before.length;
  let newEnd = after.length;
  while (oldEnd > start && newEnd > start && before[oldEnd - 1] === after[newEnd - 1]) {
    oldEnd--;
    newEnd--;
  }
  const whole = { oldStart: start, oldEnd, newStart: start, newEnd };
  if (start === oldEnd && start === newEnd) return [];
  if (start === oldEnd || start === newEnd) return [whole];
  const numbers = new Map<string, number>();
  const number = (line: string) => {
    const known = numbers.get(line) ?? numbers.size;
    numbers.set(line, known);
    return known;
  };
  const runs = diffArrays(
    before.slice(start, oldEnd).map(number),
    after.slice(start, newEnd).map(number),
    { maxEditLength: MAX_EDIT_LENGTH },
  );
  return runs === undefined ? [whole] : editsOf(runs, start);
}

function editsOf(
  runs: readonly { count: number; added: boolean; removed: boolean }[],
  start: number,
): LineEdit[] {
  const edits: LineEdit[] = [];
  let [oldAt, newAt] = [start, start];
  let edit: LineEdit | undefined;
  for (const { count, added, removed } of runs) {
    if (!added && !removed) {
      if (edit) edits.push(edit);
      edit = undefined;
      oldAt += count;
      newAt += count;
      continue;
    }
    edit ??= { oldStart: oldAt, oldEnd: oldAt, newStart: newAt, newEnd: newAt };
    if (removed) oldAt += count;
    else newAt += count;
    edit = { ...edit, oldEnd: oldAt, newEnd: newAt };
  }
  return edit ? [...edits, edit] : edits;
}
