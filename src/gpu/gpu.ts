/**
 * The open GPU that everything in the house is handed: a device, what it can do, and the news of its
 * loss. How it is opened is `device.ts`.
 *
 * @module
 */

import type { AdapterReport, Capability } from "./adapter.ts";

/** An open device. Its owner disposes of it, which frees everything that was made on it. */
export interface Gpu extends Disposable {
  readonly device: GPUDevice;
  /** For example `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  readonly description: string;
  /** True where a processor plays the GPU: right results, no speed. */
  readonly software: boolean;
  readonly capabilities: ReadonlySet<Capability>;
  readonly report: AdapterReport;
  /** `enable subgroups;` where the WGSL compiler asks for that line, empty where it refuses it. */
  readonly enableSubgroups: string;
  /** Invocations of every subgroup; 0 where there are none or their size varies. */
  readonly subgroupSize: number;
  /** Resolves when the device is gone, disposed of or lost; never rejects. */
  readonly lost: Promise<GPUDeviceLostInfo>;
  /** Aborted as soon as the device is known to be gone; its reason is a `GpuError` "lost". */
  readonly lostSignal: AbortSignal;
}

/**
 * `work`, or a rejection once the device is lost: a lost device leaves its promises pending in some
 * runtimes, and resolves them over zeroed memory in others.
 *
 * @throws {GpuError} "lost", with the driver's message.
 */
export async function unlessLost<T>(
  { lostSignal }: Pick<Gpu, "lostSignal">,
  work: Promise<T>,
): Promise<T> {
  lostSignal.throwIfAborted();
  const loss = Promise.withResolvers<never>();
  const onLost = () => loss.reject(lostSignal.reason);
  lostSignal.addEventListener("abort", onLost, { once: true });
  try {
    const result = await Promise.race([work, loss.promise]);
    lostSignal.throwIfAborted();
    return result;
  } finally {
    lostSignal.removeEventListener("abort", onLost);
  }
}
