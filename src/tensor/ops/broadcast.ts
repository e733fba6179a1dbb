/**
 * A tensor repeated along new leading axes: the gradient of a sum.
 *
 * @module
 */

import { checkShapes, endsWith, type Shape, sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";

/**
 * `x` repeated to `shape`, whose last axes are those of `x`. Exact. It has no gradient of its own.
 *
 * @throws {TensorError} "shape".
 */
export function broadcast(x: Tensor, shape: Shape): Tensor {
  checkShapes(endsWith(shape, x.shape), "broadcast", { x: x.shape, to: shape }, "x must end shape");
  const [y] = apply({
    op: "broadcast",
    inputs: [x],
    outputs: [{ shape, dtype: "f32" }],
    cpu: (x) => [broadcastCpu(x, sizeOf(shape))],
    onnx: (graph, x) => [graph.add("Expand", [x, graph.indices(shape)])],
    formula: { expression: (x) => x },
  });
  return y;
}

/** The reference. */
export function broadcastCpu(x: Float64Array, N: number): Float64Array {
  return Float64Array.from({ length: N }, (_, i) => x[i % x.length]!);
}
