/**
 * Which of several kernels is the fastest here: found out by timing, remembered by adapter and class
 * of shapes.
 *
 * @module
 */

import { createBuffers, createKernel, createProgram, type Gpu } from "../gpu/mod.ts";
import { storedBytes } from "./storage.ts";
import type { KernelCall, KernelVariants, Tensor } from "./tensor.ts";

/** Remembers names of variants; a `Map` does, and so does anything that outlives the process. */
export interface Tuning {
  get(key: string): string | undefined;
  set(key: string, variant: string): unknown;
}

/**
 * The variant to use: the remembered one, else on a software adapter the first, else the fastest of
 * three rounds of ten dispatches each.
 *
 * @param inHalves True for what the kernels read as halves.
 * @throws {GpuError} As `createKernel` and `createProgram`.
 */
export async function chooseKernel(
  gpu: Gpu,
  { key, variants }: KernelVariants,
  tuning: Tuning = remembered(gpu),
  inHalves?: (tensor: Tensor) => boolean,
): Promise<KernelCall> {
  const runnable = variants.filter((call) => canRun(gpu, call));
  const [first] = runnable;
  if (!first) throw new RangeError(`There is no kernel for ${key}.`);
  const fullKey = `${gpu.description}: ${key}`;
  const known = runnable.find((call) => nameOf(call) === tuning.get(fullKey));
  if (known) return known;
  if (gpu.software) return first;
  const choice = await fastestKernel(gpu, runnable, inHalves);
  tuning.set(fullKey, nameOf(choice));
  return choice;
}

/** Whether the adapter has all that a kernel asks for. */
export function canRun(gpu: Gpu, { kernel: { requires = [] }, subgroupSize }: KernelCall): boolean {
  return requires.every((capability) => gpu.capabilities.has(capability)) &&
    (subgroupSize === undefined || subgroupSize === gpu.subgroupSize);
}

function nameOf({ kernel, variant }: KernelCall): string {
  return variant === undefined ? kernel.label : `${kernel.label} ${variant}`;
}

/** The fastest of kernels with the same bindings, on constants as they are and zeros for the rest. */
export async function fastestKernel(
  gpu: Gpu,
  variants: readonly KernelCall[],
  inHalves: (tensor: Tensor) => boolean = () => false,
): Promise<KernelCall> {
  using buffers = createBuffers(gpu);
  const scratch = new Map<Tensor, GPUBuffer>();
  for (const tensor of variants.flatMap(({ bindings }) => bindings)) {
    if (!scratch.has(tensor)) {
      const { leaf } = tensor.node;
      scratch.set(
        tensor,
        leaf?.kind === "constant"
          ? buffers.upload("tuning", leaf.make())
          : buffers.zeroed("tuning", storedBytes(tensor, inHalves(tensor) ? "f16" : "f32")),
      );
    }
  }
  const timed = [];
  for (const call of variants) {
    const kernel = await createKernel(gpu, call.kernel);
    const bindings = call.bindings.map((tensor) => scratch.get(tensor) as GPUBuffer);
    const dispatch = { kernel, bindings, workgroups: call.workgroups };
    const program = await createProgram(gpu, "tuning", Array(10).fill(dispatch));
    const times = [];
    for (let round = 0; round < 4; round++) {
      const begin = performance.now();
      await program.submit([]);
      await gpu.device.queue.onSubmittedWorkDone();
      times.push(performance.now() - begin);
    }
    // The first round warms up.
    timed.push({ call, timeMs: Math.min(...times.slice(1)) });
  }
  return timed.reduce((best, other) => other.timeMs < best.timeMs ? other : best).call;
}

const byDevice = new WeakMap<GPUDevice, Tuning>();

function remembered({ device }: Gpu): Tuning {
  const tuning = byDevice.get(device) ?? new Map<string, string>();
  byDevice.set(device, tuning);
  return tuning;
}
