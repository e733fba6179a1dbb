/**
 * The sizes of an attention, and how its three kernels share out their work.
 *
 * @module
 */

import type { KernelVariants, Tensor } from "../tensor.ts";
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
 * eight wide, of wide ones with two.
 */
export function callAttention(
  { B, T, H, KV, D }: AttentionDims,
  { label, code, bindings, heads, packed }: AttentionKernel,
): KernelVariants {
  // Four rows take twice as long to compile as two: only long rows are worth it.
  const most = Math.min(Math.floor(128 / D), T < 128 ? 2 : 4);
  const variants = SHAPES.filter(({ R }, i) => R <= most || i === SHAPES.length - 1)
    .map(({ R, wg }) => {
      const constants = { R, B, T, H, KV, D4: D / 4, SCALE: 1 / Math.sqrt(D), PACKED: packed };
      const workgroups = B * heads * Math.ceil(T / (R * wg));
      const variant = `${R} rows, ${wg} wide`;
      return { ...call({ label, code, bindings, constants }, wg, workgroups), variant };
    });
  return { key: `${label} ${2 ** Math.ceil(Math.log2(T))}x${D}`, variants };
}

/** Rows of an invocation and invocations of a workgroup; the first that fits is for processors. */
const SHAPES = [
  { R: 4, wg: 8 },
  { R: 2, wg: 8 },
  { R: 1, wg: 8 },
  { R: 2, wg: 32 },
  { R: 1, wg: 64 },
] as const;
