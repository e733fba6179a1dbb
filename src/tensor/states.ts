/**
 * What a program keeps from run to run, each tensor in a buffer of its own, which programs share.
 *
 * @module
 */

import { createBuffers, type Gpu } from "../gpu/mod.ts";
import { leavesOf } from "./flat_layout.ts";
import { bytesOf } from "./memory_plan.ts";
import { formatShape, sizeOf } from "./shape.ts";
import type { Tensor, Values } from "./tensor.ts";
import { TensorError } from "./tensor_error.ts";

/** A state and where it lies. */
export interface StateBuffer {
  readonly tensor: Tensor;
  readonly buffer: GPUBuffer;
}

/** States by name. Their owner disposes of them after the programs that use them. */
export interface States extends Disposable {
  get(name: string): StateBuffer | undefined;
  /** @throws {TensorError} "data" where the name is unknown or the length is not the state's. */
  write(name: string, values: Values): void;
}

/**
 * Room for every state that `tensors` are made from, all zeros. States of one name are one.
 *
 * @throws {GpuError} "limit" where one is larger than a buffer may be.
 */
export function createStates(gpu: Gpu, tensors: readonly Tensor[]): States {
  const buffers = createBuffers(gpu);
  const states = new Map<string, StateBuffer>();
  try {
    for (const tensor of leavesOf(tensors, "state")) {
      const name = tensor.node.leaf?.name ?? "";
      if (states.has(name)) continue;
      states.set(name, { tensor, buffer: buffers.zeroed(name, bytesOf(tensor)) });
    }
  } catch (error) {
    buffers[Symbol.dispose]();
    throw error;
  }
  return {
    get: (name) => states.get(name),
    write(name, values) {
      const found = states.get(name);
      if (!found || sizeOf(found.tensor.shape) !== values.length) {
        const shape = found ? `has shape ${formatShape(found.tensor.shape)}` : "is unknown";
        throw new TensorError("data", `State "${name}" ${shape}; ${values.length} values given.`);
      }
      gpu.device.queue.writeBuffer(found.buffer, 0, values as Values & { buffer: ArrayBuffer });
    },
    [Symbol.dispose]: () => buffers[Symbol.dispose](),
  };
}
