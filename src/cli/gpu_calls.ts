/**
 * Counts the WebGPU calls of a piece of work.
 *
 * @module
 */

/** How often each was called. */
export interface GpuCalls {
  submits: number;
  passes: number;
  dispatches: number;
  bindGroups: number;
  writes: number;
  buffers: number;
}

/** Counts the calls of all devices until `work` settles. Not for two works at a time. */
export async function countGpuCalls<T>(
  work: () => Promise<T>,
): Promise<{ result: T; calls: GpuCalls }> {
  const calls = { submits: 0, passes: 0, dispatches: 0, bindGroups: 0, writes: 0, buffers: 0 };
  const restore = [
    wrap(GPUQueue.prototype, "submit", () => calls.submits++),
    wrap(GPUCommandEncoder.prototype, "beginComputePass", () => calls.passes++),
    wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => calls.dispatches++),
    wrap(GPUDevice.prototype, "createBindGroup", () => calls.bindGroups++),
    wrap(GPUQueue.prototype, "writeBuffer", () => calls.writes++),
    wrap(GPUDevice.prototype, "createBuffer", () => calls.buffers++),
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
