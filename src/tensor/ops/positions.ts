/**
 * Positions of tokens in their documents.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/positions.wgsl?raw" with { type: "text" };
import { checkShapes, sameShape, type Shape, sizeOf } from "../shape.ts";
import { apply, constant, type Tensor } from "../tensor.ts";
import { callPerItem } from "./kernel_call.ts";

/**
 * 0, 1, 2 … along each row, from where each token's document begins. Exact.
 *
 * @param shape (B, T).
 * @param starts (B, T) u32; without it each row is one document.
 * @returns (B, T) u32.
 * @throws {TensorError} "shape".
 */
export function positions(shape: Shape, starts?: Tensor): Tensor {
  const [B = 0, T = 0] = shape;
  if (!starts) {
    const make = () => Uint32Array.from({ length: B * T }, (_, n) => n % T);
    return constant(`positions ${B} ${T}`, shape, make, "u32");
  }
  checkShapes(
    sameShape(starts.shape, [B, T]) && starts.dtype === "u32",
    "positions",
    { shape, starts: starts.shape },
    "starts must be (B, T) u32",
  );
  const [y] = apply({
    op: "positions",
    inputs: [starts],
    outputs: [{ shape, dtype: "u32" }],
    gradient: () => [undefined],
    cpu: (starts) => [positionsCpu(starts, T)],
    onnx: (graph, starts) => [graph.add("Sub", [graph.places(T), starts])],
    kernels: ([y]) => [
      callPerItem(sizeOf(shape), {
        label: "positions",
        code,
        bindings: [starts, y],
        constants: { T },
      }),
    ],
  });
  return y;
}

/** The reference. */
export function positionsCpu(starts: Float64Array, T: number): Float64Array {
  return starts.map((start, n) => n % T - start);
}
