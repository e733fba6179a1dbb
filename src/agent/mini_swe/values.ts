/**
 * Values of MiniSWE's functions: arguments made up for tests, written as JavaScript.
 *
 * @module
 */
import type { FunctionPlan, Parameter } from "./function_plan.ts";
import { SAMPLE_WORDS } from "./names.ts";
import type { Random } from "./seeded_random.ts";

/** A value that a literal can write. */
export type Value = number | string | readonly Value[] | { readonly [key: string]: Value };

/** A value as source code writes it. */
export function literal(value: Value): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  const entries = Object.entries(value as Record<string, Value>);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([key, item]) => `${key}: ${literal(item)}`).join(", ")} }`;
}

/** Made-up arguments of a function. */
export function makeArguments(
  random: Random,
  { parameters }: FunctionPlan,
  field: string,
): Value[] {
  return parameters.map(({ kind }) => makeValue(random, kind, field));
}

function makeValue(random: Random, kind: Parameter["kind"], field: string): Value {
  const list = <T>(lengths: readonly number[], item: () => T) =>
    Array.from({ length: random.pick(lengths) }, item);
  switch (kind) {
    case "limit":
      return random.int(2, 8);
    case "letter":
      return random.pick(["a", "e", "n", "r", "s", "t"]);
    case "numbers":
      return list([0, 1, 2, 3, 3, 4, 4, 5], () => smallNumber(random));
    case "number":
      return random.pick([random.int(0, 12), random.int(0, 40), random.int(0, 1500)]);
    case "text":
      return list([1, 1, 2, 2, 3], () => random.pick(SAMPLE_WORDS)).join(" ");
    case "words":
      return list([0, 1, 2, 3, 3, 4], () => random.pick(SAMPLE_WORDS));
    case "records":
      return list([0, 1, 2, 3, 3], () => ({
        name: random.pick(SAMPLE_WORDS.slice(0, 5)),
        [field]: random.int(1, 9),
      }));
    case "tally":
      return Object.fromEntries(
        list([0, 1, 2, 3, 3], () => [random.pick(SAMPLE_WORDS), random.int(0, 9)]),
      );
    case "spans":
      return list([0, 1, 2, 3, 3], () => {
        const start = random.int(0, 9);
        return [start, start + random.int(1, 6)];
      });
    case "grid": {
      const width = random.int(1, 3);
      return list([0, 1, 2, 2, 3], () => Array.from({ length: width }, () => random.int(0, 9)));
    }
  }
}

function smallNumber(random: Random): number {
  if (random.chance(0.06)) return -random.int(1, 9);
  return random.chance(0.15) ? random.int(10, 20) : random.int(0, 9);
}
