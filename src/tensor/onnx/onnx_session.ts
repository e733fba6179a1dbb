/**
 * Models of ONNX run by onnxruntime-web's WebAssembly, on the processor's cores.
 *
 * @module
 */

import type { InferenceSession } from "onnxruntime-web";
import { type OnnxModel, type OnnxPort, writeOnnx } from "./onnx_file.ts";
import { loadOnnxRuntime } from "./onnx_runtime.ts";

/** A model that is ready to run. Its owner disposes of it, and not during a run. */
export interface OnnxSession extends Disposable {
  /** For example `onnxruntime-web 1.30.0, wasm, 2 threads`. */
  readonly description: string;
  readonly nodes: number;
  /** The outputs by name; whole numbers too are given as f32 where they fit. */
  run(inputs: Readonly<Record<string, ArrayLike<number>>>): Promise<Record<string, Float32Array>>;
}

/** Opens a model; loads onnxruntime-web on the first call. */
export async function openOnnxSession(model: OnnxModel): Promise<OnnxSession> {
  const { InferenceSession, Tensor, env } = await loadOnnxRuntime();
  const options: InferenceSession.SessionOptions = {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  };
  const session = await InferenceSession.create(writeOnnx(model), options);
  const threads = env.wasm.numThreads ?? 1;
  const tensorOf = ({ type, shape }: OnnxPort, values: ArrayLike<number>) => {
    const lengths = shape.map(Number);
    return type === "int64"
      ? new Tensor("int64", BigInt64Array.from(Array.from(values), BigInt), lengths)
      : new Tensor(
        "float32",
        values instanceof Float32Array ? values : Float32Array.from(values),
        lengths,
      );
  };
  return {
    description: `onnxruntime-web ${env.versions.web}, wasm, ${threads} threads`,
    nodes: model.nodes.length,
    async run(inputs) {
      await breathe();
      const feeds = Object.fromEntries(
        model.inputs.map((port) => [port.name, tensorOf(port, inputs[port.name] ?? [])]),
      );
      const results = await session.run(feeds);
      return Object.fromEntries(
        model.outputs.map(({ name }) => [name, floatsOf(results[name]?.data)]),
      );
    },
    [Symbol.dispose]: () => void session.release(),
  };
}

function floatsOf(data: unknown): Float32Array {
  if (data instanceof Float32Array) return data;
  return data instanceof BigInt64Array ? Float32Array.from(data, Number) : new Float32Array();
}

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
