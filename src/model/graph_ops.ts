/**
 * The ops of a decoder as those of the graph builder.
 *
 * @module
 */

import {
  add,
  embedding,
  gelu,
  layerNorm,
  matmul,
  parameter,
  rmsNorm,
  swiGlu,
  type Tensor,
} from "../tensor/mod.ts";
import type { DecoderConfig } from "./config.ts";
import type { ForwardOps } from "./forward.ts";
import { ModelError } from "./model_error.ts";
import { parameterShapes } from "./parameter_shapes.ts";

/** Which parameters weight decay shrinks: those of two axes or more, or all. */
export type Decay = "matrices" | "all";

/** Ops for one graph: each parameter is made when it is first asked for, and once. */
export function graphOps(config: DecoderConfig, decay: Decay = "matrices"): ForwardOps<Tensor> {
  const shapes = parameterShapes(config);
  const made = new Map<string, Tensor>();
  return {
    leaf(name) {
      const known = made.get(name);
      if (known) return known;
      const shape = shapes.get(name)?.shape;
      if (!shape) throw new ModelError("weights", `This decoder has no "${name}".`);
      const leaf = parameter(name, shape, decay === "all" ? { decay: true } : {});
      made.set(name, leaf);
      return leaf;
    },
    embedding,
    add,
    rmsNorm: (x, weight, epsilon) => rmsNorm(x, weight, { epsilon }),
    layerNorm: (x, weight, bias, epsilon) => layerNorm(x, weight, bias, { epsilon }),
    linear: (x, weight, { transposed, bias, residual }) =>
      matmul(x, weight, {
        transposeB: transposed,
        ...(bias ? { bias } : {}),
        ...(residual ? { residual } : {}),
      }),
    swiGlu,
    gelu,
  };
}
