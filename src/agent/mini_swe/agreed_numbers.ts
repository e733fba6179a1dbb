/**
 * Agreed numbers of a function: what it gives for no element, for many, or at the least. It has two of
 * these; its comment tells one, and of the other no more than that it is agreed upon, so that only a test
 * tells, which prints the number itself.
 *
 * @module
 */
import type { Idiom } from "./idiom.ts";
import type { Random } from "./seeded_random.ts";

/** Two digits: each a token of its own in small vocabularies, and none that a guess would hit. */
export const AGREED = { low: 10, high: 99 } as const;

/** What a function with agreed numbers has beside its stages. */
export interface AgreedNumbers {
  /** Statements at its beginning. */
  readonly guards: readonly string[];
  /** What it returns, of what its stages give. */
  bounded(result: string): string;
  /** For the comment. */
  readonly words: string;
}

/** Elements of a list that are many. */
const MANY = 3;

/**
 * Two of the three kinds of numbers, one of which the comment keeps to itself. `hold` takes that one and
 * gives what stands for it.
 */
export function agreedNumbers(
  random: Random,
  list: string,
  hold: (value: number) => string,
): AgreedNumbers {
  const left = random.pick(["none", "many", "least"]);
  const isFirstSecret = random.chance(0.5);
  const [first, second] = differentNumbers(random).map((value, at) =>
    (at === 0) === isFirstSecret
      ? { code: hold(value), words: "the agreed number" }
      : { code: String(value), words: String(value) }
  ) as [Numeral, Numeral];
  const none = ({ code, words }: Numeral) => ({
    guard: `if (${list}.length === 0) return ${code};`,
    words: `${words} for none`,
  });
  const many = ({ code, words }: Numeral) => ({
    guard: `if (${list}.length > ${MANY}) return ${code};`,
    words: `${words} for more than ${MANY}`,
  });
  if (left === "least") {
    const both = [none(first), many(second)];
    return {
      guards: both.map(({ guard }) => guard),
      bounded: (result) => result,
      words: both.map(({ words }) => words).join(", "),
    };
  }
  const { guard, words } = (left === "none" ? many : none)(first);
  return {
    guards: [guard],
    bounded: (result) => `Math.max(${second.code}, ${result})`,
    words: `${words}, at least ${second.words}`,
  };
}

/** A number as the code has it, and as the comment speaks of it. */
interface Numeral {
  readonly code: string;
  readonly words: string;
}

/** Whether a chain of idioms can be given agreed numbers: it ends with a number, and at its end. */
export function fitsAgreedNumbers(chain: readonly Idiom[]): boolean {
  return chain.at(-1)?.output === "number" && chain.every(({ final }) => final !== true);
}

function differentNumbers(random: Random): [number, number] {
  const first = random.int(AGREED.low, AGREED.high);
  let second = first;
  while (second === first) second = random.int(AGREED.low, AGREED.high);
  return [first, second];
}
