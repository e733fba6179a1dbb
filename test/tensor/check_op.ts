/**
 * How an op is checked: its gradient against finite differences of its f64 reference, its kernels
 * and its form in ONNX against the reference.
 *
 * @module
 */
import { expect } from "vitest";
import type { Gpu } from "../../src/gpu/mod.ts";
import {
  compile,
  constant,
  createParameters,
  evaluateCpu,
  gradients,
  mul,
  type Shape,
  sum,
  type Tensor,
} from "../../src/tensor/mod.ts";
import { lowerOnnx } from "../../src/tensor/onnx/lower_onnx.ts";
import { openOnnxSession } from "../../src/tensor/onnx/onnx_session.ts";
import { nodesOf } from "../../src/tensor/tensor.ts";
import { seededRandom } from "../support/random.ts";

export type Values = Record<string, Float32Array | Uint32Array>;

/** Values from -1 to 1, the same on every run. */
export function randomValues(N: number, seed = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: N }, () => 2 * random() - 1);
}

/** A sum of all results, each with a random weight, so that no gradient cancels out. */
export function weightedSum(y: Tensor): Tensor {
  const N = y.shape.reduce((size, length) => size * length, 1);
  return sum(mul(y, constant(`weights ${N}`, y.shape, () => randomValues(N, 99))));
}

/** Compares gradients in f64 with central differences of the f64 reference, element by element. */
export function checkGradient(loss: Tensor, targets: readonly Tensor[], values: Values): void {
  const derivatives = evaluateCpu(gradients(loss, targets), values);
  for (const [i, target] of targets.entries()) {
    const name = target.node.leaf?.name ?? "";
    const value = Float64Array.from(values[name] ?? []);
    const step = 1e-4;
    const at = (index: number, offset: number) => {
      const moved = Float64Array.from(value);
      moved[index]! += offset;
      return evaluateCpu([loss], { ...values, [name]: moved })[0]![0]!;
    };
    for (const index of sample(value.length)) {
      const slope = (at(index, step) - at(index, -step)) / (2 * step);
      // Truncation is in the order of step², rounding in that of 2⁻⁵³ / step.
      expect(derivatives[i]![index], `d/d${name}[${index}]`).toBeCloseTo(slope, 5);
    }
  }
}

/**
 * Runs `tensors` on the GPU and compares them with the reference: no element may be further off than
 * `terms` roundings of the largest one.
 */
export async function checkKernels(
  gpu: Gpu,
  tensors: readonly Tensor[],
  values: Values,
  terms: number,
): Promise<void> {
  using parameters = createParameters(gpu, tensors);
  const given = Object.entries(values);
  const known = new Set(parameters.names);
  parameters.write(
    Object.fromEntries(given.filter(([name]) => known.has(name))) as Record<string, Float32Array>,
  );
  using program = await compile(gpu, tensors, { parameters });
  const results = await program.run(
    Object.fromEntries(given.filter(([name]) => !known.has(name))),
  );
  const references = evaluateCpu(tensors, values);
  for (const [i, tensor] of tensors.entries()) {
    expectWithin(results[i]!, references[i]!, terms, `${i}: ${tensor.node.op}`);
  }
  await checkOnnx(tensors, values, references, terms);
}

/** Runs `tensors` in onnxruntime-web and compares them with the reference, where they can run there. */
async function checkOnnx(
  tensors: readonly Tensor[],
  values: Values,
  references: readonly Float64Array[],
  terms: number,
): Promise<void> {
  const outputs = Object.fromEntries(tensors.map((tensor, i) => [`result ${i}`, tensor]));
  if (nodesOf(tensors).some(({ leaf, onnx }) => !leaf && !onnx)) {
    expect(() => lowerOnnx(outputs)).toThrow("has no form in ONNX");
    return;
  }
  using session = await openOnnxSession(lowerOnnx(outputs));
  const results = await session.run(values);
  for (const [i, tensor] of tensors.entries()) {
    const result = results[`result ${i}`] ?? new Float32Array();
    expectWithin(result, references[i]!, terms, `${i}: ${tensor.node.op} in ONNX`);
  }
}

/** Fails with the worst element unless all are within `terms` · 2⁻²⁴ of the largest magnitude. */
export function expectWithin(
  actual: Float32Array,
  expected: Float64Array,
  terms: number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length);
  const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-30);
  let worst = { roundings: 0, i: 0 };
  for (let i = 0; i < expected.length; i++) {
    const roundings = Math.abs(actual[i]! - expected[i]!) / scale * 2 ** 24;
    if (!(roundings <= worst.roundings)) worst = { roundings, i };
  }
  const { roundings, i } = worst;
  const told = `${what}: [${i}] is ${actual[i]} and should be ${
    expected[i]
  }, off by ${roundings} roundings`;
  expect(roundings, told).toBeLessThanOrEqual(terms);
}

/** Tensors of the leaves by name, and f32 values for them. */
export function randomFor(leaves: readonly Tensor[], seed = 1): Values {
  return Object.fromEntries(leaves.map(({ node, shape }, i) => [
    node.leaf?.name ?? "",
    randomValues(sizeOf(shape), seed + i),
  ]));
}

function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** At most 24 places, spread evenly. */
function sample(N: number): number[] {
  const count = Math.min(N, 24);
  return Array.from({ length: count }, (_, i) => Math.floor(i * N / count));
}
