/**
 * onnxruntime-web, loaded when it is first needed.
 *
 * @module
 */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import { inTurn } from "../../gpu/mod.ts";
import { type OnnxModel, writeOnnx } from "./onnx_file.ts";

/** What of the library is used, safe to use for several models at a time. */
export interface OnnxRuntime {
  readonly Tensor: typeof Tensor;
  readonly version: string;
  readonly threads: number;
  /** Loads a model. */
  open(model: OnnxModel): Promise<LoadedModel>;
}

/** A model in the library's memory. Its owner disposes of it. */
export interface LoadedModel extends Disposable {
  /** All outputs, when the calls before this one, of whichever model, have ended. */
  run(feeds: InferenceSession.FeedsType): Promise<InferenceSession.ReturnType>;
}

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
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web");
  env.logLevel = "error";
  // By itself it takes half of them. In Deno 2.9.6 a second thread is waited for and never comes.
  const threads = "Deno" in globalThis ? 1 : Math.min(8, navigator.hardwareConcurrency || 1);
  env.wasm.numThreads = threads;
  const runtime: OnnxRuntime = {
    Tensor,
    version: env.versions.web ?? "",
    // Where memory cannot be shared the library takes one itself, with its first model.
    get threads() {
      return env.wasm.numThreads ?? 1;
    },
    async open(model) {
      const session = await takeTurn(() =>
        InferenceSession.create(writeOnnx(model), {
          executionProviders: ["wasm"],
          graphOptimizationLevel: "all",
          logSeverityLevel: 3,
        })
      );
      return {
        run: (feeds) => takeTurn(() => session.run(feeds)),
        [Symbol.dispose]: () => void takeTurn(() => session.release()),
      };
    },
  };
  const port = { type: "float", shape: [1] } as const;
  // With its first model it starts its threads, and where it takes the host for Node, as it does
  // Deno, it puts Node's Worker in the place of the global one.
  (await runtime.open({
    inputs: [{ name: "x", ...port }],
    outputs: [{ name: "y", ...port }],
    nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"], attributes: {} }],
    initializers: [],
  }))[Symbol.dispose]();
  globalThis.Worker = Worker;
  return runtime;
}

/**
 * One call into WebAssembly at a time. The library keeps what a run reads and writes on the one stack
 * of WebAssembly and waits in between (1.30.0): of runs that overlap, the one that ends takes the
 * others' place on it, and they fail or give wrong numbers.
 */
function takeTurn<R>(work: () => Promise<R>): Promise<R> {
  return turns(work) as Promise<R>;
}

const turns = inTurn<() => Promise<unknown>, unknown>(async (work) => {
  await breathe();
  return await work();
});

/**
 * Lets the thread hear what waits, an abort above all. WebAssembly computes before its promise is
 * returned, so that a loop of runs would never come to a turn of the event loop.
 */
async function breathe(): Promise<void> {
  if (performance.now() - heardAt < 50) return;
  await new Promise((resolve) => setTimeout(resolve));
  heardAt = performance.now();
}

let heardAt = 0;
