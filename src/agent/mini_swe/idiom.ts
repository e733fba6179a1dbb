/**
 * An idiom is a small piece of code that programmers write again and again: one stage that turns a
 * value of one kind into a value of another. Functions of MiniSWE are one idiom, or several composed.
 *
 * @module
 */

/** The domains that idioms belong to. The last three are held out of `train` and `test`. */
export const DOMAINS = [
  "totals",
  "selection",
  "shaping",
  "searching",
  "arithmetic",
  "text",
  "words",
  "records",
  "tallies",
  "spans",
  "ledgers",
  "grids",
  "clocks",
  "codes",
] as const;

/** One of {@linkcode DOMAINS}. */
export type Domain = typeof DOMAINS[number];

/**
 * The kinds of values: lists of whole numbers, a number, a lower-case text, a list of words, a list of
 * `{ name, amount }`, an object of numbers by word, a list of `[start, end]`, rows of numbers.
 */
export type ValueKind =
  | "numbers"
  | "number"
  | "text"
  | "words"
  | "records"
  | "tally"
  | "spans"
  | "grid";

/** A number that the code fixes: as the code has it, and as the comment speaks of it. */
export interface Constant {
  readonly code: string;
  readonly words: string;
}

/** What an idiom makes its stage of. Every call may choose, so an idiom varies. */
export interface StageContext {
  /** The name of the value that comes in. */
  readonly input: string;
  /** The name of the field of a record that holds its number. */
  readonly field: string;
  /** A name for one element of the input. */
  each(): string;
  /** A fresh name for a local variable. */
  local(...names: string[]): string;
  /** A further parameter of the function; its name. */
  param(kind: "number" | "letter", ...names: string[]): string;
  /** A number between the two; `name` is how the comment calls it where it keeps the value secret. */
  constant(low: number, high: number, name: string): Constant;
  pick<T>(...options: T[]): T;
}

/** Code that turns the input into the output. */
export interface Stage {
  readonly lines: readonly string[];
  /** An expression that stands for the output after the lines. */
  readonly result: string;
  /** What the stage does, as an instruction: "keep those above limit". */
  readonly words: string;
  /** Which of its variants it is, where that makes another composition: the condition, for example. */
  readonly variant?: string;
}

/** A template of code. */
export interface Idiom {
  /** Unique among all idioms. */
  readonly name: string;
  readonly domain: Domain;
  readonly input: ValueKind;
  readonly output: ValueKind;
  /** Whether it may return early, so that nothing can come after it. */
  readonly final?: boolean;
  build(context: StageContext): Stage;
}

/** Names the domain of idioms once. */
export function idiomsOf(domain: Domain, idioms: readonly Omit<Idiom, "domain">[]): Idiom[] {
  return idioms.map((idiom) => ({ ...idiom, domain }));
}

/** A condition on a number, or a new number made of it. */
export interface NumberPiece {
  readonly code: string;
  readonly words: string;
  readonly variant: string;
}

/** A condition on the number `x`, for "those …". */
export function numberCondition(context: StageContext, x: string): NumberPiece {
  const variant = context.pick("above", "below", "at least", "at most", "even", "odd", "multiple");
  if (variant === "even") return { code: `${x} % 2 === 0`, words: "even", variant };
  if (variant === "odd") return { code: `${x} % 2 !== 0`, words: "odd", variant };
  if (variant === "multiple") {
    const step = context.constant(2, 5, "the step");
    return { code: `${x} % ${step.code} === 0`, words: `divisible by ${step.words}`, variant };
  }
  const operator = { above: ">", below: "<", "at least": ">=", "at most": "<=" }[variant];
  if (context.pick(true, true, false)) {
    const limit = context.param("number", "limit", "cut", "bound", "mark");
    return { code: `${x} ${operator} ${limit}`, words: `${variant} ${limit}`, variant };
  }
  const limit = context.constant(3, 7, "the usual limit");
  return { code: `${x} ${operator} ${limit.code}`, words: `${variant} ${limit.words}`, variant };
}

/** A new number made of the number `x`, for "… each". */
export function numberTransform(context: StageContext, x: string): NumberPiece {
  const variant = context.pick("add", "subtract", "times", "half", "square", "affine", "modulo");
  if (variant === "half") return { code: `Math.floor(${x} / 2)`, words: "halve", variant };
  if (variant === "square") return { code: `${x} * ${x}`, words: "square", variant };
  if (variant === "affine") {
    const rate = context.constant(2, 6, "the rate");
    const fee = context.constant(2, 9, "the fee");
    const words = `charge ${rate.words} times plus ${fee.words} for`;
    return { code: `${x} * ${rate.code} + ${fee.code}`, words, variant };
  }
  const by = context.constant(2, 7, variant === "times" ? "the factor" : "the fixed amount");
  if (variant === "add") return { code: `${x} + ${by.code}`, words: `add ${by.words} to`, variant };
  if (variant === "subtract") {
    return { code: `${x} - ${by.code}`, words: `take ${by.words} from`, variant };
  }
  if (variant === "times") {
    return { code: `${x} * ${by.code}`, words: `multiply by ${by.words}`, variant };
  }
  return { code: `${x} % ${by.code}`, words: `take modulo ${by.words}`, variant };
}
