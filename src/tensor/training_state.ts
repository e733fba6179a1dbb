/**
 * What training keeps on the GPU beside the parameters: gradients, moments, loss and norm.
 *
 * @module
 */

import { type Buffers, type Gpu } from "../gpu/mod.ts";
import { ADAM_W_STEP_BYTES, type AdamWState } from "./adam_w.ts";
import { type GpuParameters, readFlat, writeFlat } from "./parameters.ts";

/** All there is to a run beside the parameters: with both, it goes on as if never stopped. */
export interface OptimizerState {
  /** How many updates there were. */
  readonly step: number;
  readonly firstMoments: Record<string, Float32Array>;
  readonly secondMoments: Record<string, Float32Array>;
}

/** Buffers of zeros for the gradients and moments of all parameters and the notes of `n` steps. */
export function createAdamWState(
  buffers: Buffers,
  { layout: { sizeBytes } }: GpuParameters,
  n: number,
): AdamWState {
  return {
    gradients: buffers.zeroed("gradients", sizeBytes),
    firstMoments: buffers.zeroed("first moments", sizeBytes),
    secondMoments: buffers.zeroed("second moments", sizeBytes),
    loss: buffers.zeroed("loss", 4),
    notes: buffers.zeroed("notes", 8 * n),
    step: buffers.zeroed("step", ADAM_W_STEP_BYTES, GPUBufferUsage.UNIFORM),
  };
}

/** The moments as they are after `step` updates. */
export async function readOptimizerState(
  gpu: Gpu,
  { layout }: GpuParameters,
  { firstMoments, secondMoments }: AdamWState,
  step: number,
): Promise<OptimizerState> {
  const [first, second] = await Promise.all([
    readFlat(gpu, firstMoments, layout),
    readFlat(gpu, secondMoments, layout),
  ]);
  return { step, firstMoments: first, secondMoments: second };
}

/** Puts moments in place and forgets gradients of micro-batches that no step has used. */
export function writeOptimizerState(
  gpu: Gpu,
  { layout }: GpuParameters,
  state: AdamWState,
  { firstMoments, secondMoments }: OptimizerState,
): void {
  writeFlat(gpu, state.firstMoments, layout, firstMoments);
  writeFlat(gpu, state.secondMoments, layout, secondMoments);
  const encoder = gpu.device.createCommandEncoder({ label: "forget gradients" });
  encoder.clearBuffer(state.gradients);
  encoder.clearBuffer(state.loss);
  gpu.device.queue.submit([encoder.finish()]);
}
