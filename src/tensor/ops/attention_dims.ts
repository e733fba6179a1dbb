/**
 * The sizes of an attention, and how its three kernels share out their work.
 *
 * @module
 */

import { constant, type KernelVariants, type Tensor } from "../tensor.ts";
import { withExponential } from "./exponential.ts";
import { call } from "./kernel_call.ts";

/** B batch, T time, H query heads, KV key and value heads, D head size. */
export interface AttentionDims {
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly KV: number;
  readonly D: number;
}

/** One of the three kernels. */
export interface AttentionKernel {
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly Tensor[];
  /** H where an invocation takes queries, KV where it takes keys. */
  readonly heads: number;
  readonly packed: boolean;
}

/**
 * The dispatches that do the same, to be timed on a GPU. An invocation takes R rows, so that what it
 * loads is used R times, in up to 128 registers an operand. Narrow workgroups see fewer keys that no
 * row of theirs may see: with four rows each they take half the time on llvmpipe 15, whose vectors are
 * eight wide, of wide ones with two; and less than half of that where each invocation loads one vector
 * in four and has the others by subgroupBroadcast.
 */
export function callAttention(
  dims: AttentionDims,
  { label, code, bindings, heads, packed }: AttentionKernel,
): KernelVariants {
  const { B, T, D } = dims;
  // Four rows take twice as long to compile as two: only long rows are worth it.
  const most = Math.min(Math.floor(128 / D), T < 128 ? 2 : 4);
  const variants = SHAPES.filter(({ R }) => R <= Math.max(1, most))
    .map(({ R, wg, broadcast }) => {
      const source = {
        label,
        code: withExponential(code) + BLOCKS.filter((name) => code.includes(`${name}_block(`))
          .map((name) => blockFunction(name, broadcast)).join(""),
        bindings: [...bindings, dimsTensor(dims)],
        constants: { R, D4: D / 4, SCALE: 1 / Math.sqrt(D), PACKED: packed },
      };
      const dispatch = call(source, wg, B * heads * Math.ceil(T / (R * wg)));
      if (!broadcast) return { ...dispatch, variant: `${R} rows, ${wg} wide` };
      return {
        ...dispatch,
        kernel: { ...dispatch.kernel, requires: ["subgroups" as const] },
        subgroupSize: wg,
        variant: `${R} rows, subgroups of ${wg}`,
      };
    });
  return { key: `${label} ${2 ** Math.ceil(Math.log2(T))}x${D}`, variants };
}

/** What the kernels are told in a buffer, so that all sizes share a pipeline. */
function dimsTensor({ B, T, H, KV }: AttentionDims): Tensor {
  const values = [B, T, H, KV];
  return constant(
    `attention ${values.join(" ")}`,
    [values.length],
    () => Uint32Array.from(values),
    "u32",
  );
}

const BLOCKS = ["qkv", "dy"] as const;

/** WGSL that loads four vectors, the same for all invocations, as columns. */
function blockFunction(name: typeof BLOCKS[number], broadcast: boolean): string {
  const columns = broadcast
    ? [0, 1, 2, 3].map((lane) => `subgroupBroadcast(own, ${lane}u)`)
    : [0, 1, 2, 3].map((i) => `${name}[at[${i}]]`);
  return `
fn ${name}_block(at: vec4u, lane: u32) -> mat4x4f {
  ${broadcast ? `let own = ${name}[at[lane % 4u]];` : ""}
  return mat4x4f(${columns.join(", ")});
}
`;
}

/** Rows of an invocation and invocations of a workgroup; the first that can run is for processors. */
const SHAPES = [
  { R: 4, wg: 8, broadcast: true },
  { R: 2, wg: 8, broadcast: true },
  { R: 1, wg: 8, broadcast: true },
  { R: 4, wg: 8, broadcast: false },
  { R: 2, wg: 8, broadcast: false },
  { R: 1, wg: 8, broadcast: false },
  { R: 2, wg: 32, broadcast: false },
  { R: 1, wg: 64, broadcast: false },
] as const;
