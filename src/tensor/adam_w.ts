/**
 * AdamW over all parameters at once, in two dispatches: the norm of the gradients, and the update.
 *
 * @module
 */

import code from "../../shaders/tensor/adam_w.wgsl?raw" with { type: "text" };
import { type Buffers, createKernel, type Dispatch, type Gpu } from "../gpu/mod.ts";
import { gradientNorm } from "./gradient_norm.ts";
import type { GpuParameters } from "./parameters.ts";

/** What stays the same from step to step. */
export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Shrinks the parameters that decay by learning rate times this, apart from the gradient. */
  readonly weightDecay?: number;
  /** Gradients whose norm over all parameters is larger are scaled down to it; 0 for never. */
  readonly clipNorm?: number;
}

/** Everything that the update reads and writes beside the parameters. */
export interface AdamWState {
  /** Sums over micro-batches, as the parameters lie; zeroed by the update. */
  readonly gradients: GPUBuffer;
  readonly firstMoments: GPUBuffer;
  readonly secondMoments: GPUBuffer;
  /** (1) sum over micro-batches; zeroed by the update. */
  readonly loss: GPUBuffer;
  /** (n, 2) loss and gradient norm of the last n steps. */
  readonly notes: GPUBuffer;
  /** What {@linkcode packAdamWStep} packs, in a uniform buffer. */
  readonly step: GPUBuffer;
}

/** What is told at each step. */
export interface AdamWStep {
  readonly learningRate: number;
  /** How many updates there were, this one included. */
  readonly step: number;
  readonly microBatches: number;
  /** The entry of notes that loss and norm go to. */
  readonly note: number;
}

/** Bytes of a step's uniform buffer: a multiple of 16. */
export const ADAM_W_STEP_BYTES = 32;

const DEFAULTS = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };

/**
 * The dispatches of an update: two, and two more for each further binding where the parameters are
 * larger than `bindingBytes`, the most that a binding may have.
 *
 * Source: Loshchilov, Hutter: Decoupled Weight Decay Regularization, arXiv 1711.05101.
 */
export async function adamW(
  gpu: Gpu,
  buffers: Buffers,
  { buffer, layout, decayedBytes }: GpuParameters,
  state: AdamWState,
  options: AdamWOptions = {},
  bindingBytes: number = gpu.device.limits.maxStorageBufferBindingSize,
): Promise<Dispatch[]> {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = { ...DEFAULTS, ...options };
  const ranges = cut(layout.sizeBytes, bindingBytes);
  const sums = ranges.map(({ size }) => Math.min(256, Math.ceil(size / SUM_BYTES)));
  const squaresCount = sums.reduce((sum, count) => sum + count, 0);
  const squares = buffers.zeroed("squares", 4 * squaresCount);
  const norms = ranges.map(({ offset, size }, i) =>
    gradientNorm(gpu, { buffer: state.gradients, offset, size }, squares, {
      elements: size / 4,
      workgroups: sums[i]!,
      first: sums.slice(0, i).reduce((sum, count) => sum + count, 0),
    })
  );
  const updates = ranges.map(async ({ offset, size }, i): Promise<Dispatch> => {
    const part = (buffer: GPUBuffer) => ({ buffer, offset, size });
    const constants = {
      wg: WG,
      N4: size / 16,
      DECAYED4: Math.max(0, Math.min(size, decayedBytes - offset)) / 16,
      SQUARES: squaresCount,
      NOTES: Number(i === 0),
      BETA1: beta1,
      BETA2: beta2,
      EPSILON: epsilon,
      WEIGHT_DECAY: weightDecay,
      CLIP_NORM: clipNorm,
    };
    return {
      kernel: await createKernel(gpu, { label: "adam_w", code, constants }),
      bindings: [
        part(buffer),
        part(state.gradients),
        part(state.firstMoments),
        part(state.secondMoments),
        squares,
        state.loss,
        state.notes,
        state.step,
      ],
      workgroups: Math.min(1024, Math.ceil(size / 16 / WG)),
    };
  });
  return await Promise.all([...norms, ...updates]);
}

/** The kernel's `Step`, packed into `bytes`. */
export function packAdamWStep(
  bytes: ArrayBuffer,
  { learningRate, step, microBatches, note }: AdamWStep,
  { beta1 = DEFAULTS.beta1, beta2 = DEFAULTS.beta2 }: AdamWOptions = {},
): void {
  const floats = [learningRate, 1 - beta1 ** step, 1 - beta2 ** step, 1 / microBatches];
  new Float32Array(bytes).set(floats);
  new Uint32Array(bytes)[floats.length] = note;
}

/** One parameter and its moments, in f64 for the reference; value and moments change in place. */
export interface AdamWParameter<Values extends Float32Array | Float64Array = Float64Array> {
  readonly value: Values;
  readonly gradient: Values;
  readonly firstMoment: Values;
  readonly secondMoment: Values;
  readonly decays: boolean;
}

/** The reference, and the update on machines without a GPU; `norm` is that of all gradients. */
export function adamWCpu(
  { value, gradient, firstMoment, secondMoment, decays }: AdamWParameter<
    Float32Array | Float64Array
  >,
  norm: number,
  { learningRate, step }: Pick<AdamWStep, "learningRate" | "step">,
  options: AdamWOptions = {},
): void {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = { ...DEFAULTS, ...options };
  const factor = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
  const [correction1, correction2] = [1 - beta1 ** step, 1 - beta2 ** step];
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i]! * factor;
    firstMoment[i] = beta1 * firstMoment[i]! + (1 - beta1) * g;
    secondMoment[i] = beta2 * secondMoment[i]! + (1 - beta2) * g * g;
    const m = firstMoment[i]! / correction1;
    const v = secondMoment[i]! / correction2;
    const decay = decays ? weightDecay * value[i]! : 0;
    value[i]! -= learningRate * (m / (Math.sqrt(v) + epsilon) + decay);
  }
}

const WG = 256;

/** What one workgroup of gradient_norm takes at least. */
const SUM_BYTES = 16 * 1024;

function cut(sizeBytes: number, limitBytes: number): { offset: number; size: number }[] {
  const part = limitBytes - limitBytes % 256;
  return Array.from({ length: Math.ceil(sizeBytes / part) }, (_, i) => ({
    offset: i * part,
    size: Math.min(part, sizeBytes - i * part),
  }));
}
