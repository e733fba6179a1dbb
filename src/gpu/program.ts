/**
 * Dispatches that are put together once and run many times: bind groups are built at the start, and a
 * run is one pass in one submit (1.3 µs a dispatch to record in Deno, against 45 µs for a submit and
 * a bind group each).
 *
 * @module
 */

import { type Binding, checkLimit, rangeOf } from "./buffer.ts";
import { inErrorScopes } from "./error_scope.ts";
import { GpuError } from "./error.ts";
import type { Gpu } from "./gpu.ts";
import type { Kernel } from "./kernel.ts";
import { type BytesOf, type Staging, submitAndRead } from "./read_back.ts";

/** One run of a kernel over its buffers. */
export interface Dispatch {
  readonly kernel: Kernel;
  /** The buffers of bind group 0, in the order of their binding numbers. */
  readonly bindings: readonly Binding[];
  /**
   * How many workgroups, none included. Over 65,535 (`maxComputeWorkgroupsPerDimension`) they are
   * folded into two dimensions: the kernel numbers its invocations
   * `id.y * num_workgroups.x * wg + id.x` and leaves those past the end idle.
   */
  readonly workgroups: number;
}

/** A list of dispatches, each of which sees what those before it wrote. It owns no buffers. */
export interface Program {
  readonly label: string;
  /**
   * Runs the dispatches in order: one pass, one submit. Resolves with the bytes of `read` as they are
   * afterwards, through one `mapAsync`; with nothing to read, as soon as the device has accepted the
   * work. With `staging` no buffer is made to read through.
   *
   * @throws {GpuError} "validation", for example for a freed buffer or one that a dispatch both reads
   * and writes; "out-of-memory"; "lost".
   */
  submit<const Read extends readonly Binding[]>(
    read: Read,
    staging?: Staging,
  ): Promise<BytesOf<Read>>;
}

/**
 * Builds the bind groups of a program and has the device check them.
 *
 * @throws {GpuError} "limit" where a binding or a dispatch is larger than the device takes;
 * "validation" where bindings do not fit a kernel; "lost".
 * @example
 * ```ts
 * import { createBuffers, createKernel, createProgram, openGpu } from "bottega";
 * using gpu = await openGpu();
 * using buffers = createBuffers(gpu);
 * const x = buffers.upload("x", Float32Array.of(1, 2, 3));
 * const code = `
 *   @group(0) @binding(0) var<storage, read_write> x: array<f32>;
 *   @compute @workgroup_size(64) fn double(@builtin(global_invocation_id) id: vec3u) {
 *     if (id.x < arrayLength(&x)) { x[id.x] *= 2.0; }
 *   }`;
 * const kernel = await createKernel(gpu, { label: "double", code });
 * const program = await createProgram(gpu, "twice", [
 *   { kernel, bindings: [x], workgroups: 1 },
 *   { kernel, bindings: [x], workgroups: 1 },
 * ]);
 * const [bytes] = await program.submit([x]);
 * console.log(new Float32Array(bytes)); // 4, 8, 12
 * ```
 */
export async function createProgram(
  gpu: Gpu,
  label: string,
  dispatches: readonly Dispatch[],
): Promise<Program> {
  for (const { kernel, bindings } of dispatches) checkBindings(gpu, kernel, bindings);
  const steps = await inErrorScopes(
    gpu,
    `program "${label}"`,
    () => dispatches.map((dispatch) => prepare(gpu, dispatch)),
  );
  return {
    label,
    submit: (read, staging) =>
      submitAndRead(gpu, label, (encoder) => record(encoder, label, steps), read, staging),
  };
}

/**
 * Workgroups in two dimensions, at least `count` in all and as few more as can be.
 *
 * @throws {GpuError} "limit" where `count` is over the square of `limit`.
 */
export function foldWorkgroups(count: number, limit: number): [x: number, y: number] {
  const y = Math.max(1, Math.ceil(count / limit));
  if (y > limit) {
    throw new GpuError(
      "limit",
      `A dispatch of ${count} workgroups is over this GPU's ${limit} × ${limit} ` +
        "(maxComputeWorkgroupsPerDimension). Do the work in smaller parts.",
    );
  }
  return [Math.ceil(count / y), y];
}

interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: [x: number, y: number];
}

function prepare({ device }: Gpu, { kernel, bindings, workgroups }: Dispatch): Step {
  const { label, pipeline } = kernel;
  return {
    pipeline,
    bindGroup: device.createBindGroup({
      label,
      layout: pipeline.getBindGroupLayout(0),
      entries: bindings.map((binding, i) => ({ binding: i, resource: rangeOf(binding) })),
    }),
    workgroups: foldWorkgroups(workgroups, device.limits.maxComputeWorkgroupsPerDimension),
  };
}

function record(encoder: GPUCommandEncoder, label: string, steps: readonly Step[]): void {
  if (steps.length === 0) return;
  const pass = encoder.beginComputePass({ label });
  for (const { pipeline, bindGroup, workgroups } of steps) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...workgroups);
  }
  pass.end();
}

function checkBindings(gpu: Gpu, { label }: Kernel, bindings: readonly Binding[]): void {
  for (const [i, binding] of bindings.entries()) {
    const { buffer, size } = rangeOf(binding);
    const what = `Binding ${i} ("${buffer.label}") of kernel "${label}"`;
    checkLimit(gpu, "maxStorageBufferBindingSize", what, size);
  }
}
