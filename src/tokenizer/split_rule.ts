/**
 * How a vocabulary cuts text into pieces before bytes are merged. The patterns that vocabularies
 * state are few; those known here are recognised by their very text and cut by class, others run as
 * regular expressions.
 *
 * @module
 */
import { TokenizerError } from "./tokenizer_error.ts";

/** Cutting by character class; `family` is the vocabulary that had the pattern first. */
export interface ClassRule {
  readonly family: "gpt2" | "cl100k" | "o200k";
  /** `'s`, `'ll` …: in lower case only, in any case, or not treated. */
  readonly contractions: "lower" | "any" | "none";
  /** At most so many digits in a piece; 0 for any number. */
  readonly digits: number;
  /** Whether combining marks count as letters (`cl100k` only). */
  readonly marks?: boolean;
}

/** Cutting by regular expressions, each applied to the pieces of the one before. */
export interface PatternRule {
  readonly family: "pattern";
  /** Sources of expressions with the flags `gu`; matches and what is between them become pieces. */
  readonly patterns: readonly string[];
}

export type SplitRule = ClassRule | PatternRule;

const WORDS = "'s|'t|'re|'ve|'m|'ll|'d";
const END = String.raw`|\s*[\r\n]+|\s+(?!\S)|\s+`;
const UPPER = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const PREFIX = String.raw`[^\r\n\p{L}\p{N}]?`;

/** The pattern of GPT-2, which a `ByteLevel` pre-tokeniser with `use_regex` stands for. */
export const GPT2_PATTERN = String
  .raw`${WORDS}| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const cl100k = (digits: string) =>
  String.raw`(?i:${WORDS})|${PREFIX}\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*${END}`;

const o200k = (contractions: string, digits: string) =>
  `${PREFIX}${UPPER}*${LOWER}+${contractions}|${PREFIX}${UPPER}+${LOWER}*${contractions}` +
  String.raw`|${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*${END}`;

const ONE = String.raw`\p{N}`;
const THREE = String.raw`\p{N}{1,3}`;
const MARKED = String
  .raw`(?i:${WORDS})|${PREFIX}[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*${END}`;

/** Each pattern as it is written in vocabulary files, with the rule that does the same. */
const KNOWN: ReadonlyMap<string, ClassRule> = new Map<string, ClassRule>([
  [GPT2_PATTERN, { family: "gpt2", contractions: "lower", digits: 0 }],
  [cl100k(THREE), { family: "cl100k", contractions: "any", digits: 3 }],
  [cl100k(ONE), { family: "cl100k", contractions: "any", digits: 1 }],
  [MARKED, { family: "cl100k", contractions: "any", digits: 1, marks: true }],
  [o200k(`(?i:${WORDS})?`, THREE), { family: "o200k", contractions: "any", digits: 3 }],
  [o200k("", THREE), { family: "o200k", contractions: "none", digits: 3 }],
  [o200k("", ONE), { family: "o200k", contractions: "none", digits: 1 }],
]);

/** What new vocabularies may be trained with. */
export const SPLITS = {
  gpt2: GPT2_PATTERN,
  qwen2: cl100k(ONE),
  llama3: cl100k(THREE),
  o200k: o200k(`(?i:${WORDS})?`, THREE),
  /**
   * Each word of a name in camel case a piece, whatever stands before it; the space between two words
   * belongs to the first; numbers up to 99 are one.
   */
  words: String
    .raw`\p{Ll}+ (?=[\p{L}\p{N}])|\p{Lu}?\p{Ll}+|\p{L}|\p{N}{1,2}|[^\s\p{L}\p{N}]+\n?|\n| +|\s`,
} as const;

export type SplitName = keyof typeof SPLITS;

/** How r50k, p50k, cl100k and o200k cut. */
export const OPENAI_SPLITS = {
  gpt2: { family: "gpt2", contractions: "lower", digits: 0 },
  cl100k: { family: "cl100k", contractions: "any", digits: 3 },
  o200k: { family: "o200k", contractions: "any", digits: 3 },
} as const satisfies Record<string, ClassRule>;

/**
 * The rule for a list of patterns, each applied to the pieces of the one before.
 *
 * @param name of the vocabulary, for errors
 * @throws {TokenizerError} `unsupported` quoting a pattern that JavaScript does not understand.
 */
export function splitRule(patterns: readonly string[], name: string): SplitRule {
  const [only] = patterns;
  const known = patterns.length === 1 && only !== undefined ? KNOWN.get(only) : undefined;
  return known ??
    { family: "pattern", patterns: patterns.map((pattern) => toJavaScript(pattern, name)) };
}

/** What means something else in JavaScript than where vocabularies are trained. */
const AMBIGUOUS = /\\[wWbBhHRXK]|\[:|&&|[$^.]/;

/** The classes of vocabularies' expressions are those of Unicode throughout. */
const UNICODE: Readonly<Record<string, string>> = {
  "\\s": String.raw`\p{White_Space}`,
  "\\S": String.raw`\P{White_Space}`,
  "\\d": String.raw`\p{Nd}`,
  "\\D": String.raw`\P{Nd}`,
};

function toJavaScript(pattern: string, name: string): string {
  const refuse = (reason: string, cause?: unknown) =>
    new TokenizerError(
      "unsupported",
      `${name} cuts text by a pattern that cannot be used here (${reason}): ` +
        JSON.stringify(pattern),
      { cause },
    );
  const skeleton = pattern.replace(/\\[^wWbBhHRXK]/gsu, "").replace(
    /\[(?!:)(?:[^\][&]|&(?!&))*\]/gsu,
    "",
  );
  const [ambiguous] = AMBIGUOUS.exec(skeleton) ?? [];
  if (ambiguous !== undefined) throw refuse(`${ambiguous} is not told alike everywhere`);
  const source = pattern.replace(/\\./gsu, (escape) => UNICODE[escape] ?? escape);
  try {
    new RegExp(source, "gu");
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error);
  }
  return source;
}
