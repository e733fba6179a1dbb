/**
 * Cuts text into the pieces that a vocabulary's rule makes, by the class of each character: one
 * look at a table a character, no regular expression and no string a piece.
 *
 * @module
 */
import {
  characterClass,
  LETTER,
  LOWER,
  MARK,
  NEWLINE,
  NUMBER,
  OTHER,
  SPACE,
  UPPER,
} from "./character_class.ts";
import { splitByPattern } from "./split_by_pattern.ts";
import type { ClassRule, SplitRule } from "./split_rule.ts";
import { characterLength, codePointAt } from "./utf8.ts";

/**
 * Writes where each piece of `bytes[0, end)`, valid UTF-8, ends, and gives the number of pieces.
 *
 * @param ends room for as many pieces as bytes
 */
export type Splitter = (bytes: Uint8Array, end: number, ends: Int32Array) => number;

/** The splitter of a rule. */
export function createSplitter(rule: SplitRule): Splitter {
  if (rule.family === "pattern") return splitByPattern(rule);
  const pieceEnd = createPieceEnd(rule);
  return (bytes, end, ends) => {
    let n = 0;
    for (let at = 0; at < end;) ends[n++] = at = pieceEnd(bytes, at, end);
    return n;
  };
}

/** Where the piece that begins at `at` ends. */
type PieceEnd = (bytes: Uint8Array, at: number, end: number) => number;

const set = (...classes: number[]) => classes.reduce((bits, is) => bits | 1 << is, 0);

const LETTERS = set(UPPER, LOWER, LETTER);
const NUMBERS = set(NUMBER);
const SPACES = set(SPACE, NEWLINE);
const SYMBOLS = set(OTHER, MARK);
const NEWLINES = set(NEWLINE);
/** What may begin a word in o200k, and what must end it. */
const HEADS = set(UPPER, LETTER, MARK);
const TAILS = set(LOWER, LETTER, MARK);
/** What no pattern but GPT-2's takes before a word. */
const NO_PREFIX = LETTERS | NUMBERS | NEWLINES;

const BLANK = 0x20;
const QUOTE = 0x27;
const SLASH = 0x2f;

function createPieceEnd({ family, contractions, digits, marks }: ClassRule): PieceEnd {
  // 0x20 makes upper case lower; 0 leaves it.
  const fold = contractions === "any" ? 0x20 : 0;
  const most = digits || Infinity;
  if (family === "gpt2") return gpt2;
  if (family === "o200k") return (bytes, at, end) => o200k(bytes, at, end, contractions, most);
  const letters = marks ? LETTERS | set(MARK) : LETTERS;
  const symbols = marks ? set(OTHER) : SYMBOLS;
  return (bytes, at, end) => cl100k(bytes, at, end, fold, letters, symbols, most);
}

/** `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
function gpt2(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === QUOTE) {
    const contracted = contractionEnd(bytes, at, end, 0);
    if (contracted > at) return contracted;
  }
  let is = classAt(bytes, at);
  let first = at;
  if (bytes[at] === BLANK && at + 1 < end) {
    const next = classAt(bytes, at + 1);
    if (!(SPACES >> next & 1)) {
      first = at + 1;
      is = next;
    }
  }
  if (LETTERS >> is & 1) return skip(bytes, first, end, LETTERS);
  if (is === NUMBER) return skip(bytes, first, end, NUMBERS);
  if (SYMBOLS >> is & 1) return skip(bytes, first, end, SYMBOLS);
  return spaceEnd(bytes, at, end, false);
}

/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*` and
 * `|\s*[\r\n]+|\s+(?!\S)|\s+`
 */
function cl100k(
  bytes: Uint8Array,
  at: number,
  end: number,
  fold: number,
  letters: number,
  symbols: number,
  digits: number,
): number {
  const byte = bytes[at]!;
  if (byte === QUOTE) {
    const contracted = contractionEnd(bytes, at, end, fold);
    if (contracted > at) return contracted;
  }
  const is = classAt(bytes, at);
  if (letters >> is & 1) return skip(bytes, at, end, letters);
  if (is === NUMBER) return skipSome(bytes, at, end, NUMBERS, digits);
  const after = at + characterLength(byte);
  const next = after < end ? classAt(bytes, after) : 0;
  if (letters >> next & 1 && !(NO_PREFIX >> is & 1)) return skip(bytes, after, end, letters);
  if (symbols >> is & 1 || (byte === BLANK && symbols >> next & 1)) {
    return skip(bytes, skip(bytes, after, end, symbols), end, NEWLINES);
  }
  return spaceEnd(bytes, at, end, true);
}

/**
 * As cl100k, but that words are cut before a capital, and `[\r\n/]*` follows symbols:
 * `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|…)?` or
 * `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|…)?`
 */
function o200k(
  bytes: Uint8Array,
  at: number,
  end: number,
  contractions: ClassRule["contractions"],
  digits: number,
): number {
  const byte = bytes[at]!;
  const is = classAt(bytes, at);
  if (is === NUMBER) return skipSome(bytes, at, end, NUMBERS, digits);
  const after = at + characterLength(byte);
  const prefixed = !(NO_PREFIX >> is & 1);
  const wordEnd = wordEndO200k(bytes, at, prefixed ? after : at, end);
  if (wordEnd > at) {
    if (contractions === "none" || wordEnd >= end || bytes[wordEnd] !== QUOTE) return wordEnd;
    return contractionEnd(bytes, wordEnd, end, contractions === "any" ? 0x20 : 0);
  }
  const next = after < end ? classAt(bytes, after) : 0;
  if (SYMBOLS >> is & 1 || (byte === BLANK && SYMBOLS >> next & 1)) {
    let to = skip(bytes, after, end, SYMBOLS);
    while (to < end && (bytes[to] === 0x0d || bytes[to] === 0x0a || bytes[to] === SLASH)) to++;
    return to;
  }
  return spaceEnd(bytes, at, end, true);
}

/**
 * The end of a word whose letters begin at `first`, after the prefix at `at` if they differ, or
 * `at` where there is none. What a backtracking engine finds: heads, then at least one tail, which
 * may have to be taken back from the heads; failing that, without the prefix; failing that, heads
 * alone.
 */
function wordEndO200k(bytes: Uint8Array, at: number, first: number, end: number): number {
  let to = first;
  let lastTail = 0;
  while (to < end) {
    const is = classAt(bytes, to);
    if (!(HEADS >> is & 1)) {
      if (is === LOWER) return skip(bytes, to, end, TAILS);
      break;
    }
    to += characterLength(bytes[to]!);
    if (is !== UPPER) lastTail = to;
  }
  if (lastTail > 0) return lastTail;
  // A mark may be the prefix of a word and a word itself.
  if (first > at && classAt(bytes, at) === MARK) return first;
  return to > first ? to : at;
}

/** Where the contraction that begins with the quote at `at` ends, or `at` if it is none. */
function contractionEnd(bytes: Uint8Array, at: number, end: number, fold: number): number {
  if (at + 1 >= end) return at;
  switch (bytes[at + 1]! | fold) {
    case 0x73: // s
    case 0x74: // t
    case 0x6d: // m
    case 0x64: // d
      return at + 2;
    case 0x72: // re
    case 0x76: // ve
      return at + 2 < end && (bytes[at + 2]! | fold) === 0x65 ? at + 3 : at;
    case 0x6c: // ll
      return at + 2 < end && (bytes[at + 2]! | fold) === 0x6c ? at + 3 : at;
    default:
      return at;
  }
}

/** `\s*[\r\n]+` if `lines`, then `\s+(?!\S)`, then `\s+`. */
function spaceEnd(bytes: Uint8Array, at: number, end: number, lines: boolean): number {
  let to = at;
  let last = at;
  let lineEnd = at;
  while (to < end) {
    const is = classAt(bytes, to);
    if (!(SPACES >> is & 1)) break;
    last = to;
    to += characterLength(bytes[to]!);
    if (is === NEWLINE) lineEnd = to;
  }
  if (lines && lineEnd > at) return lineEnd;
  // The last space goes with what follows.
  return to < end && last > at ? last : to;
}

function skip(bytes: Uint8Array, at: number, end: number, classes: number): number {
  while (at < end) {
    const byte = bytes[at]!;
    if (byte < 0x80) {
      if (!(classes >> ASCII[byte]! & 1)) break;
      at++;
    } else {
      if (!(classes >> characterClass(codePointAt(bytes, at)) & 1)) break;
      at += characterLength(byte);
    }
  }
  return at;
}

function skipSome(bytes: Uint8Array, at: number, end: number, classes: number, most: number) {
  for (let n = 0; n < most && at < end && classes >> classAt(bytes, at) & 1; n++) {
    at += characterLength(bytes[at]!);
  }
  return at;
}

function classAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!;
  return byte < 0x80 ? ASCII[byte]! : characterClass(codePointAt(bytes, at));
}

const ASCII = Uint8Array.from({ length: 128 }, (_, byte) => characterClass(byte));
