/**
 * The GPU as the floors above see it: open it, compile kernels, put them into programs, read back.
 *
 * @module
 */

export { type AdapterReport, CAPABILITIES, type Capability } from "./adapter.ts";
export { type Binding, type Buffers, createBuffers } from "./buffer.ts";
export { chooseGpu, type ChosenGpu, type DeviceChoice } from "./choose_gpu.ts";
export { describeAdapter, openGpu } from "./device.ts";
export { GpuError, type GpuErrorCode } from "./error.ts";
export { inErrorScopes } from "./error_scope.ts";
export { type Gpu, unlessLost } from "./gpu.ts";
export { countGpuCalls, type GpuCalls } from "./gpu_calls.ts";
export { inTurn } from "./in_turn.ts";
export { createKernel, type Kernel, type KernelSource } from "./kernel.ts";
export { type Piecewise, runPiecewise } from "./piecewise.ts";
export { createProgram, type Dispatch, type Program } from "./program.ts";
export { formatDuration, type Job, type Progress } from "./progress.ts";
export { type BytesOf, createStaging, readBuffers, type Staging } from "./read_back.ts";
