/**
 * The yardstick of utilisation.
 *
 * @module
 */
import type { Gpu } from "../gpu/mod.ts";
import { measureMatmul, type Tuning } from "../tensor/mod.ts";

/** What this GPU reaches in a large product of f32 matrices, in GFLOP/s; measured once a device. */
export function matmulPeak(gpu: Gpu, tuning?: Tuning): Promise<number> {
  const known = peaks.get(gpu.device);
  if (known) return known;
  const N = gpu.software ? 512 : 2048;
  const measured = measureMatmul(gpu, [N, N, N], { roundMs: 100, tuning })
    .then(({ gigaflops }) => gigaflops);
  peaks.set(gpu.device, measured);
  return measured;
}

const peaks = new WeakMap<GPUDevice, Promise<number>>();
