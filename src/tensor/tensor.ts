/**
 * The static graph: tensors, the nodes that make them, and the leaves from which they are made. A
 * graph is whatever can be reached from a tensor; it is immutable and holds no data.
 *
 * An op is a function from tensors to tensors that calls {@linkcode apply} with everything there is
 * to know about it: shapes, gradient, kernels and f64 reference. New ops need no registration.
 *
 * @module
 */

import type { KernelSource } from "../gpu/mod.ts";
import { checkFormula, type Formula, formulaKernel } from "./formula.ts";
import type { OnnxGraph, OnnxValue } from "./onnx/onnx_graph.ts";
import { formatShape, type Shape } from "./shape.ts";
import { TensorError } from "./tensor_error.ts";

/** Both are four bytes. */
export type DType = "f32" | "u32";

/** What is known of a tensor before it has data. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** An output of a node. */
export interface Tensor extends TensorType {
  readonly node: Node;
}

/**
 * Where the data of a leaf comes from: told once, at every step, computed at compilation, or kept from
 * run to run, where kernels write it too.
 */
export type Leaf =
  | { readonly kind: "parameter"; readonly name: string; readonly decay: boolean }
  | { readonly kind: "input"; readonly name: string; readonly range?: Range }
  | { readonly kind: "state"; readonly name: string }
  | { readonly kind: "constant"; readonly name: string; readonly make: () => Values };

/** Which values an input may have. */
export interface Range {
  /** Each is below this … */
  readonly below: number;
  /** … or is this. */
  readonly or?: number;
}

/** Data of either dtype. */
export type Values = Float32Array | Uint32Array;

/** One dispatch of an op. */
export interface KernelCall {
  readonly kernel: KernelSource;
  /** In the order of their binding numbers. */
  readonly bindings: readonly Tensor[];
  readonly workgroups: number;
  /** Tells variants of one kernel apart: the same name for the same choice at any size. */
  readonly variant?: string;
  /** Right only where every subgroup is as large as this. */
  readonly subgroupSize?: number;
}

/** Kernels that do the same: the fastest one is found out by timing, once per adapter and key. */
export interface KernelVariants {
  /** For example `matmul nt 256x64x64`. */
  readonly key: string;
  /**
   * The one that needs no timing on software adapters comes first; those that an adapter lacks
   * something for are passed over there.
   */
  readonly variants: readonly KernelCall[];
}

/** An op applied to tensors. */
export interface Node {
  readonly op: string;
  /** Nodes are numbered as they are made, so that ascending order runs inputs before outputs. */
  readonly order: number;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly leaf?: Leaf;
  /** For each input, its gradient given that of the first output; undefined where there is none. */
  readonly gradient?: (outputGradient: Tensor) => readonly (Tensor | undefined)[];
  /** The outputs, in f64. */
  readonly cpu: (inputs: readonly Float64Array[]) => readonly Float64Array[];
  /** The op in ONNX: adds its nodes to a graph; `""` for an output that has no form there. */
  readonly onnx?: (graph: OnnxGraph, inputs: readonly OnnxValue[]) => readonly OnnxValue[];
  readonly kernels: (options: KernelOptions) => readonly (KernelCall | KernelVariants)[];
  /** One element of its only output: it may share a kernel with those that read it. */
  readonly formula?: Formula;
  /** The kernels can add to the first output instead of replacing it. */
  readonly accumulates: boolean;
  /** Indices of inputs that the kernels can read as halves. */
  readonly readsHalves: readonly number[];
  /** The first output plus a tensor of its shape, in the same kernels. */
  readonly withAddend?: (addend: Tensor) => Tensor;
}

/** How a node is to be run. */
export interface KernelOptions {
  /** Add to the first output what would else replace it. */
  readonly accumulate: boolean;
  /** True for an input among `readsHalves` that lies as halves, two in a u32; by default none does. */
  readonly inHalves?: (input: Tensor) => boolean;
}

type Each<T, K extends readonly unknown[]> = { readonly [Key in keyof K]: T };

/** All about an op and the tensors that it is applied to. */
export interface Application<I extends readonly Tensor[], O extends readonly TensorType[]> {
  readonly op: string;
  readonly inputs: I;
  /** The first is the result; others are kept for the gradient. */
  readonly outputs: O;
  readonly gradient?: (
    outputGradient: Tensor,
    outputs: Each<Tensor, O>,
  ) => readonly (Tensor | undefined)[];
  readonly cpu: (...inputs: Each<Float64Array, I>) => Each<Float64Array, O>;
  /**
   * The op in ONNX: adds its nodes and returns the values of the outputs, `""` for one that only
   * kernels need. Without it, a graph that has the op runs on GPUs only.
   */
  readonly onnx?: (graph: OnnxGraph, ...inputs: Each<OnnxValue, I>) => Each<OnnxValue, O>;
  /** Not needed where there is a formula; where there are both, these run if it runs alone. */
  readonly kernels?: (
    outputs: Each<Tensor, O>,
    options: KernelOptions,
  ) => readonly (KernelCall | KernelVariants)[];
  /** One element of the only output, where elements are made apart from each other. */
  readonly formula?: Formula;
  /** By default where the kernel is generated from the formula. */
  readonly accumulates?: boolean;
  /** Inputs, by index, that may be parameters stored as f16: {@linkcode KernelOptions} tells. */
  readonly readsHalves?: readonly number[];
  readonly withAddend?: (addend: Tensor) => Tensor;
}

/**
 * Applies an op. Nothing is computed: the outputs are nodes of a graph.
 *
 * @throws {TensorError} "graph" without kernels and formula, or for a formula of several outputs;
 * "shape" for a formula whose inputs cannot be repeated to the output's shape.
 * @example An elementwise op of one's own, without a gradient:
 * ```ts
 * import { apply, type Tensor } from "bottega";
 * function square(x: Tensor): Tensor {
 *   const [y] = apply({
 *     op: "square",
 *     inputs: [x],
 *     outputs: [{ shape: x.shape, dtype: "f32" }],
 *     cpu: (x) => [x.map((value) => value * value)],
 *     formula: { expression: (x) => `${x} * ${x}` },
 *   });
 *   return y;
 * }
 * ```
 * @example The same with a kernel of its own, as ops that are not elementwise have one:
 * ```ts
 * import { apply, type Tensor } from "bottega";
 * const code = `
 *   @group(0) @binding(0) var<storage, read> x: array<f32>;
 *   @group(0) @binding(1) var<storage, read_write> y: array<f32>;
 *   @compute @workgroup_size(64) fn square(@builtin(global_invocation_id) id: vec3u) {
 *     if (id.x < arrayLength(&x)) { y[id.x] = x[id.x] * x[id.x]; }
 *   }`;
 * function square(x: Tensor): Tensor {
 *   const [y] = apply({
 *     op: "square",
 *     inputs: [x],
 *     outputs: [{ shape: x.shape, dtype: "f32" }],
 *     cpu: (x) => [x.map((value) => value * value)],
 *     kernels: ([y]) => [{
 *       kernel: { label: "square", code },
 *       bindings: [x, y],
 *       workgroups: Math.ceil(x.shape.reduce((a, b) => a * b) / 64),
 *     }],
 *   });
 *   return y;
 * }
 * ```
 */
export function apply<
  const I extends readonly Tensor[],
  const O extends readonly TensorType[],
>(application: Application<I, O>): Each<Tensor, O> {
  const { op, inputs, outputs, gradient, cpu, onnx, kernels, formula, withAddend } = application;
  const { accumulates = !kernels, readsHalves = [] } = application;
  if (!kernels && !formula) {
    throw new TensorError("graph", `${op} has neither kernels nor a formula: no GPU can run it.`);
  }
  const node: Node = {
    op,
    order: nodes++,
    inputs,
    outputs: outputs.map(({ shape, dtype }) => ({
      shape,
      dtype,
      get node() {
        return node;
      },
    })),
    cpu: (values) => cpu(...(values as Each<Float64Array, I>)),
    ...(onnx ? { onnx: (graph, values) => onnx(graph, ...(values as Each<OnnxValue, I>)) } : {}),
    kernels: (options) => kernels?.(made, options) ?? [formulaKernel([node], options)],
    ...(formula ? { formula } : {}),
    accumulates,
    // Generated kernels read f32.
    readsHalves: formula ? [] : readsHalves,
    ...(gradient ? { gradient: (outputGradient) => gradient(outputGradient, made) } : {}),
    ...(withAddend ? { withAddend } : {}),
  };
  const made = node.outputs as unknown as Each<Tensor, O>;
  checkFormula(node);
  return made;
}

/** What a parameter may be told. */
export interface ParameterOptions {
  /** Whether weight decay shrinks it: by default where it has two axes or more. */
  readonly decay?: boolean;
}

/** A trained f32 tensor. Names are unique in a graph. */
export function parameter(
  name: string,
  shape: Shape,
  { decay = shape.length > 1 }: ParameterOptions = {},
): Tensor {
  return createLeaf({ kind: "parameter", name, decay }, { shape, dtype: "f32" });
}

/**
 * Data that every step brings along. Names are unique in a graph. Where a range is given, each step
 * is refused that has a value outside of it, as kernels cannot refuse.
 *
 * @example
 * ```ts
 * import { IGNORED, input } from "bottega";
 * const tokens = input("tokens", [4, 64], "u32", { below: 512 });
 * const targets = input("targets", [4, 64], "u32", { below: 512, or: IGNORED });
 * ```
 */
export function input(
  name: string,
  shape: Shape,
  dtype: DType = "f32",
  range?: Range,
): Tensor {
  return createLeaf({ kind: "input", name, ...(range ? { range } : {}) }, { shape, dtype });
}

/**
 * A tensor that lasts from run to run, zeros at first. An op may have kernels that write to it; what
 * comes after has to take a result of that op, since order follows from results alone.
 */
export function state(name: string, shape: Shape, dtype: DType = "f32"): Tensor {
  return createLeaf({ kind: "state", name }, { shape, dtype });
}

/** A tensor that never changes; constants of one name are one buffer, made at compilation. */
export function constant(
  name: string,
  shape: Shape,
  make: () => Values,
  dtype: DType = "f32",
): Tensor {
  return createLeaf({ kind: "constant", name, make }, { shape, dtype });
}

/** Every node from which one of `tensors` is made, inputs before outputs. */
export function nodesOf(tensors: readonly Tensor[]): Node[] {
  const found = new Set<Node>();
  const left = tensors.map(({ node }) => node);
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    left.push(...node.inputs.map(({ node }) => node));
  }
  return [...found].sort((a, b) => a.order - b.order);
}

let nodes = 0;

function createLeaf(leaf: Leaf, type: TensorType): Tensor {
  const { kind, name } = leaf;
  if (!type.shape.every((length) => Number.isSafeInteger(length) && length > 0)) {
    throw new TensorError(
      "shape",
      `${kind} "${name}" has shape ${
        formatShape(type.shape)
      }: every axis needs a whole number of ` +
        "elements, at least 1.",
    );
  }
  const node: Node = {
    op: kind,
    order: nodes++,
    inputs: [],
    outputs: [{
      ...type,
      get node() {
        return node;
      },
    }],
    leaf,
    cpu: () => {
      throw new TensorError("graph", `${kind} "${name}" has no value of its own.`);
    },
    kernels: () => [],
    accumulates: false,
    readsHalves: [],
  };
  return node.outputs[0] as Tensor;
}
