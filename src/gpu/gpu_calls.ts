/**
 * Counts the calls that WebGPU work makes, for tests and benchmarks.
 *
 * @module
 */

/** How often each was called. */
export interface GpuCalls {
  submits: number;
  passes: number;
  dispatches: number;
  bindGroups: number;
  pipelines: number;
  /** `writeBuffer`. */
  writes: number;
  buffers: number;
  /** Buffers destroyed. */
  frees: number;
  maps: number;
}

/**
 * Counts the calls of all devices until `work` settles. Not for two works at a time.
 *
 * @example
 * ```ts
 * import { countGpuCalls, openGpu } from "bottega";
 * const { calls } = await countGpuCalls(() => openGpu());
 * console.log(calls.submits); // 0
 * ```
 */
export async function countGpuCalls<T>(
  work: () => Promise<T>,
): Promise<{ result: T; calls: GpuCalls }> {
  const calls: GpuCalls = {
    submits: 0,
    passes: 0,
    dispatches: 0,
    bindGroups: 0,
    pipelines: 0,
    writes: 0,
    buffers: 0,
    frees: 0,
    maps: 0,
  };
  const restore = [
    wrap(GPUQueue.prototype, "submit", () => calls.submits++),
    wrap(GPUCommandEncoder.prototype, "beginComputePass", () => calls.passes++),
    wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => calls.dispatches++),
    wrap(GPUDevice.prototype, "createBindGroup", () => calls.bindGroups++),
    wrap(GPUDevice.prototype, "createComputePipelineAsync", () => calls.pipelines++),
    wrap(GPUQueue.prototype, "writeBuffer", () => calls.writes++),
    wrap(GPUDevice.prototype, "createBuffer", () => calls.buffers++),
    wrap(GPUBuffer.prototype, "destroy", () => calls.frees++),
    wrap(GPUBuffer.prototype, "mapAsync", () => calls.maps++),
  ];
  try {
    return { result: await work(), calls };
  } finally {
    for (const undo of restore) undo();
  }
}

/** Calls `count` before each call of a method; gives back what puts the method back. */
function wrap<K extends string>(
  prototype: Record<K, (...args: never[]) => unknown>,
  name: K,
  count: () => void,
): () => void {
  const method = prototype[name];
  prototype[name] = function (this: unknown, ...args) {
    count();
    return method.apply(this, args);
  };
  return () => prototype[name] = method;
}
