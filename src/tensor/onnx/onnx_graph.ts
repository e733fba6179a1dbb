/**
 * An ONNX graph while it is being written: what an op's `onnx` form adds its nodes to.
 *
 * Values are known by name. f32 tensors are float, u32 tensors are int64, since the indices of ONNX
 * are.
 *
 * @module
 */

/** The name of a value in an ONNX graph. */
export type OnnxValue = string;

/** What a node is told: whole numbers become INT, others FLOAT where the op wants so. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

/** A node as it is written to the file. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** Data that a graph brings along. */
export interface OnnxInitializer {
  readonly name: OnnxValue;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** Collects nodes and constants. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  /** Adds a node with one output. An input "" is one that an op can do without. */
  add(
    op: string,
    inputs: readonly OnnxValue[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): OnnxValue;
  /** Adds a node with several outputs. */
  addMany(
    op: string,
    inputs: readonly OnnxValue[],
    outputs: number,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): OnnxValue[];
  /** Cuts `x` along an axis into parts of these lengths. */
  split(x: OnnxValue, axis: number, lengths: readonly number[]): OnnxValue[];
  reshape(x: OnnxValue, shape: readonly number[]): OnnxValue;
  transpose(x: OnnxValue, order: readonly number[]): OnnxValue;
  /** The sum along an axis, which goes. */
  sum(x: OnnxValue, axis: number): OnnxValue;
  /** The mean along the last axis, which stays with length 1. */
  mean(x: OnnxValue): OnnxValue;
  /** A float of no axes. */
  number(value: number): OnnxValue;
  /** An int64 of no axes. */
  index(value: number): OnnxValue;
  /** An int64 vector. */
  indices(values: readonly number[]): OnnxValue;
  /** 0, 1, … T − 1: an int64 vector. */
  places(T: number): OnnxValue;
  floats(values: Float32Array, shape: readonly number[]): OnnxValue;
  /** What `make` adds, once for each key: the gradient finds what the forward pass has made. */
  once<T>(key: string, make: () => T): T;
}

/** An empty graph. */
export function createOnnxGraph(): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const made = new Map<string, unknown>();
  const once = <T>(key: string, make: () => T): T => {
    if (!made.has(key)) made.set(key, make());
    return made.get(key) as T;
  };
  const floats: OnnxGraph["floats"] = (values, shape) => initialize({ values, shape });
  const initialize = (data: Omit<OnnxInitializer, "name">) => {
    const name = `constant_${initializers.length}`;
    initializers.push({ name, ...data });
    return name;
  };
  const addMany: OnnxGraph["addMany"] = (op, inputs, count, attributes = {}) => {
    const name = `${op}_${nodes.length}`;
    const outputs = Array.from({ length: count }, (_, i) => i === 0 ? name : `${name}_${i}`);
    nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  };
  const add: OnnxGraph["add"] = (op, inputs, attributes) =>
    addMany(op, inputs, 1, attributes)[0] ?? "";
  const whole = (values: readonly number[], shape: readonly number[]) =>
    once(
      `whole ${shape} ${values}`,
      () => initialize({ values: BigInt64Array.from(values, BigInt), shape }),
    );
  const indices = (values: readonly number[]) => whole(values, [values.length]);
  return {
    nodes,
    initializers,
    add,
    addMany,
    indices,
    once,
    floats,
    split: (x, axis, lengths) =>
      addMany("Split", [x, indices(lengths)], lengths.length, { axis: { int: axis } }),
    reshape: (x, shape) => add("Reshape", [x, indices(shape)]),
    transpose: (x, order) => add("Transpose", [x], { perm: { ints: order } }),
    sum: (x, axis) => add("ReduceSum", [x, indices([axis])], { keepdims: { int: 0 } }),
    mean: (x) => add("ReduceMean", [x, indices([-1])], { keepdims: { int: 1 } }),
    number: (value) => once(`number ${value}`, () => floats(Float32Array.of(value), [])),
    index: (value) => whole([value], []),
    places: (T) => indices(Array.from({ length: T }, (_, t) => t)),
  };
}
