/**
 * The loss on held-out data.
 *
 * @module
 */
import type { Gpu } from "../gpu/mod.ts";
import { type DecoderConfig, decoderTokenLosses } from "../model/mod.ts";
import { compile, IGNORED, type Parameters, type Tuning } from "../tensor/mod.ts";
import { readBatch } from "./batches.ts";
import type { HeldOutPlan } from "./plan.ts";
import { TrainError } from "./train_error.ts";

/** The mean over tokens. */
export interface HeldOutLoss {
  readonly lossNats: number;
  readonly lossTokens: number;
}

/** Measures the parameters as they are. Its owner disposes of it. */
export interface HeldOut extends Disposable {
  measure(signal?: AbortSignal): Promise<HeldOutLoss>;
}

/**
 * Compiles the measurement of a model's loss on a dataset.
 *
 * @throws {TrainError} "data" where no token of it counts.
 */
export async function openHeldOut(
  gpu: Gpu | null,
  config: DecoderConfig,
  parameters: Parameters,
  { dataset, batch, rows = Infinity, mask }: HeldOutPlan,
  tuning?: Tuning,
): Promise<HeldOut> {
  const { context: T } = dataset.manifest;
  const count = Math.min(rows, dataset.manifest.rows);
  const B = Math.max(1, Math.min(batch, count));
  const program = await compile(
    gpu,
    [decoderTokenLosses(config, { batch: B, time: T })],
    { parameters, ...(tuning ? { tuning } : {}) },
  );
  return {
    async measure(signal) {
      let nats = 0;
      let lossTokens = 0;
      for (let first = 0; first < count; first += B) {
        signal?.throwIfAborted();
        const present = Math.min(B, count - first);
        // The last batch is filled up with rows that do not count.
        const read = Array.from({ length: B }, (_, i) => first + Math.min(i, present - 1));
        const { inputs } = await readBatch(dataset, read, mask);
        inputs.targets.fill(IGNORED, present * T);
        const [losses = new Float32Array()] = await program.run(inputs);
        nats += losses.reduce((sum, loss) => sum + loss, 0);
        lossTokens += inputs.targets.reduce((sum, target) => sum + Number(target !== IGNORED), 0);
      }
      if (lossTokens > 0) return { lossNats: nats / lossTokens, lossTokens };
      throw new TrainError("data", "No token of the held-out data counts: evaluate with mask all.");
    },
    [Symbol.dispose]: () => program[Symbol.dispose](),
  };
}
