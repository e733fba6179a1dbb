/**
 * Rotary positions.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/rope.wgsl?raw" with { type: "text" };
import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { checkShapes, sameShape, sizeOf } from "../shape.ts";
import { apply, constant, type Tensor } from "../tensor.ts";
import { callPerItem } from "./kernel_call.ts";

/** Which part of each row is rotated, and how fast. */
export interface RopeOptions {
  /** D, even. */
  readonly headSize: number;
  /** How many heads of each row are rotated; those after them, the values, stay. */
  readonly heads: number;
  readonly theta?: number;
  /** (B, T) u32: where each token's document begins; positions count from there. */
  readonly starts?: Tensor | undefined;
}

/**
 * Rotates the pairs (i, i + D/2) of each head by position · theta^(-2i / D). The angles come from a
 * table in f64, since WGSL promises nothing for sin and cos of large angles. Error: 3 · 2⁻²⁴ of
 * |a| + |b| for a pair (a, b).
 *
 * Source: Su et al.: RoFormer, arXiv 2104.09864; pairs as in Llama's published weights.
 *
 * @param x (B, T, n · D) f32 of n ≥ `heads` heads.
 * @throws {TensorError} "shape".
 */
export function rope(x: Tensor, options: RopeOptions): Tensor {
  const { headSize: D, heads, theta = 10_000, starts } = options;
  const [B = 0, T = 0, columns = 0] = x.shape;
  checkShapes(
    x.shape.length === 3 && D % 2 === 0 && columns % D === 0 && heads * D <= columns &&
      (!starts || sameShape(starts.shape, [B, T]) && starts.dtype === "u32"),
    "rope",
    { x: x.shape, heads: [heads, D], ...(starts ? { starts: starts.shape } : {}) },
    "x must be (B, T, heads · D or more), D even, and starts (B, T) u32",
  );
  return rotate(x, ropeTable(T, D, theta), starts, { D, heads, inverse: false });
}

/** (T, D/2, 2): cosine and sine of each position and pair. */
export function ropeTable(T: number, D: number, theta: number): Tensor {
  return constant(
    `rope ${T} ${D} ${theta}`,
    [T, D / 2, 2],
    () => Float32Array.from(ropeAngles(T, D, theta)),
  );
}

interface Rotation {
  readonly D: number;
  readonly heads: number;
  readonly inverse: boolean;
}

/** The gradient of a rotation is the rotation back. */
function rotate(x: Tensor, table: Tensor, starts: Tensor | undefined, rotation: Rotation): Tensor {
  const { D, heads, inverse } = rotation;
  const [B = 0, T = 0, columns = 0] = x.shape;
  const [y] = apply({
    op: inverse ? "ropeGradient" : "rope",
    inputs: [x, table, ...(starts ? [starts] : [])],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    gradient: (dy) => [rotate(dy, table, starts, { ...rotation, inverse: !inverse })],
    cpu: (x, table, starts) => [ropeCpu(x!, table!, starts, { ...rotation, T, columns })],
    onnx: (graph, x, table, starts) => [
      ropeOnnx(graph, x!, table!, starts, { ...rotation, B, T, columns }),
    ],
    kernels: ([y]) => [
      callPerItem(sizeOf(x.shape) / 2, {
        label: "rope",
        code,
        bindings: [x, table, starts ?? x, y],
        constants: {
          T,
          COLUMNS: columns,
          D,
          HEADS: heads,
          PACKED: starts !== undefined,
          SIGN: inverse ? -1 : 1,
        },
      }),
    ],
  });
  return y;
}

interface RotatedRows extends Rotation {
  readonly B: number;
  readonly T: number;
  readonly columns: number;
}

/** In ONNX: heads as pairs of halves, each half with the other one turned. */
function ropeOnnx(
  graph: OnnxGraph,
  x: OnnxValue,
  table: OnnxValue,
  starts: OnnxValue | undefined,
  { D, heads, inverse, B, T, columns }: RotatedRows,
): OnnxValue {
  const half = D / 2;
  const [turned = "", rest] = heads * D < columns
    ? graph.split(x, 2, [heads * D, columns - heads * D])
    : [x];
  const [a = "", b = ""] = graph.split(graph.reshape(turned, [B, T, heads, 2, half]), 3, [1, 1]);
  const [cos, sin] = graph.once(`rope angles ${table} ${starts}`, () => {
    const places = starts && graph.add("Sub", [graph.places(T), starts]);
    const angles = places === undefined ? table : graph.add("Gather", [table, places]);
    return [0, 1].map((which) =>
      graph.reshape(
        graph.add("Gather", [angles, graph.index(which)], { axis: { int: -1 } }),
        [places === undefined ? 1 : B, T, 1, 1, half],
      )
    );
  });
  const times = (value: OnnxValue, angle = "") => graph.add("Mul", [value, angle]);
  const halves = [
    graph.add(inverse ? "Add" : "Sub", [times(a, cos), times(b, sin)]),
    graph.add(inverse ? "Sub" : "Add", [times(b, cos), times(a, sin)]),
  ];
  const rotated = graph.reshape(
    graph.add("Concat", halves, { axis: { int: 3 } }),
    [B, T, heads * D],
  );
  return rest === undefined ? rotated : graph.add("Concat", [rotated, rest], { axis: { int: 2 } });
}

/** The reference, given (T, D/2, 2) cosines and sines. */
export function ropeCpu(
  x: Float64Array,
  table: Float64Array,
  starts: Float64Array | undefined,
  { D, heads, inverse, T, columns }: Rotation & { readonly T: number; readonly columns: number },
): Float64Array {
  const y = Float64Array.from(x);
  for (let row = 0; row < x.length / columns; row++) {
    const position = row % T - (starts?.[row] ?? 0);
    for (let head = 0; head < heads; head++) {
      for (let i = 0; i < D / 2; i++) {
        const [cos = 1, sin = 0] = table.subarray((position * D / 2 + i) * 2);
        const at = row * columns + head * D + i;
        const turn = inverse ? -sin : sin;
        y[at] = x[at]! * cos - x[at + D / 2]! * turn;
        y[at + D / 2] = x[at + D / 2]! * cos + x[at]! * turn;
      }
    }
  }
  return y;
}

/** As (T, D/2, 2). */
function ropeAngles(T: number, D: number, theta: number): Float64Array {
  const angles = new Float64Array(T * D);
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < D / 2; i++) {
      const angle = t / theta ** (2 * i / D);
      angles.set([Math.cos(angle), Math.sin(angle)], t * D + 2 * i);
    }
  }
  return angles;
}
