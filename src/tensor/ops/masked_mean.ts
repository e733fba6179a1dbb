/**
 * The mean over the tokens that count.
 *
 * @module
 */

import code from "../../../shaders/tensor/ops/masked_mean.wgsl?raw" with { type: "text" };
import { checkShapes, sameShape, sizeOf } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { accumulateConstant, call } from "./kernel_call.ts";
import { countingTargets, maskedMeanGradient } from "./masked_mean_gradient.ts";

/**
 * The mean of `values` where the target is not `IGNORED`; 0 where none counts. One workgroup. Error:
 * (N / 256 + 257) · 2⁻²⁴ of the mean of absolute values.
 *
 * @param values (…) f32.
 * @param targets u32 of the same shape.
 * @returns (1) f32.
 * @throws {TensorError} "shape".
 */
export function maskedMean(values: Tensor, targets: Tensor): Tensor {
  checkShapes(
    sameShape(values.shape, targets.shape) && targets.dtype === "u32",
    "maskedMean",
    { values: values.shape, targets: targets.shape },
    "targets must be u32 and have the shape of values",
  );
  const N = sizeOf(values.shape);
  const [mean] = apply({
    op: "maskedMean",
    inputs: [values, targets],
    outputs: [{ shape: [1], dtype: "f32" }, { shape: [1], dtype: "f32" }],
    gradient: (dy, [, share]) => [maskedMeanGradient(targets, share, dy), undefined],
    cpu: (values, targets) => maskedMeanCpu(values, targets),
    onnx: (graph, values, targets) => {
      const counts = countingTargets(graph, targets);
      const count = graph.sum(graph.reshape(counts, [N, 1]), 0);
      const share = graph.add("Reciprocal", [graph.add("Max", [count, graph.number(1)])]);
      const counted = graph.reshape(graph.add("Mul", [values, counts]), [N, 1]);
      return [graph.add("Mul", [graph.sum(counted, 0), share]), share];
    },
    accumulates: true,
    kernels: ([mean, share], options) => [
      call(
        {
          label: "masked_mean",
          code,
          bindings: [values, targets, mean, share],
          constants: { N, ...accumulateConstant(options) },
        },
        256,
        1,
      ),
    ],
  });
  return mean;
}

/** The reference: the mean, and the share of each value that counts. */
export function maskedMeanCpu(
  values: Float64Array,
  targets: Float64Array,
): [mean: Float64Array, share: Float64Array] {
  const counted = values.filter((_, n) => targets[n] !== 0xffffffff);
  const share = counted.length > 0 ? 1 / counted.length : 0;
  return [
    Float64Array.of(counted.reduce((sum, value) => sum + value, 0) * share),
    Float64Array.of(share),
  ];
}
