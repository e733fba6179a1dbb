/**
 * Cuts text into pieces by regular expressions: for vocabularies whose pattern is not among those
 * that are cut by class. Ten times slower, and whole texts at once.
 *
 * @module
 */
import type { PatternRule } from "./split_rule.ts";
import type { Splitter } from "./split_text.ts";
import { utf8 } from "./utf8.ts";

/** The splitter of a rule: what an expression matches is a piece, and what lies between matches. */
export function splitByPattern({ patterns }: PatternRule): Splitter {
  const expressions = patterns.map((pattern) => new RegExp(pattern, "gu"));
  return (bytes, end, ends) => {
    let pieces = [utf8.decode(bytes.subarray(0, end))];
    for (const expression of expressions) {
      pieces = pieces.flatMap((piece) => [...cut(piece, expression)]);
    }
    let n = 0;
    let at = 0;
    for (const piece of pieces) ends[n++] = at += byteLength(piece);
    return n;
  };
}

function* cut(text: string, expression: RegExp): Generator<string> {
  let from = 0;
  for (const { index, 0: match } of text.matchAll(expression)) {
    if (match === "") continue;
    if (index > from) yield text.slice(from, index);
    yield match;
    from = index + match.length;
  }
  if (from < text.length) yield text.slice(from);
}

/** Bytes of well-formed text in UTF-8. */
function byteLength(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair stands for two of its four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}
