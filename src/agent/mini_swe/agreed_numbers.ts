/**
 * Agreed numbers of a function: what it gives for no element, for many, and at the least. Its comment
 * says that there are such numbers and not which, so that only a test tells, and the test prints the
 * number itself.
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

/** Two of the three kinds of agreed numbers; `hold` takes a number and gives what stands for it. */
export function agreedNumbers(
  random: Random,
  list: string,
  hold: (value: number) => string,
): AgreedNumbers {
  const left = random.pick(["none", "many", "least"]);
  const [first, second] = differentNumbers(random);
  const [none, many] = [
    { guard: "length === 0", words: "the agreed number for none" },
    { guard: `length > ${MANY}`, words: `the agreed number for more than ${MANY}` },
  ];
  const kept = [...left === "none" ? [] : [none], ...left === "many" ? [] : [many]];
  const guards = kept.map(({ guard }, at) =>
    `if (${list}.${guard}) return ${hold(at === 0 ? first : second)};`
  );
  const words = kept.map((kind) => kind.words);
  if (left === "least") return { guards, bounded: (result) => result, words: words.join(", ") };
  const least = hold(second);
  return {
    guards,
    bounded: (result) => `Math.max(${least}, ${result})`,
    words: [...words, "at least the agreed number"].join(", "),
  };
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
