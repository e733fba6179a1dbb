/**
 * Matrix products.
 *
 * @module
 */

import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { checkShapes, sameShape, type Shape, sizeOf } from "../shape.ts";
import { apply, constant, type Tensor } from "../tensor.ts";
import { matmulBroadcast } from "./matmul_broadcast.ts";
import { matmulColumns, suitsFewRows } from "./matmul_columns.ts";
import { type MatmulDims, matmulKey } from "./matmul_dims.ts";
import { matmulLanes } from "./matmul_lanes.ts";
import { matmulRegisters, suitsMatmulRegisters } from "./matmul_registers.ts";
import { matmulTiles } from "./matmul_tiles.ts";
import { sumRows } from "./sum_rows.ts";

/** How the matrices lie, and what is added to their product in the same kernel. */
export interface MatmulOptions {
  /** `a` is (…, K, M). */
  readonly transposeA?: boolean;
  /** `b` is (…, N, K), as published weights are. */
  readonly transposeB?: boolean;
  /** (N), added to each row. */
  readonly bias?: Tensor;
  /** Of the product's shape. */
  readonly residual?: Tensor;
}

/**
 * a · b (+ bias) (+ residual). Error of each element: (K + 2) · 2⁻²⁴ of Σ |a| |b| (+ |bias| +
 * |residual|), as for any sum of K products.
 *
 * @param a (…, M, K) f32.
 * @param b (K, N), for all rows of `a`; or (…, K, N) with the leading axes of `a`, one product for
 * each of them. May be a parameter that is stored as f16: sums are those of f32 all the same.
 * @returns (…, M, N).
 * @throws {TensorError} "shape".
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, bias, residual } = options;
  const batched = b.shape.length > 2;
  const leading = a.shape.slice(0, -2);
  const [aRows = 0, aColumns = 0] = a.shape.slice(-2);
  const [bRows = 0, bColumns = 0] = b.shape.slice(-2);
  const [M, K] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [N, bK] = transposeB ? [bRows, bColumns] : [bColumns, bRows];
  const shape = [...leading, M, N];
  checkShapes(
    a.shape.length >= 2 && b.shape.length >= 2 && K === bK &&
      (!batched || sameShape(leading, b.shape.slice(0, -2))) &&
      (batched || !transposeA || leading.length === 0),
    transposeA || transposeB
      ? `matmul ${transposeA ? "t" : "n"}${transposeB ? "t" : "n"}`
      : "matmul",
    { a: a.shape, b: b.shape },
    "a must be (…, M, K) and b (K, N) or (…, K, N), each with its last two axes swapped where " +
      "transposed",
  );
  checkShapes(
    (!bias || sameShape(bias.shape, [N])) && (!residual || sameShape(residual.shape, shape)),
    "matmul",
    {
      product: shape,
      ...(bias ? { bias: bias.shape } : {}),
      ...(residual ? { residual: residual.shape } : {}),
    },
    "bias must be (N) and residual have the product's shape",
  );
  const dims: MatmulDims = batched
    ? { batch: sizeOf(leading), M, N, K, transposeA, transposeB }
    : { batch: 1, M: M * sizeOf(leading), N, K, transposeA, transposeB };
  return product(a, b, dims, shape, { bias, residual });
}

interface Addends {
  readonly bias?: Tensor | undefined;
  readonly residual?: Tensor | undefined;
}

/** Matrices as they lie in memory, whatever the axes of their tensors. */
function product(
  a: Tensor,
  b: Tensor,
  dims: MatmulDims,
  shape: Shape,
  { bias, residual }: Addends = {},
): Tensor {
  const addends = [bias, residual].filter((tensor) => tensor !== undefined);
  const [c] = apply({
    op: "matmul",
    inputs: [a, b, ...addends],
    outputs: [{ shape, dtype: "f32" }],
    gradient: (dc) => [
      ...factorGradients(a, b, dc, dims),
      ...(bias ? [sumRows(dc)] : []),
      ...(residual ? [dc] : []),
    ],
    cpu: (a, b, ...addends) => [matmulCpu(a!, b!, dims, addends)],
    onnx: (graph, a, b, ...addends) => {
      const named = { bias: bias && addends[0], residual: residual && addends.at(-1) };
      return [graph.reshape(matmulOnnx(graph, a!, b!, named, dims), shape)];
    },
    accumulates: true,
    readsHalves: [1],
    kernels: ([c], { accumulate, inHalves }) => {
      const sizes = dimsTensor(dims, { bias, residual }, accumulate);
      const bindings = [a, b, bias ?? a, residual ?? a, sizes, c];
      const halves = inHalves?.(b) ?? false;
      const key = matmulKey(dims, halves);
      const tiles = matmulTiles(dims, bindings, halves);
      if (suitsFewRows(dims)) {
        const few = [matmulColumns, matmulLanes].map((variant) => variant(dims, bindings, halves));
        return [{ key, variants: [...few, tiles] }];
      }
      if (!suitsMatmulRegisters(dims)) return [tiles];
      const inRegisters = [matmulBroadcast, matmulRegisters]
        .map((variant) => variant(dims, bindings, halves));
      return [{ key, variants: [...inRegisters, tiles] }];
    },
    ...(residual ? {} : {
      withAddend: (residual) => product(a, b, dims, shape, { bias, residual }),
    }),
  });
  return c;
}

/** In ONNX: Gemm, which adds the bias or the residual itself; MatMul where there is a batch. */
function matmulOnnx(
  graph: OnnxGraph,
  a: OnnxValue,
  b: OnnxValue,
  { bias, residual }: { bias?: OnnxValue | undefined; residual?: OnnxValue | undefined },
  { batch, M, N, K, transposeA, transposeB }: MatmulDims,
): OnnxValue {
  const stored = (rows: number, columns: number, transposed: boolean) =>
    transposed ? [columns, rows] : [rows, columns];
  const plus = (sum: OnnxValue, addend: OnnxValue | undefined) =>
    addend === undefined ? sum : graph.add("Add", [sum, addend]);
  if (batch === 1) {
    const rows = residual && graph.reshape(residual, [M, N]);
    const added = bias ?? rows;
    const product = graph.add("Gemm", [
      graph.reshape(a, stored(M, K, transposeA)),
      graph.reshape(b, stored(K, N, transposeB)),
      ...(added === undefined ? [] : [added]),
    ], { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) } });
    return bias === undefined ? product : plus(product, rows);
  }
  const factor = (x: OnnxValue, rows: number, columns: number, transposed: boolean) => {
    const lying = graph.reshape(x, [batch, ...stored(rows, columns, transposed)]);
    return transposed ? graph.transpose(lying, [0, 2, 1]) : lying;
  };
  const product = graph.add("MatMul", [
    factor(a, M, K, transposeA),
    factor(b, K, N, transposeB),
  ]);
  return plus(plus(product, bias), residual && graph.reshape(residual, [batch, M, N]));
}

/** What the kernels are told in a buffer, so that products of all sizes share a pipeline. */
function dimsTensor(
  { batch, M, N, K }: MatmulDims,
  { bias, residual }: Addends,
  accumulate: boolean,
): Tensor {
  const flags = [bias !== undefined, residual !== undefined, accumulate].map(Number);
  const values = [batch, M, N, K, ...flags];
  const make = () => Uint32Array.from(values);
  return constant(`matmul ${values.join(" ")}`, [values.length], make, "u32");
}

/** Both gradients of a product are products: dc with the other factor, in the order that fits. */
function factorGradients(a: Tensor, b: Tensor, dc: Tensor, dims: MatmulDims): [Tensor, Tensor] {
  const { M, N, K, transposeA, transposeB } = dims;
  const sized = (M: number, N: number, K: number, transposeA: boolean, transposeB: boolean) => ({
    ...dims,
    M,
    N,
    K,
    transposeA,
    transposeB,
  });
  return [
    transposeA
      ? product(b, dc, sized(K, M, N, transposeB, true), a.shape)
      : product(dc, b, sized(M, K, N, false, !transposeB), a.shape),
    transposeB
      ? product(dc, a, sized(N, K, M, true, transposeA), b.shape)
      : product(a, dc, sized(K, N, M, !transposeA, false), b.shape),
  ];
}

/** The reference; addends are repeated to the length of the product. */
export function matmulCpu(
  a: Float64Array,
  b: Float64Array,
  { batch, M, N, K, transposeA, transposeB }: MatmulDims,
  addends: readonly Float64Array[] = [],
): Float64Array {
  const c = new Float64Array(batch * M * N);
  for (const addend of addends) c.forEach((_, i) => c[i]! += addend[i % addend.length]!);
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < M; i++) {
      for (let k = 0; k < K; k++) {
        const factor = a[n * M * K + (transposeA ? k * M + i : i * K + k)]!;
        for (let j = 0; j < N; j++) {
          const other = b[n * K * N + (transposeB ? j * K + k : k * N + j)]!;
          c[(n * M + i) * N + j]! += factor * other;
        }
      }
    }
  }
  return c;
}
