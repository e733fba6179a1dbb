/**
 * Notices when training runs away.
 *
 * @module
 */
import { TrainError } from "./train_error.ts";
import type { StepEvent } from "./training_event.ts";

/** Losses in a row that have to be bad. */
const STEPS = 10;

/** Looks at each step. */
export interface DivergenceWatch {
  /** The first step of those that look bad now; null while all is well. */
  readonly badSince: number | null;
  /** @throws {TrainError} "diverged" when there is no point in going on. */
  check(event: StepEvent): void;
}

/**
 * A watch over one stage: a loss or a gradient that is not a number ends training at once; so do ten
 * steps in a row whose loss is more than twice what guessing gives, ln V, or whose gradient is zero.
 * A step whose gradient is not finite has changed nothing.
 */
export function watchDivergence(vocabularySize: number): DivergenceWatch {
  const guessing = Math.log(vocabularySize);
  let badSince: number | null = null;
  return {
    get badSince() {
      return badSince;
    },
    check({ step, lossNats, gradientNorm, learningRate }) {
      const finite = Number.isFinite(lossNats) && Number.isFinite(gradientNorm);
      const bad = !finite || lossNats > 2 * guessing || (lossNats > 0 && gradientNorm === 0);
      badSince = bad ? badSince ?? step : null;
      if (badSince === null || (finite && step - badSince < STEPS - 1)) return;
      const guess = `guessing gives ${guessing.toFixed(1)}`;
      const since = finite ? `, as bad since step ${badSince}, where ${guess}` : "";
      throw new TrainError(
        "diverged",
        `Training diverged at step ${step}, at the learning rate ${learningRate}: the loss is ` +
          `${lossNats} and the norm of the gradient ${gradientNorm}${since}. Begin anew with a lower ` +
          "learningRate.peak or a longer warm-up.",
      );
    },
  };
}
