/**
 * From the GPU back to JavaScript: everything that is read comes through one staging buffer and one
 * `mapAsync`, since each one takes about 11 ms in Deno.
 *
 * @module
 */

import { type Binding, createBuffer, rangeOf } from "./buffer.ts";
import { inErrorScopes } from "./error_scope.ts";
import type { Gpu } from "./gpu.ts";

/** One array of bytes for each binding that is read. */
export type BytesOf<Read extends readonly Binding[]> = { -readonly [i in keyof Read]: ArrayBuffer };

/** A buffer that reads go through again and again, one at a time. Its owner disposes of it. */
export interface Staging extends Disposable {
  readonly buffer: GPUBuffer;
}

/**
 * A staging buffer of `sizeBytes`, for work that reads often and must make nothing.
 *
 * @throws {GpuError} "limit".
 */
export function createStaging(gpu: Gpu, sizeBytes: number): Staging {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const buffer = createBuffer(gpu, "staging", sizeBytes, usage);
  return { buffer, [Symbol.dispose]: () => buffer.destroy() };
}

/**
 * The bytes of buffers, one array each, after all work submitted so far. One submit, one `mapAsync`.
 *
 * @throws {GpuError} "limit" where they are larger together than a buffer may be; "validation";
 * "lost".
 */
export function readBuffers<const Read extends readonly Binding[]>(
  gpu: Gpu,
  read: Read,
): Promise<BytesOf<Read>> {
  return submitAndRead(gpu, "read_back", () => {}, read);
}

/**
 * Submits what `record` records, once, and gives back the bytes of `read` as they are after it.
 * With nothing to read it resolves when the device has accepted the work, not when it is done.
 *
 * @throws {GpuError} As {@linkcode readBuffers}.
 */
export async function submitAndRead<const Read extends readonly Binding[]>(
  gpu: Gpu,
  label: string,
  record: (encoder: GPUCommandEncoder) => void,
  read: Read,
  kept?: Staging,
): Promise<BytesOf<Read>> {
  const ranges = read.map(rangeOf);
  const sizeBytes = ranges.reduce((sum, { size }) => sum + size, 0);
  const own = kept ? null : sizeBytes > 0 ? createStaging(gpu, sizeBytes) : null;
  const staging = sizeBytes > 0 ? (kept ?? own)?.buffer ?? null : null;
  try {
    await inErrorScopes(gpu, `"${label}"`, () => {
      const encoder = gpu.device.createCommandEncoder({ label });
      record(encoder);
      let at = 0;
      for (const { buffer, offset, size } of staging === null ? [] : ranges) {
        encoder.copyBufferToBuffer(buffer, offset, staging as GPUBuffer, at, size);
        at += size;
      }
      gpu.device.queue.submit([encoder.finish()]);
      return staging?.mapAsync(GPUMapMode.READ, 0, sizeBytes);
    });
    const bytes = staging?.getMappedRange(0, sizeBytes) ?? new ArrayBuffer();
    return cut(bytes, ranges) as BytesOf<Read>;
  } finally {
    own?.[Symbol.dispose]();
    if (kept && sizeBytes > 0 && !gpu.lostSignal.aborted) kept.buffer.unmap();
  }
}

function cut(mapped: ArrayBuffer, ranges: readonly { size: number }[]): ArrayBuffer[] {
  let at = 0;
  return ranges.map(({ size }) => mapped.slice(at, at += size));
}
