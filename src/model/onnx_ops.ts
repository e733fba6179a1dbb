/**
 * The ops of a decoder as nodes of ONNX, for rows of any length.
 *
 * @module
 */

import type { OnnxGraph, OnnxValue } from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import type { ForwardOps } from "./forward.ts";
import { ModelError } from "./model_error.ts";
import { parameterShapes } from "./parameter_shapes.ts";

/** Ops that bring their weights along, each once. */
export function onnxOps(
  graph: OnnxGraph,
  config: DecoderConfig,
  weights: Readonly<Record<string, Float32Array>>,
): ForwardOps<OnnxValue> {
  const shapes = parameterShapes(config);
  const { add, number, mean } = graph;
  const leaf = (name: string) =>
    graph.once(`leaf ${name}`, () => {
      const shape = shapes.get(name)?.shape ?? [];
      const values = weights[name];
      const size = shape.reduce((size, length) => size * length, 1);
      if (values?.length === size) return graph.floats(values, shape);
      throw new ModelError(
        "weights",
        `"${name}" needs ${size} values, and there are ${values?.length ?? "none"}.`,
      );
    });
  const inverseRoot = (x: OnnxValue, epsilon: number) =>
    add("Div", [number(1), add("Sqrt", [add("Add", [x, number(epsilon)])])]);
  return {
    leaf,
    embedding: (table, tokens) => add("Gather", [table, tokens]),
    add: (a, b) => add("Add", [a, b]),
    rmsNorm: (x, weight, epsilon) => {
      const square = mean(add("Mul", [x, x]));
      return add("Mul", [add("Mul", [x, inverseRoot(square, epsilon)]), weight]);
    },
    layerNorm: (x, weight, bias, epsilon) =>
      add("LayerNormalization", [x, weight, bias], {
        axis: { int: -1 },
        epsilon: { float: epsilon },
      }),
    linear: (x, weight, { transposed, bias, residual }) => {
      const right = transposed
        ? graph.once(`transposed ${weight}`, () => graph.transpose(weight, [1, 0]))
        : weight;
      return [bias, residual].reduce<OnnxValue>(
        (sum, addend) => addend === undefined ? sum : add("Add", [sum, addend]),
        add("MatMul", [x, right]),
      );
    },
    swiGlu: (x, F) => {
      const [gate = "", up = ""] = graph.split(x, -1, [F, F]);
      return add("Mul", [add("Mul", [gate, add("Sigmoid", [gate])]), up]);
    },
    gelu: (x) => {
      const cube = add("Mul", [add("Mul", [x, x]), x]);
      const inner = add("Add", [x, add("Mul", [cube, number(0.044715)])]);
      const tanh = add("Tanh", [add("Mul", [inner, number(Math.sqrt(2 / Math.PI))])]);
      const half = add("Mul", [x, number(0.5)]);
      return add("Mul", [half, add("Add", [tanh, number(1)])]);
    },
  };
}
