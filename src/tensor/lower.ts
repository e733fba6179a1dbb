/**
 * From a graph to dispatches: the kernels of each node, or of nodes that are fused, bound to the buffers
 * that the memory plan gives their tensors.
 *
 * @module
 */

import {
  type Binding,
  type Buffers,
  createKernel,
  type Dispatch,
  type Gpu,
  inErrorScopes,
} from "../gpu/mod.ts";
import type { FlatLayout } from "./flat_layout.ts";
import { fuse } from "./fusion.ts";
import type { Inputs } from "./inputs.ts";
import { bytesOf, planMemory } from "./memory_plan.ts";
import type { GpuParameters } from "./parameters.ts";
import { formatShape, sameShape } from "./shape.ts";
import type { States } from "./states.ts";
import { liesInHalves } from "./storage.ts";
import { type KernelCall, nodesOf, type Tensor } from "./tensor.ts";
import { TensorError } from "./tensor_error.ts";
import { chooseKernel, type Tuning } from "./tuning.ts";

/** How much memory a program takes on the GPU. */
export interface GraphMemory {
  /** All buffers of results together; results share them by lifetime. */
  readonly activationBytes: number;
  /** The most bytes of results in use at one time: a bound that no plan beats. */
  readonly peakBytes: number;
  /** What the results would take without sharing. */
  readonly unsharedBytes: number;
}

/** A graph, ready to be recorded. */
export interface Lowered {
  readonly dispatches: readonly Dispatch[];
  readonly bindingOf: (tensor: Tensor) => Binding;
  readonly memory: GraphMemory;
}

/** Where the leaves are, and where results go. */
export interface Placement {
  readonly inputs: Inputs;
  readonly parameters?: GpuParameters | undefined;
  readonly states?: States | undefined;
  /** Results that are added to what is there, instead of replacing it in a buffer of their own. */
  readonly accumulated?: ReadonlyMap<Tensor, Binding>;
  readonly tuning?: Tuning | undefined;
}

/**
 * Compiles every kernel that `outputs` need, all at the same time, and creates the buffers.
 *
 * @throws {TensorError} "graph" where a parameter is not among `parameters`.
 * @throws {GpuError} "shader", "limit", "validation", "lost".
 */
export async function lower(
  gpu: Gpu,
  buffers: Buffers,
  outputs: readonly Tensor[],
  { inputs, parameters, states, accumulated = new Map(), tuning }: Placement,
): Promise<Lowered> {
  const nodes = fuse(nodesOf(outputs), new Set([...outputs, ...accumulated.keys()]));
  const results = nodes.flatMap(({ leaf, outputs }) => leaf ? [] : outputs);
  const plan = planMemory(nodes, new Set(outputs), new Set(accumulated.keys()));
  const slots = await inErrorScopes(
    gpu,
    "the memory for results",
    () => plan.slotBytes.map((bytes, i) => buffers.zeroed(`results ${i}`, bytes)),
  );
  const constants = new Map<string, GPUBuffer>();

  function bindingOf(tensor: Tensor): Binding {
    const { leaf } = tensor.node;
    if (leaf?.kind === "parameter") return placeOf(parameters, leaf.name, tensor);
    if (leaf?.kind === "input") return placeOf(inputs, leaf.name, tensor);
    if (leaf?.kind === "state") return stateOf(states, leaf.name, tensor);
    if (leaf?.kind === "constant") {
      const buffer = constants.get(leaf.name) ?? buffers.upload(leaf.name, leaf.make());
      constants.set(leaf.name, buffer);
      return buffer;
    }
    const slot = slots[plan.slotOf.get(tensor) ?? -1];
    const binding = accumulated.get(tensor) ?? (slot && { buffer: slot, size: bytesOf(tensor) });
    if (binding) return binding;
    throw new TensorError("graph", `A result of ${tensor.node.op} is not part of this program.`);
  }

  const inHalves = (tensor: Tensor) => liesInHalves(parameters?.layout, tensor);
  const calls: KernelCall[] = [];
  for (const node of nodes) {
    const [result] = node.outputs;
    const accumulate = result !== undefined && accumulated.has(result);
    for (const call of node.kernels({ accumulate, inHalves })) {
      calls.push("variants" in call ? await chooseKernel(gpu, call, tuning, inHalves) : call);
    }
  }
  const dispatches = await Promise.all(calls.map(async ({ kernel, bindings, workgroups }) => ({
    kernel: await createKernel(gpu, kernel),
    bindings: bindings.map(bindingOf),
    workgroups,
  })));
  return {
    dispatches,
    bindingOf,
    memory: {
      activationBytes: plan.slotBytes.reduce((sum, bytes) => sum + bytes, 0),
      peakBytes: plan.peakBytes,
      unsharedBytes: results.reduce((sum, tensor) => sum + bytesOf(tensor), 0),
    },
  };
}

function stateOf(states: States | undefined, name: string, tensor: Tensor): Binding {
  const found = states?.get(name);
  if (found && sameShape(found.tensor.shape, tensor.shape)) return found.buffer;
  throw new TensorError(
    "graph",
    `"${name}" ${formatShape(tensor.shape)} is not among the states of this program: create them ` +
      "from the same graph, or from one with the same names and shapes.",
  );
}

/** The part of a flat buffer that belongs to a leaf. */
function placeOf(
  flat: { readonly buffer: GPUBuffer; readonly layout: FlatLayout } | undefined,
  name: string,
  tensor: Tensor,
): Binding {
  const entry = flat?.layout.entries.get(name);
  if (flat === undefined || !entry || !sameShape(entry.tensor.shape, tensor.shape)) {
    const given = entry ? ` with shape ${formatShape(entry.tensor.shape)}` : "";
    throw new TensorError(
      "graph",
      `"${name}" ${
        formatShape(tensor.shape)
      } is not among the parameters of this program${given}: ` +
        "create them from the same graph, or from one with the same names and shapes.",
    );
  }
  return { buffer: flat.buffer, offset: entry.offsetBytes, size: entry.sizeBytes };
}
