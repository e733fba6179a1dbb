/**
 * Where along mid-training a model is worked with as it is: shares of a recipe's tokens, as steps of its
 * stages.
 *
 * @module
 */
import type { AblationSpec, AblationStage } from "./ablation_spec.ts";
import { stepsOf } from "./stages.ts";

/** A point on the way through a recipe of mid-training. */
export interface MidPlace {
  readonly share: number;
  /** Which stage, and which step of it. */
  readonly stage: number;
  readonly step: number;
  /** Whether that step is the stage's last. */
  readonly isEnd: boolean;
}

/** The places that a spec asks for; none for a recipe that has no stage or is not asked for. */
export function midPlaces(spec: AblationSpec, mid: string): MidPlace[] {
  const { mid: recipes, measure: { alongMid } } = spec;
  const stages = recipes[mid] ?? [];
  if (!alongMid || stages.length === 0 || alongMid.mid?.includes(mid) === false) return [];
  const total = stages.reduce((sum, { tokens }) => sum + tokens, 0);
  return alongMid.shares.map((share) => {
    let before = 0;
    let stage = 0;
    while (stage < stages.length - 1 && share * total > before + (stages[stage]?.tokens ?? 0)) {
      before += stages[stage++]?.tokens ?? 0;
    }
    const reached = stages[stage] ?? spec.base;
    const steps = stepsOf(reached, spec);
    const own = (share * total - before) / reached.tokens;
    const step = Math.min(steps, Math.max(1, Math.round(own * steps)));
    return { share, stage, step, isEnd: step === steps };
  });
}

/**
 * The steps of a stage at which a checkpoint is wanted, ascending: by any recipe that begins with the
 * same stages, since they are trained once for all.
 */
export function stepsAlong(spec: AblationSpec, stages: readonly AblationStage[]): number[] {
  const prefix = JSON.stringify(stages);
  const steps = Object.entries(spec.mid).flatMap(([mid, all]) =>
    JSON.stringify(all.slice(0, stages.length)) === prefix
      ? midPlaces(spec, mid).filter(({ stage }) => stage === stages.length - 1)
      : []
  ).map(({ step }) => step);
  return [...new Set(steps)].sort((a, b) => a - b);
}
