/**
 * Which idioms and which compositions of them a split may use, and which it is about.
 *
 * @module
 */
import { chooseChain, type FunctionPlan } from "./function_plan.ts";
import type { Idiom, ValueKind } from "./idiom.ts";
import { HELD_IDIOMS, IDIOMS, isHard } from "./idioms.ts";
import type { Split } from "./names.ts";
import { hashText, type Random } from "./seeded_random.ts";

/** What a chain of idioms is to be like. */
export interface StagesRequest {
  readonly split: Split;
  readonly length: number;
  /** The kind of value that it starts from; by default any. */
  readonly from?: ValueKind | undefined;
  /** Whether it is to hold what the split is about. */
  readonly special: boolean;
  /** Names of those that the world has; null for all. */
  readonly idioms: readonly string[] | null;
}

/** Chooses idioms that the split may use; null if chance led nowhere. */
export function chooseStages(random: Random, request: StagesRequest): Idiom[] | null {
  const { split, length, from, special, idioms } = request;
  const allowed = allowedIdioms(split, special).filter(({ name }) =>
    idioms?.includes(name) ?? true
  );
  const chain = chooseChain(random, allowed, length, from);
  const isTooSoft = special && split === "test-hard" && !chain?.some(isHard);
  return isTooSoft ? null : chain;
}

/**
 * Whether the split may use the function. `special`: whether the function is what the split is about:
 * a held composition or idiom for `test`, a held domain for `test-hard`.
 */
export function fitsSplit(split: Split, plan: FunctionPlan, special: boolean): boolean {
  const isHeld = isHeldComposition(plan) || plan.idioms.some(({ name }) => HELD_IDIOMS.has(name));
  if (split === "train") return !isHeld;
  if (!special) return true;
  return split === "test" ? isHeld : plan.idioms.some(isHard);
}

/** Whether the composition of two or more idioms is held out of `train`: one in five is. */
export function isHeldComposition({ composition, idioms }: FunctionPlan): boolean {
  return idioms.length > 1 && hashText(composition.replace(/^call>/, "")) % 100 < 20;
}

function allowedIdioms(split: Split, special: boolean): readonly Idiom[] {
  if (split === "train") return TRAIN;
  if (split === "test") return SOFT;
  return special ? IDIOMS : SOFT;
}

const SOFT = IDIOMS.filter((idiom) => !isHard(idiom));
const TRAIN = SOFT.filter(({ name }) => !HELD_IDIOMS.has(name));
