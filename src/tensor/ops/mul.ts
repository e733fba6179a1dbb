/**
 * Products of tensors, element by element.
 *
 * @module
 */

import { checkShapes, endsWith } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { sumTo } from "./sum_rows.ts";

/**
 * a · b. Rounded once: exact to half an ulp.
 *
 * @param a (…, C) f32.
 * @param b f32 of the same shape, of the last axes of `a`, or of one element.
 * @throws {TensorError} "shape".
 */
export function mul(a: Tensor, b: Tensor): Tensor {
  checkShapes(
    endsWith(a.shape, b.shape),
    "mul",
    { a: a.shape, b: b.shape },
    "b must have the shape of a or of its last axes",
  );
  const [y] = apply({
    op: "mul",
    inputs: [a, b],
    outputs: [{ shape: a.shape, dtype: "f32" }],
    gradient: (dy) => [mul(dy, b), sumTo(mul(dy, a), b.shape)],
    cpu: (a, b) => [mulCpu(a, b)],
    onnx: (graph, a, b) => [graph.add("Mul", [a, b])],
    formula: { expression: (a, b) => `${a} * ${b}` },
  });
  return y;
}

/** The reference: b is repeated to the length of a. */
export function mulCpu(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value * b[i % b.length]!);
}
