/**
 * The functions that a round adds: those that mistakes will be made in, a helper, a caller.
 *
 * @module
 */
import { fitsAgreedNumbers } from "./agreed_numbers.ts";
import { type FunctionPlan, planFunction } from "./function_plan.ts";
import type { MiniModule } from "./mini_module.ts";
import { functionName } from "./names.ts";
import { chooseStages, fitsSplit } from "./stages.ts";
import { type DraftWorkshop, newModule } from "./workshop.ts";

/** Functions that are to come, all as they are meant to be. */
export interface Draft {
  /** All modules, with the new functions and without tests of them. */
  readonly all: readonly MiniModule[];
  /** Those that mistakes are to be made in. */
  readonly targets: readonly { readonly plan: FunctionPlan; readonly module: string }[];
  /** A function in another file that calls the first of them, or null. */
  readonly caller: { readonly plan: FunctionPlan; readonly module: string } | null;
  readonly added: readonly FunctionPlan[];
}

/**
 * Drafts the functions of a round, mistakes to be made in `count` files; null where chance led nowhere.
 */
export function draftFunctions(
  workshop: DraftWorkshop,
  modules: readonly MiniModule[],
  count: number,
  secret: SecretKind,
): Draft | null {
  const { random, shape } = workshop;
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
    if (home === homes[0] && random.chance(shape.helpers)) {
      const helper = plainFunction(workshop, null);
      if (helper) add(home, helper);
    }
    const known = all.flatMap(({ functions }) => functions);
    const plan = targetFunction(workshop, known, secret);
    if (plan === null) return null;
    add(home, plan);
    targets.push({ plan, module: home });
  }
  let caller = null;
  const [first] = targets;
  if (first && random.chance(shape.callers)) {
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

/** What of a function only its tests tell: nothing, constants of its idioms, agreed numbers. */
export type SecretKind = "none" | "concealed" | "printed";

/** The function that the mistake will be in: one that the split is about. */
export function targetFunction(
  workshop: DraftWorkshop,
  known: readonly FunctionPlan[],
  secret: SecretKind,
): FunctionPlan | null {
  const { random, split, field, shape } = workshop;
  const composed = random.chance(shape.composed);
  const special = split !== "test" || shape.held >= 1 || random.chance(shape.held);
  const [concealed, agreed] = [secret === "concealed", secret === "printed"];
  for (let attempt = 0; attempt < 60; attempt++) {
    const callee = !agreed && composed && random.chance(shape.callee) && known.length > 0
      ? random.pick(known)
      : undefined;
    const length = composed ? Math.min(shape.stages, random.pick(callee ? [1, 2] : [2, 2, 3])) : 1;
    const chain = chooseStages(random, {
      split,
      length,
      from: agreed ? "numbers" : callee?.output,
      special,
      idioms: shape.idioms,
    });
    if (chain === null || (agreed && !fitsAgreedNumbers(chain))) continue;
    const request = { name: "pending", chain, callee, field, concealed, agreed };
    const plan = planFunction(random, request);
    if (!fitsSplit(split, plan, special)) continue;
    if (concealed && plan.secrets.length === 0) continue;
    return renamed(workshop, plan);
  }
  return null;
}

/** A function of one idiom, or one that builds on `callee`. */
export function plainFunction(
  workshop: DraftWorkshop,
  callee: FunctionPlan | null,
): FunctionPlan | null {
  const { random, split, field, shape } = workshop;
  for (let attempt = 0; attempt < 30; attempt++) {
    const chain = chooseStages(random, {
      split,
      length: 1,
      from: callee?.output,
      special: false,
      idioms: shape.idioms,
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
function renamed(
  { random, split, functionNames }: DraftWorkshop,
  plan: FunctionPlan,
): FunctionPlan {
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
