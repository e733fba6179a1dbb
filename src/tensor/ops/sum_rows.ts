/**
 * Sums: over all elements, or over all axes but the last ones.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/sum_rows.wgsl?raw" with { type: "text" };
import { checkShapes, columnsOf, endsWith, sameShape, type Shape, sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { broadcast } from "./broadcast.ts";
import { accumulateConstant, call } from "./kernel_call.ts";
import { scale } from "./scale.ts";

/** (…, C) to (C): the sum of all rows. Error: rows · 2⁻²⁴ of the sum of absolute values. */
export function sumRows(x: Tensor): Tensor {
  return sumTo(x, [columnsOf(x.shape)]);
}

/** The sum of all elements, of shape (1). One workgroup: meant for small tensors. */
export function sum(x: Tensor): Tensor {
  return sumTo(x, [1]);
}

/** The mean of all elements, of shape (1). */
export function mean(x: Tensor): Tensor {
  return scale(sum(x), 1 / sizeOf(x.shape));
}

/**
 * `x` summed over its first axes to `shape`, which are its last ones or a single element; `x` itself
 * where that is its shape.
 *
 * @throws {TensorError} "shape".
 */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  checkShapes(endsWith(x.shape, shape), "sum", { x: x.shape, to: shape }, "x must end like shape");
  const columns = sizeOf(shape);
  const rows = sizeOf(x.shape) / columns;
  const lanes = Math.min(32, 2 ** Math.ceil(Math.log2(columns)));
  const [y] = apply({
    op: "sumRows",
    inputs: [x],
    outputs: [{ shape, dtype: "f32" }],
    gradient: (dy) => [broadcast(dy, x.shape)],
    cpu: (x) => [sumRowsCpu(x, columns)],
    onnx: (graph, x) => [
      graph.reshape(graph.sum(graph.reshape(x, [rows, columns]), 0), shape),
    ],
    accumulates: true,
    kernels: ([y], options) => [
      call(
        {
          label: "sum_rows",
          code,
          bindings: [x, y],
          constants: { ROWS: rows, C: columns, LANES: lanes, ...accumulateConstant(options) },
        },
        256,
        Math.ceil(columns / lanes),
      ),
    ],
  });
  return y;
}

/** The reference. */
export function sumRowsCpu(x: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (const [i, value] of x.entries()) sums[i % columns]! += value;
  return sums;
}
