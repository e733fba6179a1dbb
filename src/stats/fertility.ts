/**
 * How many tokens a vocabulary makes of text: its fertility, by bytes and by lines. What makes fewer
 * fits more of a repository into a context.
 *
 * @module
 */

/** How much text there is. Sums of shards are those of the whole. */
export interface TextSize {
  /** In UTF-8. */
  readonly bytes: number;
  /** Line feeds, and one more for each text whose last line has none. */
  readonly lines: number;
}

/** What a vocabulary makes of a text. */
export interface Fertility extends TextSize {
  readonly tokenizer: string;
  readonly tokens: number;
  /** Tokens a byte; 0 for no text. */
  readonly perByte: number;
  /** Tokens a line; 0 for no text. */
  readonly perLine: number;
}

/** The size of a text. Lone surrogates count as the three bytes of U+FFFD. Cost: about 1 GB/s. */
export function textSize(text: string): TextSize {
  let bytes = text.length;
  let lines = text === "" || text.endsWith("\n") ? 0 : 1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === LINE_FEED) lines++;
    if (unit < 0x80) continue;
    // Two units of a pair take 4 bytes together, any other unit over U+07FF takes 3.
    bytes += unit < 0x800 || isPaired(text, i, unit) ? 1 : 2;
  }
  return { bytes, lines };
}

/** Adds up sizes. */
export function addTextSizes(a: TextSize, b: TextSize): TextSize {
  return { bytes: a.bytes + b.bytes, lines: a.lines + b.lines };
}

/** Tokens by byte and by line. */
export function fertility(
  tokenizer: string,
  tokens: number,
  { bytes, lines }: TextSize,
): Fertility {
  const perByte = bytes === 0 ? 0 : tokens / bytes;
  const perLine = lines === 0 ? 0 : tokens / lines;
  return { tokenizer, tokens, bytes, lines, perByte, perLine };
}

const LINE_FEED = 10;

function isPaired(text: string, i: number, unit: number): boolean {
  if (unit >= 0xd800 && unit < 0xdc00) return isWithin(text.charCodeAt(i + 1), 0xdc00);
  return unit >= 0xdc00 && unit < 0xe000 && isWithin(text.charCodeAt(i - 1), 0xd800);
}

/** NaN, which is what lies beyond a text, is in no range. */
function isWithin(unit: number, start: number): boolean {
  return unit >= start && unit < start + 0x400;
}
