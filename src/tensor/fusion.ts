/**
 * Fusion of elementwise ops: chains and trees of them become one kernel each, and what lies between
 * them is never stored. Results stay the same, but for what WGSL lets an adapter do within a kernel:
 * round a product and a sum at once, or multiply constants with each other first.
 *
 * @module
 */

import { formulaFunctions, formulaInputs, formulaKernel, readsInPlace } from "./formula.ts";
import type { Node, Tensor } from "./tensor.ts";

/** A node as it runs: alone, or several as one. */
export type ScheduledNode = Pick<Node, "leaf" | "inputs" | "outputs" | "kernels">;

/**
 * Joins each node that has a formula to the nodes that read its result, where all of them are in one
 * kernel, have formulas and take it element by element. A kernel that would need more than 8
 * buffers is cut. It stands where its last node stood, and reads its inputs there.
 *
 * @param nodes In the order in which they run.
 * @param kept Results that are stored, whoever reads them.
 */
export function fuse(nodes: readonly Node[], kept: ReadonlySet<Tensor>): ScheduledNode[] {
  const readers = new Map<Tensor, Node[]>();
  for (const node of nodes) {
    for (const tensor of new Set(node.inputs)) {
      readers.set(tensor, [...readers.get(tensor) ?? [], node]);
    }
  }
  /** Nodes of one kernel, each with the same list, in their order. */
  const kernels = new Map<Node, Node[]>();
  for (const node of nodes.toReversed()) {
    const kernel = kernelToJoin(node) ?? [];
    kernel.unshift(node);
    kernels.set(node, kernel);
  }

  /** Readers come later and have their kernels already. */
  function kernelToJoin(node: Node): Node[] | undefined {
    const [result] = node.outputs;
    if (!result || !node.formula || kept.has(result) || readsState(node)) return undefined;
    const readBy = readers.get(result) ?? [];
    const [kernel, ...others] = new Set(readBy.map((reader) => kernels.get(reader)));
    const joins = kernel && others.length === 0 &&
      readBy.every((reader) => readsInPlace(reader, result)) && fits([node, ...kernel]);
    return joins ? kernel : undefined;
  }

  return nodes.flatMap((node) => {
    const kernel = kernels.get(node) ?? [];
    if (kernel.at(-1) !== node) return [];
    return kernel.length === 1 ? [node] : [fused(kernel, node)];
  });
}

function fused(nodes: readonly Node[], { outputs }: Node): ScheduledNode {
  return {
    inputs: formulaInputs(nodes),
    outputs,
    kernels: (options) => [formulaKernel(nodes, options)],
  };
}

/** Storage buffers of a kernel that every WebGPU device takes. */
const MOST_BUFFERS = 8;

/** Whether one kernel can hold them: its buffers, and functions of which no two have one name. */
function fits(nodes: readonly Node[]): boolean {
  const names = [...formulaFunctions(nodes)]
    .flatMap((code) => [...code.matchAll(/\bfn\s+(\w+)/g)]).map(([, name]) => name);
  return formulaInputs(nodes).length < MOST_BUFFERS && new Set(names).size === names.length;
}

/** Another op may write to a state: what reads it stays where it is. */
function readsState({ inputs }: Node): boolean {
  return inputs.some(({ node }) => node.leaf?.kind === "state");
}
