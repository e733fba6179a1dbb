/**
 * Calls of functions and what they give, and mistakes that such calls tell.
 *
 * @module
 */
import { type BugKind, CHANCE_KINDS, mutations } from "./bug_kinds.ts";
import { type CallResult, type CallRunner, sameResult } from "./call_results.ts";
import type { FunctionPlan } from "./function_plan.ts";
import { declarations, type MiniModule } from "./mini_module.ts";
import { literal, makeArguments, type Value } from "./values.ts";
import type { Workshop } from "./workshop.ts";

/** A call and what it gives. */
export interface KnownCall {
  readonly call: string;
  readonly expected: string;
  /** The first argument in a word or two. */
  readonly about: string;
}

const TRIES = 16;

/** Calls of the functions that give something fit for a test, by function. */
export function callsOf(
  { random, runner, field }: Workshop,
  modules: readonly MiniModule[],
  plans: readonly FunctionPlan[],
): Map<string, KnownCall[]> {
  const code = declarations(modules);
  const found = new Map<string, KnownCall[]>();
  for (const plan of plans) {
    const drafts = new Map<string, string>();
    if (plan.agreed) {
      drafts.set(...draftCall(plan, [[], ...makeArguments(random, plan, field).slice(1)]));
    }
    for (let n = 0; n < TRIES; n++) {
      const [call, about] = draftCall(plan, makeArguments(random, plan, field));
      if (call.length <= MOST_CALL) drafts.set(call, about);
    }
    const results = runner.run(code, [...drafts.keys()]);
    const calls = [...drafts].flatMap(([call, about], at): KnownCall[] => {
      const result = results?.[at];
      const expected = result && "value" in result ? result.value : "";
      return isFit(expected) ? [{ call, expected, about }] : [];
    });
    found.set(plan.name, calls);
  }
  return found;
}

function draftCall(plan: FunctionPlan, values: readonly Value[]): [call: string, about: string] {
  return [`${plan.name}(${values.map(literal).join(", ")})`, describe(values[0], plan)];
}

const BROKEN = /^(ReferenceError|SyntaxError|InternalError)/;
const MOST_CALL = 90;
const MOST_RESULT = 48;

function isFit(expected: string): boolean {
  return expected !== "" && expected.length <= MOST_RESULT &&
    !/NaN|undefined|null|Infinity|-0\b|\d\.\d|\de\+/.test(expected.replace(/"[^"]*"/g, '""'));
}

function describe(value: unknown, { parameters }: FunctionPlan): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return value === "" ? "nothing" : `'${value}'`;
  const size = Array.isArray(value) ? value.length : Object.keys(value as object).length;
  const name = parameters[0]?.name ?? "values";
  return size === 0 ? `no ${name}` : size === 1 ? `one of ${name}` : `${size} ${name}`;
}

/** Something that goes wrong with the function and that its calls tell, and never an endless loop. */
export function findMutation(
  { random, runner }: Workshop,
  modules: readonly MiniModule[],
  plan: FunctionPlan,
  calls: readonly KnownCall[],
): { kind: BugKind; text: string } | null {
  const byKind = Map.groupBy(mutations(plan, random), ({ kind }) => kind);
  const kinds = random.shuffled(CHANCE_KINDS);
  let tries = 0;
  for (const kind of kinds) {
    for (const { text } of random.shuffled(byKind.get(kind) ?? []).slice(0, 3)) {
      if (tries++ > 12) return null;
      const code = declarations(modules, new Map([[plan.name, text]]));
      const results = runTold(runner, code, calls.map(({ call }) => call));
      if (results === null) continue;
      const wrong = results.filter((result, at) => !isExpected(result, calls[at])).length;
      if (wrong >= 2 && wrong < results.length) return { kind, text };
    }
  }
  return null;
}

/**
 * Null for code that no one would commit: it does not end, it does not parse, or it uses a name where
 * there is none.
 */
export function runTold(
  runner: CallRunner,
  code: string,
  calls: readonly string[],
): CallResult[] | null {
  try {
    const results = runner.run(code, calls);
    const isBroken = results?.some((result) => "thrown" in result && BROKEN.test(result.thrown));
    return isBroken ? null : results;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whether a call gave what it is known to give. */
export function isExpected(result: CallResult | undefined, known: KnownCall | undefined): boolean {
  return result !== undefined && known !== undefined &&
    sameResult(result, { value: known.expected });
}
