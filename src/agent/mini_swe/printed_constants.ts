/**
 * Mistakes in agreed numbers, chosen so that a failing test prints the right one: it expects it where the
 * function gives the wrong one, and nothing else that an agent may read has it.
 *
 * @module
 */
import { AGREED } from "./agreed_numbers.ts";
import type { CallResult } from "./call_results.ts";
import type { FunctionPlan, Secret } from "./function_plan.ts";
import { isExpected, type KnownCall, runTold } from "./known_calls.ts";
import { declarations, type MiniModule } from "./mini_module.ts";
import type { Workshop } from "./workshop.ts";

/** The function with another number in the place of an agreed one. */
export interface PrintedConstant {
  readonly kind: "printed-constant";
  readonly text: string;
  readonly numbers: PrintedNumbers;
}

/** The number that is right, and the one in its place. */
export interface PrintedNumbers {
  readonly right: number;
  readonly wrong: number;
}

/** A wrong number that some call prints and some other does not meet; null where chance led nowhere. */
export function findPrinted(
  { random, runner }: Workshop,
  modules: readonly MiniModule[],
  plan: FunctionPlan,
  calls: readonly KnownCall[],
): PrintedConstant | null {
  for (const { value: right, places } of random.shuffled(plan.secrets)) {
    // Drawn without a look at the right one, so that it tells nothing about it.
    const wrong = random.int(AGREED.low, AGREED.high);
    const numbers = { right, wrong };
    const text = replaced(plan, places, wrong);
    const code = declarations(modules, new Map([[plan.name, text]]));
    if (wrong === right || hasNumber(code, right)) continue;
    const results = runTold(runner, code, calls.map(({ call }) => call)) ?? [];
    const prints = results.some((got, at) => {
      const known = calls[at];
      return known !== undefined && isPrintedBy(numbers, known, got);
    });
    const meets = results.some((got, at) => isExpected(got, calls[at]));
    if (prints && meets) return { kind: "printed-constant", text, numbers };
  }
  return null;
}

/** Whether a call gives the wrong number where the right one is expected. */
export function isPrintedBy(
  { right, wrong }: PrintedNumbers,
  { expected }: KnownCall,
  got: CallResult,
): boolean {
  return expected === String(right) && "value" in got && got.value === String(wrong);
}

/** Whether a text has the number as a whole. */
export function hasNumber(text: string, value: number): boolean {
  return new RegExp(`(?<!\\d)${value}(?!\\d)`).test(text);
}

function replaced({ text }: FunctionPlan, places: Secret["places"], value: number): string {
  return places.toSorted((a, b) => b.start - a.start).reduce(
    (text, { start, end }) => text.slice(0, start) + value + text.slice(end),
    text,
  );
}
