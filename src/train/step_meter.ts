/**
 * From the GPU's reports to events: how fast training goes and how long it will take.
 *
 * @module
 */
import type { StepReport } from "../tensor/mod.ts";
import type { StepEvent } from "./training_event.ts";

/** What does not change within a stage. */
export interface MeterOptions {
  readonly stage: string;
  /** Floating-point operations of a step. */
  readonly flopsPerStep: number;
  readonly peakGigaflops: number;
  /** Steps of all stages. */
  readonly steps: number;
  /** Steps of the stages before. */
  readonly stepsBefore: number;
  /** Tokens that the run had seen when the meter was started. */
  readonly tokensBefore: number;
}

/** Knows what was submitted, and makes events of what is reported. */
export interface StepMeter {
  /** A step was handed to the GPU; `tokens` are those of the run so far. */
  submitted(step: { learningRate: number; tokens: number }): void;
  /** Events for reports, in order of their steps. */
  events(reports: readonly StepReport[]): StepEvent[];
  /** Time that was not spent on steps ends now. */
  resume(): void;
}

/** @param now The time in milliseconds. */
export function stepMeter(
  { stage, flopsPerStep, peakGigaflops, steps, stepsBefore, tokensBefore }: MeterOptions,
  now: () => number = () => performance.now(),
): StepMeter {
  const waiting: { learningRate: number; tokens: number }[] = [];
  let tokensRead = tokensBefore;
  let since = now();
  return {
    submitted: (step) => void waiting.push(step),
    events(reports) {
      const known = waiting.splice(0, reports.length);
      const last = known.at(-1);
      if (!last) return [];
      const timeMs = Math.max(now() - since, 1e-3);
      since = now();
      const stepMs = timeMs / reports.length;
      const tokensPerSecond = (last.tokens - tokensRead) / timeMs * 1000;
      tokensRead = last.tokens;
      return reports.map(({ step, lossNats, gradientNorm }, i) => ({
        type: "step",
        step: stepsBefore + step,
        stage,
        lossNats,
        gradientNorm,
        learningRate: known[i]?.learningRate ?? NaN,
        tokens: known[i]?.tokens ?? NaN,
        tokensPerSecond,
        utilization: flopsPerStep / stepMs / 1e6 / peakGigaflops,
        leftMs: (steps - stepsBefore - step) * stepMs,
      }));
    },
    resume: () => void (since = now()),
  };
}
