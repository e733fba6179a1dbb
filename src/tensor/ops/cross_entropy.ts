/**
 * The loss of a language model, token by token.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/cross_entropy.wgsl?raw" with { type: "text" };
import { checkShapes, columnsOf, rowsOf, sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { countedTargets, crossEntropyGradient, logShares } from "./cross_entropy_gradient.ts";
import { withExponential } from "./exponential.ts";
import { callPerRow } from "./kernel_call.ts";

/** The target of a token that does not count, as 32 bits. */
export const IGNORED = 0xffffffff;

/**
 * -log softmax(logits)[target] in nats, 0 where the target is {@linkcode IGNORED} or otherwise
 * outside the vocabulary. Keeps two numbers a row for the gradient, and no probabilities. Error:
 * (V / 64 + 264) · 2⁻²⁴, from the sum of exponentials, and 2⁻²² of the largest |logit|.
 *
 * @param logits (…, V) f32.
 * @param targets (…) u32.
 * @returns (…) f32, to be averaged with `maskedMean`.
 * @throws {TensorError} "shape".
 */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  checkShapes(
    sameShape(logits.shape.slice(0, -1), targets.shape) && targets.dtype === "u32",
    "crossEntropy",
    { logits: logits.shape, targets: targets.shape },
    "targets must be u32, one for each row of logits",
  );
  const V = columnsOf(logits.shape);
  const N = rowsOf(logits.shape);
  const { shape } = targets;
  const [losses] = apply({
    op: "crossEntropy",
    inputs: [logits, targets],
    outputs: [{ shape, dtype: "f32" }, { shape: [N, 2], dtype: "f32" }],
    gradient: (dy, [, normalizers]) => [
      crossEntropyGradient(logits, targets, normalizers, dy),
      undefined,
    ],
    cpu: (logits, targets) => crossEntropyCpu(logits, targets),
    onnx: (graph, logits, targets) => {
      const { counts, column } = countedTargets(graph, targets, V);
      const logarithms = logShares(graph, logits);
      const picked = graph.add("GatherElements", [logarithms, column], { axis: { int: -1 } });
      const losses = graph.add("Neg", [graph.reshape(picked, shape)]);
      return [graph.add("Where", [counts, losses, graph.number(0)]), ""];
    },
    kernels: ([losses, normalizers]) => [
      callPerRow(N, {
        label: "cross_entropy",
        code: withExponential(code),
        bindings: [logits, targets, losses, normalizers],
        constants: { V },
      }, V < 4096 ? 64 : 256),
    ],
  });
  return losses;
}

/** The reference: losses (N), and of each row the largest logit and 1 / Σ exp relative to it (N, 2). */
export function crossEntropyCpu(
  logits: Float64Array,
  targets: Float64Array,
): [losses: Float64Array, normalizers: Float64Array] {
  const V = logits.length / targets.length;
  const normalizers = new Float64Array(2 * targets.length);
  const losses = targets.map((target, n) => {
    const row = logits.subarray(n * V, (n + 1) * V);
    const top = row.reduce((top, value) => Math.max(top, value));
    const total = row.reduce((sum, value) => sum + Math.exp(value - top), 0);
    normalizers.set([top, 1 / total], 2 * n);
    return target < V ? Math.log(total) + (top - row[target]!) : 0;
  });
  return [losses, normalizers];
}
