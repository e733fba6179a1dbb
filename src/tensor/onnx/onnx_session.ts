/**
 * Models of ONNX run by onnxruntime-web's WebAssembly, on the processor's cores.
 *
 * @module
 */

import type { OnnxModel, OnnxPort } from "./onnx_file.ts";
import { loadOnnxRuntime } from "./onnx_runtime.ts";

/** A model that is ready to run. Its owner disposes of it. */
export interface OnnxSession extends Disposable {
  /** For example `onnxruntime-web 1.30.0, wasm, 2 threads`. */
  readonly description: string;
  readonly nodes: number;
  /** The outputs by name; whole numbers too are given as f32 where they fit. */
  run(inputs: Readonly<Record<string, ArrayLike<number>>>): Promise<Record<string, Float32Array>>;
}

/** Opens a model; loads onnxruntime-web on the first call. */
export async function openOnnxSession(model: OnnxModel): Promise<OnnxSession> {
  const runtime = await loadOnnxRuntime();
  const { Tensor } = runtime;
  const loaded = await runtime.open(model);
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
    description: `onnxruntime-web ${runtime.version}, wasm, ${runtime.threads} threads`,
    nodes: model.nodes.length,
    async run(inputs) {
      const feeds = Object.fromEntries(
        model.inputs.map((port) => [port.name, tensorOf(port, inputs[port.name] ?? [])]),
      );
      const results = await loaded.run(feeds);
      return Object.fromEntries(
        model.outputs.map(({ name }) => [name, floatsOf(results[name]?.data)]),
      );
    },
    [Symbol.dispose]: () => loaded[Symbol.dispose](),
  };
}

function floatsOf(data: unknown): Float32Array {
  if (data instanceof Float32Array) return data;
  return data instanceof BigInt64Array ? Float32Array.from(data, Number) : new Float32Array();
}
