/**
 * How commands talk: results on standard output, everything else on standard error.
 *
 * @module
 */
import { formatDuration, type Progress } from "../gpu/mod.ts";

/** A command that failed for a reason that one line tells; it ends with exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Writes one JSON document; typed arrays are lists in it. */
export function printJson(value: unknown): void {
  const lists = (_: string, item: unknown) =>
    ArrayBuffer.isView(item) && !(item instanceof DataView)
      ? Array.from(item as unknown as ArrayLike<number>)
      : item;
  print(JSON.stringify(value, lists, 2));
}

/** Writes a line to standard output. */
export function print(line: string): void {
  writeAll(Deno.stdout, new TextEncoder().encode(`${line}\n`));
}

/** Writes text to standard output as it comes; on a terminal without what would control it. */
export function printPiece(text: string): void {
  const shown = Deno.stdout.isTerminal()
    ? text.split(/([\n\t])/).map((part, i) => i % 2 === 0 ? printable(part) : part).join("")
    : text;
  writeAll(Deno.stdout, new TextEncoder().encode(shown));
}

/** Writes a line to standard error, below a progress line that stands there. */
export function note(line: string): void {
  writeAll(Deno.stderr, new TextEncoder().encode(`${lineIsOpen ? "\n" : ""}${printable(line)}\n`));
  lineIsOpen = false;
}

/** Whether a progress line waits at the cursor. */
let lineIsOpen = false;

/** Columns as wide as their widest cell; numbers to the right. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const text = (cell: string | number) =>
    typeof cell === "number" ? cell.toLocaleString("en") : printable(cell);
  const widths = head.map((title, i) =>
    rows.reduce((widest, row) => Math.max(widest, text(row[i] ?? "").length), title.length)
  );
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, i) => {
      const width = widths[i] ?? 0;
      return typeof cell === "number" ? text(cell).padStart(width) : text(cell).padEnd(width);
    }).join("  ").trimEnd();
  print(line(head));
  for (const row of rows) print(line(row));
}

/** A share in percent, with one digit after the point. */
export function points(share: number): string {
  return (share * 100).toFixed(1);
}

/** Text cut to a column's width. */
export function brief(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** A listener that keeps one line on a terminal up to date, or writes a line a phase elsewhere. */
export function progressLine(): (progress: Progress) => void {
  const live = Deno.stderr.isTerminal();
  let phase = "";
  let ended = false;
  let startedAt = 0;
  let shownAt = 0;
  return (progress) => {
    const now = performance.now();
    const { done, total, unit } = progress;
    if (progress.phase !== phase) {
      phase = progress.phase;
      ended = false;
      startedAt = now;
      if (!live) note(`${phase} …`);
    }
    const over = total > 0 && done >= total;
    if (!live || ended || (now - shownAt < 100 && !over)) return;
    shownAt = now;
    ended = over;
    lineIsOpen = !over;
    const share = total > 0 ? ` of ${total.toLocaleString("en")}` : "";
    const leftMs = total > 0 && done > 0 ? (now - startedAt) * (total / done - 1) : 0;
    const time = leftMs >= 1000 ? `, ${formatDuration(leftMs)} left` : "";
    const text = `${phase}: ${done.toLocaleString("en")}${share} ${unit}${time}`;
    writeAll(Deno.stderr, new TextEncoder().encode(`\r\x1b[K${text}${over ? "\n" : ""}`));
  };
}

/** Text from outside must not move the cursor, colour the terminal or turn its direction. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

function writeAll(to: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
