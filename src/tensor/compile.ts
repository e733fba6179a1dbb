/**
 * A graph as a program: run it as often as you like with other inputs, one submit each.
 *
 * @module
 */

import { type BytesOf, createBuffers, createProgram, type Gpu, type Staging } from "../gpu/mod.ts";
import { compileCpu } from "./compile_cpu.ts";
import { createInputs, type InputValues } from "./inputs.ts";
import { type GraphMemory, lower } from "./lower.ts";
import { onGpu, type Parameters } from "./parameters.ts";
import type { States } from "./states.ts";
import { checkReads } from "./storage.ts";
import type { Tensor } from "./tensor.ts";
import type { Tuning } from "./tuning.ts";

/** What a program is compiled with. */
export interface CompileOptions {
  /** Where the graph has any. */
  readonly parameters?: Parameters;
  /** Where the graph has any. */
  readonly states?: States;
  /** How often a run goes through the graph, each time with what the last one left in the states. */
  readonly repeat?: number;
  /** Remembers which kernels are the fastest; by default for as long as the device is open. */
  readonly tuning?: Tuning;
}

/** A compiled graph, wherever it runs. Its owner disposes of it. */
export interface RunnableGraph extends Disposable {
  readonly memory: GraphMemory;
  /** Dispatches of a run; without a GPU, nodes of ONNX. */
  readonly dispatches: number;
  /**
   * The values of the outputs; on a GPU one submit, one `writeBuffer`, one `mapAsync`.
   *
   * @throws {TensorError} "data" where an input is missing, unknown, or of another length.
   */
  run(inputs: InputValues): Promise<Float32Array[]>;
}

/** A graph compiled for a GPU. */
export interface GraphProgram extends RunnableGraph {
  /**
   * Runs without reading outputs: one submit, at most one `writeBuffer`. Resolves with the bytes of
   * `read`, such as states, when the work is done; with nothing as soon as the device has accepted it.
   *
   * @throws {TensorError} "data" as {@linkcode run}.
   */
  submit<const Read extends readonly GPUBuffer[]>(
    inputs: InputValues,
    read: Read,
    staging?: Staging,
  ): Promise<BytesOf<Read>>;
}

/**
 * Compiles what `outputs` need: plans memory by lifetime, builds every pipeline and bind group.
 *
 * @param gpu Where it runs; `null` for the processor, by onnxruntime-web's WebAssembly.
 * @throws {TensorError} "graph".
 * @throws {GpuError} "shader", "limit", "validation", "lost".
 * @example
 * ```ts
 * import { compile, input, matmul, openGpu } from "bottega";
 * using gpu = await openGpu();
 * const a = input("a", [2, 3]);
 * using program = await compile(gpu, [matmul(a, a, { transposeB: true })]);
 * const [squares] = await program.run({ a: [1, 2, 3, 4, 5, 6] });
 * console.log(squares); // 14, 32, 32, 77
 * ```
 */
export function compile(
  gpu: Gpu,
  outputs: readonly Tensor[],
  options?: CompileOptions,
): Promise<GraphProgram>;
export function compile(
  gpu: Gpu | null,
  outputs: readonly Tensor[],
  options?: CompileOptions,
): Promise<RunnableGraph>;
export async function compile(
  gpu: Gpu | null,
  outputs: readonly Tensor[],
  { parameters: given, states, repeat = 1, tuning }: CompileOptions = {},
): Promise<RunnableGraph> {
  if (!gpu) return await compileCpu(outputs, given);
  const parameters = given && onGpu(given);
  if (parameters) checkReads(outputs, parameters.layout);
  const buffers = createBuffers(gpu);
  try {
    const inputs = createInputs(gpu, buffers, outputs);
    const placement = { inputs, parameters, states, tuning };
    const { dispatches: once, bindingOf, memory } = await lower(gpu, buffers, outputs, placement);
    const dispatches = Array.from({ length: repeat }, () => once).flat();
    const program = await createProgram(gpu, "graph", dispatches);
    return {
      memory,
      dispatches: dispatches.length,
      async run(values) {
        inputs.write(values);
        const read = await program.submit(outputs.map(bindingOf));
        return read.map((bytes) => new Float32Array(bytes));
      },
      async submit(values, read, staging) {
        inputs.write(values);
        return await program.submit(read, staging);
      },
      [Symbol.dispose]: () => buffers[Symbol.dispose](),
    } satisfies GraphProgram as RunnableGraph;
  } catch (error) {
    buffers[Symbol.dispose]();
    throw error;
  }
}
