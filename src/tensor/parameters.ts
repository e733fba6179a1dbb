/**
 * The parameters of a model, in one flat buffer, which programs for training and for evaluation
 * share; for evaluation alone, they may take half the memory.
 *
 * @module
 */

import { type Binding, createBuffers, type Gpu, readBuffers } from "../gpu/mod.ts";
import { createCpuParameters, namesOf } from "./cpu_parameters.ts";
import { checkLength, entryOf, type FlatLayout, layOut, leavesOf } from "./flat_layout.ts";
import {
  checkStorable,
  fromStored,
  leavesInHalves,
  type ParameterStorage,
  toStored,
} from "./storage.ts";
import type { Tensor } from "./tensor.ts";
import { TensorError } from "./tensor_error.ts";

/** Parameters by name, wherever they are. Their owner disposes of them after their programs. */
export interface Parameters extends Disposable {
  readonly names: readonly string[];
  /** Elements in all, without padding. */
  readonly size: number;
  /** As they were created. Those that are `f16` cannot be trained. */
  readonly storage: ParameterStorage;
  /**
   * @throws {TensorError} "data" where a name is unknown or a length is not the parameter's, or where
   * a value is stored as f16 and is not finite or over 65504; nothing is written then.
   */
  write(values: Readonly<Record<string, Float32Array>>): void;
  /** All of them; on a GPU through one `mapAsync`. */
  read(): Promise<Record<string, Float32Array>>;
}

/** How parameters are created. */
export interface ParametersOptions {
  /**
   * `f16` stores those as halves that only matmul, as second factor, and embedding read in `tensors`:
   * a decoder's matrices, which is nearly all of it. Norms and biases stay f32, and so does all that is
   * computed. On the processor values are rounded in the same way, and take the memory of f32.
   */
  readonly storage?: ParameterStorage | undefined;
}

/** Parameters on a GPU. */
export interface GpuParameters extends Parameters {
  /** Where the parts lie; for programs. */
  readonly layout: FlatLayout;
  readonly buffer: GPUBuffer;
  /** The bytes at the front of the buffer that weight decay shrinks. */
  readonly decayedBytes: number;
}

/**
 * Room for every parameter that `tensors` are made from, all zeros: those that decay, then the
 * others, each group in the order in which they were made.
 *
 * @param gpu Where they are; `null` for the processor's memory.
 * @throws {TensorError} "graph" where two parameters have one name.
 * @throws {GpuError} "limit" where they are larger together than a buffer may be.
 */
export function createParameters(
  gpu: Gpu,
  tensors: readonly Tensor[],
  options?: ParametersOptions,
): GpuParameters;
export function createParameters(
  gpu: Gpu | null,
  tensors: readonly Tensor[],
  options?: ParametersOptions,
): Parameters;
export function createParameters(
  gpu: Gpu | null,
  tensors: readonly Tensor[],
  { storage = "f32" }: ParametersOptions = {},
): Parameters {
  const leaves = leavesOf(tensors, "parameter");
  const inHalves = storage === "f16" ? leavesInHalves(leaves, tensors) : new Set<Tensor>();
  const decayed = leaves.filter(decays);
  const layout = layOut([...decayed, ...leaves.filter((leaf) => !decays(leaf))], inHalves);
  if (!gpu) return createCpuParameters(layout, storage);
  const buffers = createBuffers(gpu);
  const buffer = buffers.zeroed("parameters", layout.sizeBytes);
  return {
    ...namesOf(layout),
    storage,
    layout,
    buffer,
    decayedBytes: layOut(decayed, inHalves).sizeBytes,
    write: (values) => writeFlat(gpu, buffer, layout, values),
    read: () => readFlat(gpu, buffer, layout),
    [Symbol.dispose]: () => buffers[Symbol.dispose](),
  } satisfies GpuParameters as Parameters;
}

/**
 * The same, seen as what a program on a GPU needs.
 *
 * @throws {TensorError} "graph" where they are not on a GPU.
 */
export function onGpu(parameters: Parameters): GpuParameters {
  if ("buffer" in parameters) return parameters as GpuParameters;
  throw new TensorError("graph", "These parameters are not on a GPU: create them with it.");
}

/**
 * Refuses parameters that every step of training would round.
 *
 * @throws {TensorError} "graph".
 */
export function checkTrainable({ storage }: Parameters): void {
  if (storage === "f32") return;
  throw new TensorError(
    "graph",
    `Parameters stored as ${storage} can only be read, since steps of training are smaller than ` +
      'what they round to: create those to be trained with storage "f32".',
  );
}

/** Writes the named parts of a flat buffer; checks all of them first. */
export function writeFlat(
  gpu: Gpu,
  buffer: GPUBuffer,
  layout: FlatLayout,
  values: Readonly<Record<string, Float32Array>>,
): void {
  const parts = Object.entries(values).map(([name, value]) => {
    const entry = entryOf(layout, name);
    checkLength(entry, value.length);
    checkStorable(entry, value);
    return { value, entry };
  });
  for (const { value, entry } of parts) {
    // As bytes, since not every WebGPU takes arrays of halves.
    const { buffer: bytes, byteOffset, byteLength } = toStored(entry, value);
    gpu.device.queue.writeBuffer(buffer, entry.offsetBytes, bytes, byteOffset, byteLength);
  }
}

/** All parts of a flat buffer by name, through one `mapAsync`. */
export async function readFlat(
  gpu: Gpu,
  buffer: GPUBuffer,
  { entries }: FlatLayout,
): Promise<Record<string, Float32Array>> {
  const parts: Binding[] = [...entries.values()].map(({ offsetBytes, sizeBytes }) => ({
    buffer,
    offset: offsetBytes,
    size: sizeBytes,
  }));
  const bytes = await readBuffers(gpu, parts);
  return Object.fromEntries(
    [...entries.values()].map((entry, i) => [entry.name, fromStored(entry, bytes[i]!)]),
  );
}

function decays({ node: { leaf } }: Tensor): boolean {
  return leaf?.kind === "parameter" && leaf.decay;
}
