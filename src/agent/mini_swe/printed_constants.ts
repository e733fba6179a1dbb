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

/** What a failing test prints. */
export interface PrintedNumbers {
  readonly right: number;
  /** The one in its place. */
  readonly wrong: number;
  /** A call that gives the wrong one where the right one is expected, and that nothing else puts right. */
  readonly call: string;
}

/** A wrong number that some call prints and some other does not meet; null where chance led nowhere. */
export function findPrinted(
  { random, runner }: Workshop,
  modules: readonly MiniModule[],
  plan: FunctionPlan,
  calls: readonly KnownCall[],
): PrintedConstant | null {
  const resultsWith = (text: string) =>
    runTold(
      runner,
      declarations(modules, new Map([[plan.name, text]])),
      calls.map(({ call }) => call),
    ) ?? [];
  for (const { value: right, places } of random.shuffled(plan.secrets)) {
    // Drawn without a look at the right one, so that it tells nothing about it.
    const wrong = random.int(AGREED.low, AGREED.high);
    const text = replaced(plan, places, wrong);
    const code = declarations(modules, new Map([[plan.name, text]]));
    if (wrong === right || hasNumber(code, right)) continue;
    const [results, without] = [resultsWith(text), resultsWith(replaced(plan, places, 0))];
    const printing = calls.find(({ expected }, at) =>
      expected === String(right) && gives(results[at], wrong) &&
      // Else the call gives the right number whatever stands there, as long as it is small.
      !gives(without[at], right)
    );
    const meets = results.some((got, at) => isExpected(got, calls[at]));
    if (printing === undefined || !meets) continue;
    const numbers = { right, wrong, call: printing.call };
    return { kind: "printed-constant", text, numbers };
  }
  return null;
}

/** How well a failing call tells the number: it prints it, and nothing else gives it. */
export function clarity(
  { right, wrong, call }: PrintedNumbers,
  { known, got }: { readonly known: KnownCall; readonly got: CallResult },
): number {
  if (known.call === call) return 2;
  return known.expected === String(right) && gives(got, wrong) ? 1 : 0;
}

function gives(result: CallResult | undefined, value: number): boolean {
  return result !== undefined && "value" in result && result.value === String(value);
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
