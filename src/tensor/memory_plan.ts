/**
 * Which results may share a buffer: those that are never needed at the same time.
 *
 * @module
 */

import type { ScheduledNode } from "./fusion.ts";
import { sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Buffers, and which of them each tensor lives in. */
export interface MemoryPlan {
  /** Bytes of each buffer. */
  readonly slotBytes: readonly number[];
  readonly slotOf: ReadonlyMap<Tensor, number>;
  /** The most bytes that are in use at one time: no plan does with less. */
  readonly peakBytes: number;
}

/**
 * Gives each result a buffer from its node on until the last node that reads it. A free buffer is
 * taken again, the smallest that is large enough, else the largest one, which grows.
 *
 * @param nodes In the order in which they run.
 * @param kept Results that must outlast all nodes.
 * @param placed Results that have a buffer of their own.
 */
export function planMemory(
  nodes: readonly ScheduledNode[],
  kept: ReadonlySet<Tensor>,
  placed: ReadonlySet<Tensor> = new Set(),
): MemoryPlan {
  const lastReader = new Map<Tensor, ScheduledNode>();
  for (const node of nodes) {
    for (const tensor of [...node.outputs, ...node.inputs]) lastReader.set(tensor, node);
  }

  const slotBytes: number[] = [];
  const slotOf = new Map<Tensor, number>();
  const free = new Set<number>();
  let bytes = 0;
  let peakBytes = 0;
  for (const node of nodes) {
    if (node.leaf) continue;
    for (const tensor of node.outputs) {
      if (placed.has(tensor)) continue;
      const slot = takeSlot(slotBytes, free, bytesOf(tensor));
      slotOf.set(tensor, slot);
      bytes += bytesOf(tensor);
    }
    peakBytes = Math.max(peakBytes, bytes);
    for (const tensor of new Set([...node.inputs, ...node.outputs])) {
      const slot = slotOf.get(tensor);
      if (slot === undefined || kept.has(tensor) || lastReader.get(tensor) !== node) continue;
      free.add(slot);
      bytes -= bytesOf(tensor);
    }
  }
  return { slotBytes, slotOf, peakBytes };
}

/** Both dtypes are four bytes. */
export function bytesOf({ shape }: Tensor): number {
  return 4 * sizeOf(shape);
}

function takeSlot(slotBytes: number[], free: Set<number>, bytes: number): number {
  const bySize = [...free].sort((a, b) => slotBytes[a]! - slotBytes[b]!);
  const slot = bySize.find((slot) => slotBytes[slot]! >= bytes) ?? bySize.at(-1) ??
    slotBytes.length;
  free.delete(slot);
  slotBytes[slot] = Math.max(bytes, slotBytes[slot] ?? 0);
  return slot;
}
