/**
 * A round in the life of a MiniSWE repository: somebody adds functions and makes a mistake in one to
 * three files, somebody else reports it, a fix with further tests follows.
 *
 * @module
 */
import { BUG_KINDS, type BugKind, mutations } from "./bug_kinds.ts";
import { type CallResult, type CallRunner, sameResult } from "./call_results.ts";
import { type FunctionPlan, planFunction } from "./function_plan.ts";
import { type Symptom } from "./issue_text.ts";
import { declarations, type MiniModule, type TestCase } from "./mini_module.ts";
import { fileName, functionName } from "./names.ts";
import type { Random } from "./seeded_random.ts";
import { chooseStages, fitsSplit } from "./stages.ts";
import type { Split } from "./names.ts";
import { literal, makeArguments } from "./values.ts";

/** What a repository is made with. */
export interface Workshop {
  readonly random: Random;
  readonly runner: CallRunner;
  readonly split: Split;
  /** The field of records that holds their number. */
  readonly field: string;
  /** Names of functions that are in use. */
  readonly functionNames: Set<string>;
  /** Names of modules that are in use. */
  readonly moduleNames: Set<string>;
}

/** A mistake in one function. */
export interface Site {
  readonly plan: FunctionPlan;
  readonly module: string;
  readonly kind: BugKind;
  /** The function with the mistake. */
  readonly text: string;
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
  const { random } = workshop;
  const concealed = random.chance(CONCEALED);
  const count = random.pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
  const draft = draftFunctions(workshop, modules, count, concealed);
  if (draft === null) return null;
  const { all, targets, caller, added } = draft;
  const calls = callsOf(workshop, all, added);
  const sites: Site[] = [];
  for (const { plan, module } of targets) {
    const found = findMutation(workshop, all, plan, calls.get(plan.name) ?? []);
    if (found === null) return null;
    sites.push({ plan, module, ...found });
  }
  return chooseTests(workshop, draft, sites, caller, calls, concealed);
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

const CONCEALED = 0.25;
const VISIBLE = 0.65;
const WITH_CALLER = 0.48;
const COMPOSED = 0.76;

interface Draft {
  readonly all: readonly MiniModule[];
  readonly targets: readonly { readonly plan: FunctionPlan; readonly module: string }[];
  readonly caller: { readonly plan: FunctionPlan; readonly module: string } | null;
  readonly added: readonly FunctionPlan[];
}

function draftFunctions(
  workshop: Workshop,
  modules: readonly MiniModule[],
  count: number,
  concealed: boolean,
): Draft | null {
  const { random } = workshop;
  const homes = [newModule(workshop)];
  while (homes.length < count) {
    const free = modules.map(({ name }) => name).filter((name) => !homes.includes(name));
    homes.push(free.length > 0 && random.chance(0.6) ? random.pick(free) : newModule(workshop));
  }
  let all = modules;
  const added: FunctionPlan[] = [];
  const add = (module: string, plan: FunctionPlan) => {
    all = withFunction(all, module, plan);
    added.push(plan);
  };
  const targets = [];
  for (const home of homes) {
    if (home === homes[0] && random.chance(0.7)) {
      const helper = plainFunction(workshop, null);
      if (helper) add(home, helper);
    }
    const known = all.flatMap(({ functions }) => functions);
    const plan = targetFunction(workshop, known, concealed);
    if (plan === null) return null;
    add(home, plan);
    targets.push({ plan, module: home });
  }
  let caller = null;
  const [first] = targets;
  if (first && random.chance(WITH_CALLER)) {
    const others = all.map(({ name }) => name).filter((name) => name !== first.module);
    const home = others.length > 0 && random.chance(0.75)
      ? random.pick(others)
      : newModule(workshop);
    const plan = plainFunction(workshop, first.plan);
    if (plan) {
      add(home, plan);
      caller = { plan, module: home };
    }
  }
  return { all, targets, caller, added };
}

/** The function that the mistake will be in: one that the split is about. */
function targetFunction(
  workshop: Workshop,
  known: readonly FunctionPlan[],
  concealed: boolean,
): FunctionPlan | null {
  const { random, split, field } = workshop;
  const composed = random.chance(COMPOSED);
  for (let attempt = 0; attempt < 60; attempt++) {
    const callee = composed && random.chance(0.25) && known.length > 0
      ? random.pick(known)
      : undefined;
    const length = composed ? random.pick(callee ? [1, 2] : [2, 2, 3]) : 1;
    const chain = chooseStages(random, { split, length, from: callee?.output, special: true });
    if (chain === null) continue;
    const plan = planFunction(random, { name: "pending", chain, callee, field, concealed });
    if (!fitsSplit(split, plan, true)) continue;
    if (concealed && plan.secrets.length === 0) continue;
    return renamed(workshop, plan);
  }
  return null;
}

/** A function of one idiom, or one that builds on `callee`. */
function plainFunction(workshop: Workshop, callee: FunctionPlan | null): FunctionPlan | null {
  const { random, split, field } = workshop;
  for (let attempt = 0; attempt < 30; attempt++) {
    const chain = chooseStages(random, {
      split,
      length: 1,
      from: callee?.output,
      special: false,
    });
    if (chain === null) continue;
    const request = {
      name: "pending",
      chain,
      callee: callee ?? undefined,
      field,
      concealed: false,
    };
    const plan = planFunction(random, request);
    if (fitsSplit(split, plan, false)) return renamed(workshop, plan);
  }
  return null;
}

/** Gives a function its name. Offsets into its text move with it. */
function renamed({ random, split, functionNames }: Workshop, plan: FunctionPlan): FunctionPlan {
  const name = functionName(random, split, functionNames);
  functionNames.add(name);
  const at = plan.text.indexOf("function pending(") + "function ".length;
  const shift = name.length - "pending".length;
  const moved = (offset: number) => offset > at ? offset + shift : offset;
  return {
    ...plan,
    name,
    text: plan.text.slice(0, at) + name + plan.text.slice(at + "pending".length),
    secrets: plan.secrets.map(({ value, places }) => ({
      value,
      places: places.map(({ start, end }) => ({ start: moved(start), end: moved(end) })),
    })),
  };
}

function newModule({ random, split, moduleNames }: Workshop): string {
  const name = fileName(random, split, moduleNames);
  moduleNames.add(name);
  return name;
}

function withFunction(
  modules: readonly MiniModule[],
  name: string,
  plan: FunctionPlan,
): readonly MiniModule[] {
  const isThere = modules.some((module) => module.name === name);
  const all = isThere ? modules : [...modules, { name, functions: [], cases: [] }];
  return all.map((module) =>
    module.name === name ? { ...module, functions: [...module.functions, plan] } : module
  );
}

/** A call and what it gives. */
interface KnownCall {
  readonly call: string;
  readonly expected: string;
  /** The first argument in a word or two. */
  readonly about: string;
}

const TRIES = 16;

/** Calls of the functions that give something fit for a test, by function. */
function callsOf(
  { random, runner, field }: Workshop,
  modules: readonly MiniModule[],
  plans: readonly FunctionPlan[],
): Map<string, KnownCall[]> {
  const code = declarations(modules);
  const found = new Map<string, KnownCall[]>();
  for (const plan of plans) {
    const drafts = new Map<string, string>();
    for (let n = 0; n < TRIES; n++) {
      const values = makeArguments(random, plan, field);
      const call = `${plan.name}(${values.map(literal).join(", ")})`;
      if (call.length <= MOST_CALL) drafts.set(call, describe(values[0], plan));
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
function findMutation(
  { random, runner }: Workshop,
  modules: readonly MiniModule[],
  plan: FunctionPlan,
  calls: readonly KnownCall[],
): { kind: BugKind; text: string } | null {
  const byKind = Map.groupBy(mutations(plan, random), ({ kind }) => kind);
  const kinds = random.shuffled(Object.keys(BUG_KINDS) as BugKind[]);
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
function runTold(runner: CallRunner, code: string, calls: readonly string[]): CallResult[] | null {
  try {
    const results = runner.run(code, calls);
    const isBroken = results?.some((result) => "thrown" in result && BROKEN.test(result.thrown));
    return isBroken ? null : results;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isExpected(result: CallResult | undefined, known: KnownCall | undefined): boolean {
  return result !== undefined && known !== undefined &&
    sameResult(result, { value: known.expected });
}

/** Divides the calls of the new functions into tests before and after, and writes the symptoms. */
function chooseTests(
  { random, runner }: Workshop,
  { all, added }: Draft,
  sites: readonly Site[],
  caller: Draft["caller"],
  calls: ReadonlyMap<string, readonly KnownCall[]>,
  concealed: boolean,
): Round | null {
  const texts = new Map(sites.map(({ plan, text }) => [plan.name, text]));
  const code = declarations(all, texts);
  const visible = concealed || random.chance(VISIBLE);
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
