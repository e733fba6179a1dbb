/**
 * Opens the GPU, in a page, a worker or Deno. What it can do is found out by trying it.
 *
 * @module
 */

import { type AdapterReport, limitsOf, reportAdapter } from "./adapter.ts";
import { GpuError } from "./error.ts";
import type { Gpu } from "./gpu.ts";
import { probe } from "./probe.ts";

/**
 * Opens the fastest adapter with the largest limits that it offers. Compiles and runs three tiny
 * kernels on the way (about 50 ms in Deno).
 *
 * @throws {GpuError} "no-webgpu", "no-adapter" or "no-device"; the message says what to install or
 * to turn on.
 * @example
 * ```ts
 * import { openGpu } from "bottega";
 * using gpu = await openGpu();
 * console.log(gpu.description, [...gpu.capabilities]);
 * ```
 */
export async function openGpu(): Promise<Gpu> {
  const adapter = await requestAdapter();
  const device = await requestDevice(adapter);
  const loss = new AbortController();
  device.lost.then(({ reason, message }) => loss.abort(lostError(`${reason}: ${message}`)));
  const report = reportAdapter(adapter, new Set());
  const unprobed: Gpu = {
    device,
    description: report.description,
    software: report.software,
    capabilities: new Set(),
    report,
    enableSubgroups: "",
    subgroupSize: 0,
    lost: device.lost,
    lostSignal: loss.signal,
    [Symbol.dispose]() {
      loss.abort(lostError("it was disposed of"));
      device.destroy();
    },
  };
  try {
    const { capabilities, enableSubgroups } = await probe(unprobed);
    return {
      ...unprobed,
      capabilities,
      enableSubgroups,
      subgroupSize: capabilities.has("subgroups") ? subgroupSizeOf(adapter) : 0,
      report: { ...report, capabilities: [...capabilities] },
    };
  } catch (error) {
    unprobed[Symbol.dispose]();
    throw error;
  }
}

/**
 * Opens the GPU, tells about it and closes it again. Where a {@linkcode Gpu} is open already, its
 * `report` is the same.
 *
 * @throws {GpuError} As {@linkcode openGpu}.
 */
export async function describeAdapter(): Promise<AdapterReport> {
  using gpu = await openGpu();
  return gpu.report;
}

async function requestAdapter(): Promise<GPUAdapter> {
  // Typed as always there, but old browsers and pages without https have none.
  const webgpu = navigator.gpu as GPU | undefined;
  if (webgpu === undefined) throw new GpuError("no-webgpu", withoutWebgpu());
  const adapter = await webgpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new GpuError("no-adapter", withoutAdapter());
  return adapter;
}

/** Runtimes that are older than these two numbers do not tell. */
function subgroupSizeOf({ info }: GPUAdapter): number {
  const { subgroupMinSize = 0, subgroupMaxSize = -1 } = info as Partial<GPUAdapterInfo>;
  return subgroupMinSize === subgroupMaxSize ? subgroupMinSize : 0;
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const listed = (["shader-f16", "timestamp-query", "subgroups"] as const)
    .filter((feature) => adapter.features.has(feature));
  const requiredLimits: Record<string, number> = limitsOf(adapter.limits);
  const request = (requiredFeatures: GPUFeatureName[]) =>
    adapter.requestDevice({ label: "bottega", requiredFeatures, requiredLimits });
  try {
    // Deno grants subgroups on adapters that do not list them (2.9.6); elsewhere this is refused
    // before anything is made.
    if (!listed.includes("subgroups")) return await request([...listed, "subgroups"]);
  } catch (error) {
    if (!(error instanceof TypeError)) throw noDevice(adapter, error);
  }
  try {
    return await request(listed);
  } catch (error) {
    throw noDevice(adapter, error);
  }
}

function noDevice(adapter: GPUAdapter, cause: unknown): GpuError {
  const { description } = reportAdapter(adapter, new Set());
  const message = cause instanceof Error ? cause.message : String(cause);
  return new GpuError(
    "no-device",
    `The adapter "${description}" gave no device: ${message}. Close other programs that use the ` +
      "GPU, or update its driver, and try again.",
    { cause },
  );
}

function lostError(why: string): GpuError {
  return new GpuError(
    "lost",
    `The GPU device is gone (${why}). Open it anew with openGpu() and run the work again.`,
  );
}

function withoutWebgpu(): string {
  if (inDeno()) return "This Deno has no WebGPU. Use Deno 2.9 or newer.";
  if (!globalThis.isSecureContext) {
    return "WebGPU is only there on https pages and on localhost: open this page through " +
      "http://localhost or 127.0.0.1, or serve it with TLS.";
  }
  return "This browser has no WebGPU. Use Chrome or Edge 113, Safari 26 or Firefox 141 (or newer); " +
    "Firefox may want dom.webgpu.enabled in about:config.";
}

function withoutAdapter(): string {
  if (inDeno()) {
    return Deno.build.os === "linux"
      ? "No GPU adapter was found. Install a Vulkan driver: `apt-get install mesa-vulkan-drivers " +
        "libvulkan1` on Debian and Ubuntu gives one that needs no GPU; for a real GPU install its " +
        "vendor's driver."
      : "No GPU adapter was found. Update the graphics driver.";
  }
  return "This browser found no GPU adapter. Turn on graphics acceleration in its settings and see " +
    "chrome://gpu or about:support; Chrome and Chromium on Linux may need to be started with " +
    "--enable-unsafe-webgpu.";
}

function inDeno(): boolean {
  return typeof Deno !== "undefined";
}
