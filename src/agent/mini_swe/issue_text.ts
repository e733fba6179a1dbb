/**
 * What a user writes about a bug: what they called, what came out, and, where they know it, what
 * should have.
 *
 * @module
 */
import type { CallResult } from "./call_results.ts";
import type { Random } from "./seeded_random.ts";

/** A wrong result, as a user met it. */
export interface Symptom {
  readonly call: string;
  readonly got: CallResult;
  /** What it should give, as a literal; null where the user cannot know. */
  readonly expected: string | null;
}

/** The text of an issue, one symptom after the other. */
export function issueText(random: Random, symptoms: readonly Symptom[]): string {
  const [first, ...others] = symptoms;
  if (first === undefined) throw new RangeError("issueText: an issue has at least one symptom");
  return [
    sentence(random, first, OPENINGS),
    ...others.map((symptom) => sentence(random, symptom, FURTHER)),
  ].join("\n");
}

interface Phrases {
  readonly told: readonly string[];
  readonly untold: readonly string[];
  readonly thrown: readonly string[];
}

const OPENINGS: Phrases = {
  told: [
    "{call} gives {got}, but should give {want}.",
    "Wrong result: expected {want} from {call}, got {got}.",
    "{name} is wrong: {call} returns {got} instead of {want}.",
    "I called {call} and got {got}. It should be {want}.",
    "Our report shows {got} where {want} belongs; it comes from {call}.",
    "Bug in {name}: {call} is {got}, I expect {want}.",
  ],
  untold: [
    "{call} gives {got}, which is not what was agreed.",
    "The result of {name} is off: {call} returns {got}.",
    "{name} does not give the agreed result; for example {call} is {got}.",
    "Since the last change {call} gives {got}. That is not the usual result.",
  ],
  thrown: [
    "{call} throws {got}; it should give {want}.",
    "{name} crashes: {call} ends with {got}. I expect {want}.",
  ],
};

const FURTHER: Phrases = {
  told: ["Also, {call} gives {got} instead of {want}.", "And {call} is {got}, not {want}."],
  untold: ["{call} gives {got}, which is wrong too."],
  thrown: ["And {call} throws {got}, where {want} is right."],
};

function sentence(random: Random, { call, got, expected }: Symptom, phrases: Phrases): string {
  const result = "value" in got ? got.value : "thrown" in got ? got.thrown : "no result";
  const kind = expected === null ? "untold" : "thrown" in got ? "thrown" : "told";
  const name = call.slice(0, call.indexOf("("));
  const values: Readonly<Record<string, string>> = {
    call: `\`${call}\``,
    got: result,
    want: expected ?? "",
    name: `\`${name}\``,
  };
  return random.pick(phrases[kind]).replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);
}
