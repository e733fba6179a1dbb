/**
 * The yardstick of utilisation.
 *
 * @module
 */
import type { Gpu } from "../gpu/mod.ts";
import { measureMatmul, type Tuning } from "../tensor/mod.ts";

/**
 * What this GPU, or without one the processor, reaches in a large product of f32 matrices, in
 * GFLOP/s; measured once a device.
 */
export function matmulPeak(gpu: Gpu | null, tuning?: Tuning): Promise<number> {
  const device = gpu?.device ?? PROCESSOR;
  const known = peaks.get(device);
  if (known) return known;
  const N = gpu && !gpu.software ? 2048 : 512;
  const measured = measureMatmul(gpu, [N, N, N], { roundMs: 60, rounds: 5, tuning })
    .then(({ bestGigaflops }) => bestGigaflops);
  peaks.set(device, measured);
  return measured;
}

const PROCESSOR = {};

const peaks = new WeakMap<object, Promise<number>>();
