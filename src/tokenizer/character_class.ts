/**
 * The class of each character, as far as the patterns that cut text into pieces tell characters
 * apart. Of the engine's own Unicode tables, a page of 256 characters when one of it is first met,
 * so that loading costs nothing.
 *
 * @module
 */

/** Lu, Lt */
export const UPPER = 1;
/** Ll */
export const LOWER = 2;
/** Lm, Lo: letters without case. */
export const LETTER = 3;
/** M */
export const MARK = 4;
/** N */
export const NUMBER = 5;
/** White_Space other than a line's end. */
export const SPACE = 6;
/** Carriage return and line feed. */
export const NEWLINE = 7;
/** Everything else: punctuation, symbols, controls, unassigned. */
export const OTHER = 8;

/**
 * Regular expressions of the classes. White_Space is what Rust's and Oniguruma's `\s` match, in
 * which these vocabularies were trained; JavaScript's `\s` has U+FEFF besides and lacks U+0085.
 */
const PATTERNS: readonly [number, RegExp][] = [
  [UPPER, /[\p{Lu}\p{Lt}]+/gu],
  [LOWER, /\p{Ll}+/gu],
  [LETTER, /[\p{Lm}\p{Lo}]+/gu],
  [MARK, /\p{M}+/gu],
  [NUMBER, /\p{N}+/gu],
  [SPACE, /\p{White_Space}+/gu],
  [NEWLINE, /[\r\n]+/gu],
];

/** By code point; 0 where the page has not been filled yet. */
const classes = new Uint8Array(0x110000);

/** The class of a code point, 0 to 0x10FFFF. */
export function characterClass(codePoint: number): number {
  return classes[codePoint] || fillPage(codePoint);
}

function fillPage(codePoint: number): number {
  const first = codePoint & ~0xff;
  const units = first < 0x10000 ? 1 : 2;
  const page = String.fromCodePoint(...Array.from({ length: 256 }, (_, i) => first + i));
  classes.fill(OTHER, first, first + 256);
  for (const [is, pattern] of PATTERNS) {
    for (const { index, 0: run } of page.matchAll(pattern)) {
      const at = first + index / units;
      classes.fill(is, at, at + run.length / units);
    }
  }
  return classes[codePoint] ?? OTHER;
}
