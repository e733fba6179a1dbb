/**
 * Learning rate by step.
 *
 * @module
 */

/** How the learning rate of a stage goes. */
export interface LearningRate {
  readonly peak: number;
  /** Where the cosine ends; 0 by default. */
  readonly min: number;
  /** The share of steps in which it rises from 0 to the peak. */
  readonly warmupShare: number;
  readonly schedule: "cosine" | "constant";
}

/**
 * The learning rate of a step, counted from 1: up in a straight line to `peak` at the end of the
 * warm-up, then down along half a cosine to `min` at the last step, or level.
 *
 * @example
 * ```ts
 * import { learningRateAt } from "bottega";
 * const rate = { peak: 8e-5, min: 0, warmupShare: 0.05, schedule: "cosine" } as const;
 * console.log(learningRateAt(rate, 5, 100), learningRateAt(rate, 100, 100)); // 0.00008 0
 * ```
 */
export function learningRateAt(
  { peak, min, warmupShare, schedule }: LearningRate,
  step: number,
  steps: number,
): number {
  const warmup = Math.ceil(warmupShare * steps);
  if (step <= warmup) return peak * step / warmup;
  if (schedule === "constant") return peak;
  const share = (step - warmup) / (steps - warmup);
  return min + (peak - min) * (1 + Math.cos(Math.PI * share)) / 2;
}
