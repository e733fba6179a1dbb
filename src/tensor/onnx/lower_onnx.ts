/**
 * A graph of tensors as a model of ONNX, for machines that have no GPU and for other programs.
 *
 * @module
 */

import { nodesOf, type Tensor } from "../tensor.ts";
import { TensorError } from "../tensor_error.ts";
import { type OnnxModel, type OnnxPort } from "./onnx_file.ts";
import { createOnnxGraph, type OnnxValue } from "./onnx_graph.ts";

/** What a model is given beside the graph. */
export interface LowerOnnxOptions {
  /** Parameters that the model brings along, by name; the others become inputs of it. */
  readonly weights?: Readonly<Record<string, Float32Array>>;
}

/**
 * The model that computes `outputs`. Its inputs are those of the graph, u32 as int64, and the
 * parameters that it has no weights of, each by its name.
 *
 * @throws {TensorError} "graph" where an op has no form in ONNX.
 */
export function lowerOnnx(
  outputs: Readonly<Record<string, Tensor>>,
  { weights = {} }: LowerOnnxOptions = {},
): OnnxModel {
  const graph = createOnnxGraph();
  const known = new Map<Tensor, OnnxValue>();
  const inputs: OnnxPort[] = [];
  for (const node of nodesOf(Object.values(outputs))) {
    const { leaf, op, onnx } = node;
    if (leaf) {
      for (const tensor of node.outputs) known.set(tensor, leafOf(tensor));
      continue;
    }
    if (!onnx) {
      throw new TensorError("graph", `${op} has no form in ONNX: it runs on a GPU only.`);
    }
    const values = onnx(graph, node.inputs.map((tensor) => known.get(tensor) ?? ""));
    for (const [i, tensor] of node.outputs.entries()) known.set(tensor, values[i] ?? "");
  }

  function leafOf(tensor: Tensor): OnnxValue {
    const { node: { leaf }, shape } = tensor;
    if (leaf?.kind === "constant") {
      const values = leaf.make();
      return values instanceof Float32Array
        ? graph.floats(values, shape)
        : graph.reshape(graph.indices([...values]), shape);
    }
    const name = leaf?.name ?? "";
    const weight = leaf?.kind === "parameter" ? weights[name] : undefined;
    if (weight) return graph.floats(weight, shape);
    inputs.push(portOf(name, tensor));
    return name;
  }

  const ports = Object.entries(outputs).map(([name, tensor]) => {
    const value = known.get(tensor) ?? "";
    return { port: portOf(name, tensor), value };
  });
  // A gradient that nobody asked for leaves constants behind.
  const used = new Set([
    ...graph.nodes.flatMap(({ inputs }) => inputs),
    ...ports.map(({ value }) => value),
  ]);
  return {
    inputs,
    outputs: ports.map(({ port }) => port),
    initializers: graph.initializers.filter(({ name }) => used.has(name)),
    nodes: [
      ...graph.nodes,
      ...ports.map(({ port, value }) => ({
        op: "Identity",
        inputs: [value],
        outputs: [port.name],
        attributes: {},
      })),
    ],
  };
}

function portOf(name: string, { dtype, shape }: Tensor): OnnxPort {
  return { name, type: dtype === "u32" ? "int64" : "float", shape };
}
