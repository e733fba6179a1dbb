/**
 * onnxruntime-web, loaded when it is first needed.
 *
 * @module
 */

import { writeOnnx } from "./onnx_file.ts";

/** The library. */
export type OnnxRuntime = typeof import("onnxruntime-web");

/**
 * Loads the library and its WebAssembly, once. It takes as many threads as there are cores, up to 8,
 * and one in Deno and where memory cannot be shared.
 */
export function loadOnnxRuntime(): Promise<OnnxRuntime> {
  return loading ??= load();
}

let loading: Promise<OnnxRuntime> | undefined;

async function load(): Promise<OnnxRuntime> {
  const { Worker } = globalThis;
  const runtime = await import("onnxruntime-web");
  runtime.env.logLevel = "error";
  // By itself it takes half of them. In Deno 2.9.6 a second thread is waited for and never comes.
  runtime.env.wasm.numThreads = "Deno" in globalThis
    ? 1
    : Math.min(8, navigator.hardwareConcurrency || 1);
  const port = { type: "float", shape: [1] } as const;
  const nothing = writeOnnx({
    inputs: [{ name: "x", ...port }],
    outputs: [{ name: "y", ...port }],
    nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"], attributes: {} }],
    initializers: [],
  });
  // With its first session it starts its threads, and where it takes the host for Node, as it does
  // Deno, it puts Node's Worker in the place of the global one.
  const session = await runtime.InferenceSession.create(nothing, { executionProviders: ["wasm"] });
  await session.release();
  globalThis.Worker = Worker;
  return runtime;
}
