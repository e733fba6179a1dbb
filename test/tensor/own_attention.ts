/**
 * Attention as a researcher tries it out, scores and all: capped, masked, with dropout of the weights
 * and a gate. The cap is an op that tells its formula; softmax has kernels and no formula.
 *
 * @module
 */
import {
  add,
  apply,
  constant,
  type KernelCall,
  matmul,
  mul,
  scale,
  type Tensor,
} from "../../src/tensor/mod.ts";
import type { LayerOps } from "./gpt2.ts";

/** One head: (B, T, C) of x (B, T, C). */
export function ownAttention(x: Tensor, { sizes: { C, T }, weight, drop }: LayerOps): Tensor {
  const [q, k, v] = ["q", "k", "v"].map((name) => matmul(x, weight(name, C, C)));
  const scores = softCap(scale(matmul(q!, k!, { transposeB: true }), C ** -0.5));
  const weights = drop(softmax(add(scores, causalMask(T))));
  return mul(matmul(weights, v!), weight("gate", C));
}

function causalMask(T: number): Tensor {
  const make = () =>
    Float32Array.from({ length: T * T }, (_, i) => i % T <= Math.floor(i / T) ? 0 : -1e9);
  return constant(`mask ${T}`, [T, T], make);
}

/** 5 tanh(x / 5). */
export function softCap(x: Tensor): Tensor {
  const [y] = apply({
    op: "softCap",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    gradient: (dy) => [softCapGradient(x, dy)],
    cpu: (x) => [x.map((x) => 5 * Math.tanh(x / 5))],
    formula: { expression: (x) => `soft_cap(${x})`, functions: [SOFT_CAP] },
  });
  return y;
}

function softCapGradient(x: Tensor, dy: Tensor): Tensor {
  const [dx] = apply({
    op: "softCapGradient",
    inputs: [x, dy],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    cpu: (x, dy) => [x.map((x, i) => dy[i]! * (1 - Math.tanh(x / 5) ** 2))],
    formula: {
      expression: (x, dy) => `${dy} * (1.0 - soft_cap(${x}) * soft_cap(${x}) / 25.0)`,
      functions: [SOFT_CAP],
    },
  });
  return dx;
}

const SOFT_CAP = `
fn soft_cap(x: f32) -> f32 {
  return 5.0 * tanh(x / 5.0);
}
`;

/** Of each row. */
function softmax(x: Tensor): Tensor {
  const [y] = apply({
    op: "softmax",
    inputs: [x],
    outputs: [{ shape: x.shape, dtype: "f32" }],
    gradient: (dy, [y]) => [softmaxGradient(y, dy)],
    cpu: (values) => [byRow(x, (at) => {
      const row = values.subarray(at(0), at(0) + columnsOf(x));
      const top = row.reduce((top, score) => Math.max(top, score));
      const total = row.reduce((sum, score) => sum + Math.exp(score - top), 0);
      return (j) => Math.exp(row[j]! - top) / total;
    })],
    kernels: ([y]) => [callPerRow(
      "softmax",
      [x, y],
      `
  var top = a[at];
  for (var j = 1u; j < C; j++) { top = max(top, a[at + j]); }
  var total = 0.0;
  for (var j = 0u; j < C; j++) { total += exp(a[at + j] - top); }
  for (var j = 0u; j < C; j++) { y[at + j] = exp(a[at + j] - top) / total; }`,
    )],
  });
  return y;
}

function softmaxGradient(y: Tensor, dy: Tensor): Tensor {
  const [dx] = apply({
    op: "softmaxGradient",
    inputs: [y, dy],
    outputs: [{ shape: y.shape, dtype: "f32" }],
    cpu: (weights, slopes) => [byRow(y, (at) => {
      let dot = 0;
      for (let j = 0; j < columnsOf(y); j++) dot += weights[at(j)]! * slopes[at(j)]!;
      return (j) => weights[at(j)]! * (slopes[at(j)]! - dot);
    })],
    kernels: ([dx]) => [callPerRow(
      "softmax_gradient",
      [y, dy, dx],
      `
  var dot = 0.0;
  for (var j = 0u; j < C; j++) { dot += a[at + j] * b[at + j]; }
  for (var j = 0u; j < C; j++) { y[at + j] = a[at + j] * (b[at + j] - dot); }`,
    )],
  });
  return dx;
}

/** One invocation a row; bindings `a`, `b` where there are three, and `y`. */
function callPerRow(label: string, bindings: readonly Tensor[], body: string): KernelCall {
  const result = bindings.at(-1)!;
  const inputs = ["a", "b"].slice(0, bindings.length - 1).map((name, i) =>
    `@group(0) @binding(${i}) var<storage, read> ${name}: array<f32>;\n`
  );
  const code = `override C: u32;
${inputs.join("")}
@group(0) @binding(${inputs.length}) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn ${label}(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x * C;
  if (at >= arrayLength(&y)) { return; }${body}
}`;
  return {
    kernel: { label, code, constants: { C: columnsOf(result) } },
    bindings,
    workgroups: Math.ceil(rowsOf(result) / 64),
  };
}

/** Values row by row: `of` takes where a row's elements are and gives each element's value. */
function byRow(
  shaped: Tensor,
  of: (at: (column: number) => number) => (column: number) => number,
): Float64Array {
  const C = columnsOf(shaped);
  const values = new Float64Array(rowsOf(shaped) * C);
  for (let row = 0; row < rowsOf(shaped); row++) {
    const value = of((column) => row * C + column);
    for (let j = 0; j < C; j++) values[row * C + j] = value(j);
  }
  return values;
}

function columnsOf({ shape }: Tensor): number {
  return shape.at(-1) ?? 1;
}

function rowsOf({ shape }: Tensor): number {
  return shape.slice(0, -1).reduce((size, length) => size * length, 1);
}
