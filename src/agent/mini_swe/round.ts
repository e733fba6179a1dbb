/**
 * A round in the life of a MiniSWE repository: somebody adds functions and makes a mistake in one to
 * three files, somebody else reports it, a fix with further tests follows.
 *
 * @module
 */
import type { BugKind } from "./bug_kinds.ts";
import type { CallResult } from "./call_results.ts";
import type { FunctionPlan } from "./function_plan.ts";
import type { Symptom } from "./issue_text.ts";
import { callsOf, findMutation, isExpected, type KnownCall, runTold } from "./known_calls.ts";
import { declarations, type MiniModule, type TestCase } from "./mini_module.ts";
import { type Draft, draftFunctions, plainFunction, type SecretKind } from "./new_functions.ts";
import { clarity, findPrinted, hasNumber, type PrintedNumbers } from "./printed_constants.ts";
import { isPrinted, newModule, type Workshop } from "./workshop.ts";

/** A mistake in one function. */
export interface Site {
  readonly plan: FunctionPlan;
  readonly module: string;
  readonly kind: BugKind;
  /** The function with the mistake. */
  readonly text: string;
  /** Of a printed constant, which a failing test tells. */
  readonly numbers?: PrintedNumbers;
}

/** What a round adds. */
export interface Round {
  /** All modules as they are meant to be, with the tests that come with the mistake. */
  readonly before: readonly MiniModule[];
  /** The same with the tests that come with the fix. */
  readonly after: readonly MiniModule[];
  readonly sites: readonly Site[];
  readonly added: readonly FunctionPlan[];
  readonly symptoms: readonly Symptom[];
  /** The function in another file that the issue speaks of, or null. */
  readonly caller: FunctionPlan | null;
  /** Whether only a failing test tells what is right. */
  readonly concealed: boolean;
  /** Whether a test fails before the fix's own tests come. */
  readonly visible: boolean;
  /** Names of modules with the tests in them that fail with the mistake. */
  readonly failing: readonly { readonly module: string; readonly test: TestCase }[];
}

/** Plays a round; null where chance led nowhere, and another try may do better. */
export function playRound(workshop: Workshop, modules: readonly MiniModule[]): Round | null {
  const { random, shape } = workshop;
  const secret = isPrinted(workshop)
    ? "printed"
    : random.chance(shape.concealed)
    ? "concealed"
    : "none";
  const turn = random.next();
  const count = turn < 1 - shape.severalFiles ? 1 : turn < 1 - shape.severalFiles / 3 ? 2 : 3;
  const draft = draftFunctions(workshop, modules, count, secret);
  if (draft === null) return null;
  const { all, targets, caller, added } = draft;
  const calls = callsOf(workshop, all, added);
  const sites: Site[] = [];
  for (const { plan, module } of targets) {
    const find = secret === "printed" ? findPrinted : findMutation;
    const found = find(workshop, all, plan, calls.get(plan.name) ?? []);
    if (found === null) return null;
    sites.push({ plan, module, ...found });
  }
  return chooseTests(workshop, draft, sites, caller, calls, secret);
}

/** A first module, without mistakes. */
export function firstModule(workshop: Workshop): MiniModule | null {
  const name = newModule(workshop);
  const functions = [plainFunction(workshop, null), plainFunction(workshop, null)];
  const plans = functions.filter((plan) => plan !== null);
  const all = [{ name, functions: plans, cases: [] }];
  const calls = callsOf(workshop, all, plans);
  const cases = plans.flatMap((plan) => named(plan, (calls.get(plan.name) ?? []).slice(0, 2), []));
  return plans.length === 2 && cases.length >= 3 ? { name, functions: plans, cases } : null;
}

/** Divides the calls of the new functions into tests before and after, and writes the symptoms. */
function chooseTests(
  { random, runner, shape }: Workshop,
  { all, added }: Draft,
  sites: readonly Site[],
  caller: Draft["caller"],
  calls: ReadonlyMap<string, readonly KnownCall[]>,
  secret: SecretKind,
): Round | null {
  const texts = new Map(sites.map(({ plan, text }) => [plan.name, text]));
  const code = declarations(all, texts);
  const concealed = secret !== "none";
  const visible = concealed || random.chance(shape.visible);
  const early = new Map<string, KnownCall[]>();
  const late = new Map<string, KnownCall[]>();
  const wrong = new Map<string, { known: KnownCall; got: CallResult }[]>();
  for (const plan of added) {
    const known = calls.get(plan.name) ?? [];
    const results = runTold(runner, code, known.map(({ call }) => call));
    if (results === null) return null;
    const bad = known.flatMap((known, at) => {
      const got = results[at];
      return got && !isExpected(got, known) ? [{ known, got }] : [];
    });
    // The test that comes with the mistake is one that prints it.
    const numbers = sites.find((site) => site.plan === plan)?.numbers;
    if (numbers) bad.sort((a, b) => clarity(numbers, b) - clarity(numbers, a));
    const badCalls = new Set(bad.map(({ known }) => known));
    const good = known.filter((known) => !badCalls.has(known));
    wrong.set(plan.name, bad);
    const isTold = sites.some((site) => site.plan === plan) || caller?.plan === plan;
    const failing = isTold ? bad.map(({ known }) => known) : [];
    early.set(
      plan.name,
      visible ? [...failing.slice(0, 1), ...good.slice(0, 1)] : good.slice(0, 2),
    );
    late.set(
      plan.name,
      visible ? [...failing.slice(1, 2), ...good.slice(1, 2)] : failing.slice(0, 2),
    );
    if ((early.get(plan.name) ?? []).length === 0) return null;
  }
  const isCaller = caller !== null && (wrong.get(caller.plan.name) ?? []).length > 0;
  const named = sites.map(({ plan }, at) => at === 0 && isCaller ? caller.plan : plan);
  const symptoms: Symptom[] = [];
  for (const { name } of named) {
    const found = wrong.get(name) ?? [];
    if (found.length === 0) return null;
    const { known, got } = random.pick(found);
    symptoms.push({ call: known.call, got, expected: concealed ? null : known.expected });
  }
  const text = symptoms.map(({ call }) => call).join(" ");
  if (sites.some(({ numbers }) => numbers && hasNumber(text, numbers.right))) return null;
  const before = withCases(all, early);
  const after = withCases(before, late);
  const failedCalls = new Set([...wrong.values()].flat().map(({ known }) => known.call));
  const failing = after.flatMap(({ name, cases }) =>
    cases.filter(({ call }) => failedCalls.has(call)).map((test) => ({ module: name, test }))
  );
  if (
    sites.some(({ plan }) => !failing.some(({ test }) => test.call.startsWith(`${plan.name}(`)))
  ) {
    return null;
  }
  return {
    before,
    after,
    sites,
    added,
    symptoms,
    caller: isCaller ? caller.plan : null,
    concealed,
    visible,
    failing,
  };
}

function withCases(
  modules: readonly MiniModule[],
  calls: ReadonlyMap<string, readonly KnownCall[]>,
): MiniModule[] {
  return modules.map((module) => {
    let cases = module.cases;
    for (const plan of module.functions) {
      cases = [...cases, ...named(plan, calls.get(plan.name) ?? [], cases)];
    }
    return { ...module, cases };
  });
}

/** Tests of calls, under names that the file does not have yet. */
function named(
  { name }: FunctionPlan,
  calls: readonly KnownCall[],
  taken: readonly TestCase[],
): (TestCase & { tests: string })[] {
  const names = new Set(taken.map((test) => test.name));
  return calls.map(({ call, expected, about }) => {
    let title = `${name} of ${about}`;
    for (let n = 2; names.has(title); n++) title = `${name} of ${about} (${n})`;
    names.add(title);
    return { name: title, call, expected, tests: name };
  });
}
