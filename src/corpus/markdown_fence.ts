/**
 * Fenced blocks of Markdown that hold any text.
 *
 * @module
 */

/**
 * The text of a file between two fences, on lines of its own. A fence is longer than any run of
 * backticks that begins a line of the text.
 */
export function fencedFile(text: string): string {
  return fenced(text, text === "" || text.endsWith("\n") ? text : `${text}\n`);
}

/** A piece of text between two fences: its last line is ended, whether it was or not. */
export function fencedPiece(text: string): string {
  return fenced(text, text === "" ? "" : `${text}\n`);
}

function fenced(text: string, body: string): string {
  let fence = "```";
  for (const [run] of text.matchAll(/^ {0,3}`{3,}/gm)) {
    const length = run.trimStart().length;
    if (length >= fence.length) fence = "`".repeat(length + 1);
  }
  return `${fence}\n${body}${fence}\n`;
}
