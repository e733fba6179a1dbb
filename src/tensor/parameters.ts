/**
 * The parameters of a model, in one flat buffer, which programs for training and for evaluation
 * share.
 *
 * @module
 */

import { type Binding, createBuffers, type Gpu, readBuffers } from "../gpu/mod.ts";
import { createCpuParameters, namesOf } from "./cpu_parameters.ts";
import { checkLength, entryOf, type FlatLayout, layOut, leavesOf } from "./flat_layout.ts";
import type { Tensor } from "./tensor.ts";
import { TensorError } from "./tensor_error.ts";

/** Parameters by name, wherever they are. Their owner disposes of them after their programs. */
export interface Parameters extends Disposable {
  readonly names: readonly string[];
  /** Elements in all, without padding. */
  readonly size: number;
  /** @throws {TensorError} "data" where a name is unknown or a length is not the parameter's. */
  write(values: Readonly<Record<string, Float32Array>>): void;
  /** All of them; on a GPU through one `mapAsync`. */
  read(): Promise<Record<string, Float32Array>>;
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
export function createParameters(gpu: Gpu, tensors: readonly Tensor[]): GpuParameters;
export function createParameters(gpu: Gpu | null, tensors: readonly Tensor[]): Parameters;
export function createParameters(gpu: Gpu | null, tensors: readonly Tensor[]): Parameters {
  const leaves = leavesOf(tensors, "parameter");
  const decayed = leaves.filter(decays);
  const layout = layOut([...decayed, ...leaves.filter((leaf) => !decays(leaf))]);
  if (!gpu) return createCpuParameters(layout);
  const buffers = createBuffers(gpu);
  const buffer = buffers.zeroed("parameters", layout.sizeBytes);
  return {
    ...namesOf(layout),
    layout,
    buffer,
    decayedBytes: layOut(decayed).sizeBytes,
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
    return { value, offsetBytes: entry.offsetBytes };
  });
  for (const { value, offsetBytes } of parts) {
    gpu.device.queue.writeBuffer(buffer, offsetBytes, value as Float32Array<ArrayBuffer>);
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
    [...entries.keys()].map((name, i) => [name, new Float32Array(bytes[i]!)]),
  );
}

function decays({ node: { leaf } }: Tensor): boolean {
  return leaf?.kind === "parameter" && leaf.decay;
}
