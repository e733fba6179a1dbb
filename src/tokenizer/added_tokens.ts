/**
 * Tokens that are matched in the text as they stand, before it is cut into pieces: `<|im_start|>`,
 * `<think>`.
 *
 * @module
 */

/** A token that is no product of merges. */
export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Whether it steers the model, and is left out when tokens are shown. */
  readonly special: boolean;
  /** Whether it is looked for in normalised text. */
  readonly normalized?: boolean;
  /** Whether white space before it belongs to it. */
  readonly lstrip?: boolean;
  /** Whether white space behind it belongs to it. */
  readonly rstrip?: boolean;
  /** Whether it counts only between word boundaries. */
  readonly singleWord?: boolean;
}

/** Ordinary text, or the added token that stands there. */
export type Span = string | AddedToken;

/** Cuts a text at the added tokens. */
export type SpanSplitter = (text: string) => Span[];

/** Finds `tokens` leftmost, and the longest where several begin at one place. */
export function createSpanSplitter(tokens: readonly AddedToken[]): SpanSplitter {
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  byContent.delete("");
  if (byContent.size === 0) return (text) => text === "" ? [] : [text];
  const alternatives = [...byContent.keys()]
    .toSorted((a, b) => b.length - a.length)
    .map((content) => RegExp.escape(content));
  const expression = new RegExp(alternatives.join("|"), "gu");
  return (text) => {
    const spans: Span[] = [];
    let from = 0;
    for (const { index, 0: content } of text.matchAll(expression)) {
      const token = byContent.get(content);
      let start = index;
      let end = index + content.length;
      if (!token || start < from || (token.singleWord && !standsAlone(text, start, end))) continue;
      if (token.lstrip) start = from + text.slice(from, start).trimEnd().length;
      if (token.rstrip) end = text.length - text.slice(end).trimStart().length;
      if (start > from) spans.push(text.slice(from, start));
      spans.push(token);
      from = end;
    }
    if (from < text.length) spans.push(text.slice(from));
    return spans;
  };
}

function standsAlone(text: string, start: number, end: number): boolean {
  return !/[\p{L}\p{M}\p{N}\p{Pc}]$/u.test(text.slice(Math.max(0, start - 2), start)) &&
    !/^[\p{L}\p{M}\p{N}\p{Pc}]/u.test(text.slice(end, end + 2));
}
