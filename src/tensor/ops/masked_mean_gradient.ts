/**
 * The gradient of `maskedMean`.
 *
 * @module
 */

import type { OnnxGraph, OnnxValue } from "../onnx/onnx_graph.ts";
import { apply, type Tensor } from "../tensor.ts";

/** dy (1) times the share (1) where the target counts, else 0. Exact to 2⁻²⁴. */
export function maskedMeanGradient(targets: Tensor, share: Tensor, dy: Tensor): Tensor {
  const [dvalues] = apply({
    op: "maskedMeanGradient",
    inputs: [targets, share, dy],
    outputs: [{ shape: targets.shape, dtype: "f32" }],
    cpu: (targets, share, dy) => [maskedMeanGradientCpu(targets, share, dy)],
    onnx: (graph, targets, share, dy) => [
      graph.add("Mul", [countingTargets(graph, targets), graph.add("Mul", [share, dy])]),
    ],
    formula: {
      expression: (target, share, dy) => `select(${share} * ${dy}, 0.0, ${target} == 0xffffffffu)`,
    },
  });
  return dvalues;
}

/** In ONNX 1 for each target that counts, else 0, once for a value. */
export function countingTargets(graph: OnnxGraph, targets: OnnxValue): OnnxValue {
  return graph.once(`counting targets ${targets}`, () => {
    const ignored = graph.add("Equal", [targets, graph.index(0xffffffff)]);
    return graph.add("Where", [ignored, graph.number(0), graph.number(1)]);
  });
}

/** The reference. */
export function maskedMeanGradientCpu(
  targets: Float64Array,
  share: Float64Array,
  dy: Float64Array,
): Float64Array {
  return targets.map((target) => target === 0xffffffff ? 0 : share[0]! * dy[0]!);
}
