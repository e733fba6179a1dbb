/**
 * How far an ablation is, told in the tokens that its stages read: those that cells share count once.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import { type AblationSpec, recipesOf } from "./ablation_spec.ts";

/** Told that so many tokens of a stage are read. */
export type CountTokens = (stage: string, tokens: number) => void;

/** Tells `onProgress` of all stages together; agents' work in between is not counted. */
export function countTokens(spec: AblationSpec, onProgress: Job["onProgress"]): CountTokens {
  const total = plannedTokens(spec);
  const read = new Map<string, number>();
  return (stage, tokens) => {
    read.set(stage, tokens);
    const sum = [...read.values()].reduce((sum, tokens) => sum + tokens, 0);
    const done = Math.min(total, sum);
    onProgress?.({ phase: "train and evaluate", done, total, unit: "tokens" });
  };
}

/** Tokens that a spec's stages read in all, those that cells share once. */
export function plannedTokens(spec: AblationSpec): number {
  const sum = (stages: readonly { readonly tokens: number }[] = []) =>
    stages.reduce((sum, { tokens }) => sum + tokens, 0);
  const recipes = recipesOf(spec);
  const mids = new Set(recipes.map(({ mid }) => mid));
  const ofSeed = spec.base.tokens +
    [...mids].reduce((all, mid) => all + sum(spec.mid[mid]), 0) +
    recipes.reduce((all, { sftStages }) => all + sum(sftStages), 0);
  return spec.seeds.length * ofSeed;
}
