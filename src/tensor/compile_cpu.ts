/**
 * A graph as a program without a GPU: onnxruntime-web's WebAssembly on the processor's cores.
 *
 * @module
 */

import type { RunnableGraph } from "./compile.ts";
import { onCpu } from "./cpu_parameters.ts";
import { layOut, leavesOf } from "./flat_layout.ts";
import { checkedInputs } from "./inputs.ts";
import type { GraphMemory } from "./lower.ts";
import { bytesOf, planMemory } from "./memory_plan.ts";
import { lowerOnnx } from "./onnx/lower_onnx.ts";
import { openOnnxSession } from "./onnx/onnx_session.ts";
import type { Parameters } from "./parameters.ts";
import { nodesOf, type Tensor } from "./tensor.ts";

/**
 * Compiles what `outputs` need. Parameters are read at each run.
 *
 * @throws {TensorError} "graph" where an op has no form in ONNX.
 */
export async function compileCpu(
  outputs: readonly Tensor[],
  parameters?: Parameters,
): Promise<RunnableGraph> {
  const layout = layOut(leavesOf(outputs, "input"));
  const named = outputs.map((tensor, i) => [`output ${i}`, tensor] as const);
  const session = await openOnnxSession(lowerOnnx(Object.fromEntries(named)));
  return {
    memory: graphMemory(outputs),
    dispatches: session.nodes,
    async run(values) {
      const inputs = Object.fromEntries(
        checkedInputs(layout, values).map(([{ name }, value]) => [name, value]),
      );
      const weights = parameters ? onCpu(parameters).values : {};
      const results = await session.run({ ...weights, ...inputs });
      return named.map(([name]) => results[name] ?? new Float32Array());
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

/** What results take by our own plan; onnxruntime plans for itself and keeps the scores of attention. */
export function graphMemory(outputs: readonly Tensor[]): GraphMemory {
  const nodes = nodesOf(outputs);
  const { slotBytes, peakBytes } = planMemory(nodes, new Set(outputs));
  const results = nodes.flatMap(({ leaf, outputs }) => leaf ? [] : outputs);
  return {
    activationBytes: slotBytes.reduce((sum, bytes) => sum + bytes, 0),
    peakBytes,
    unsharedBytes: results.reduce((sum, tensor) => sum + bytesOf(tensor), 0),
  };
}
