/**
 * Many small jobs, some at a time.
 *
 * @module
 */
import type { Job } from "../../gpu/mod.ts";

/**
 * Applies `work` to all items, `size` of them at a time, and tells the progress in tasks.
 *
 * @throws The first error of `work`; the signal's reason.
 */
export async function forAll<T>(
  items: readonly T[],
  { size, phase, onProgress, signal }: Job & { size: number; phase: string },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  let done = 0;
  await Promise.all(Array.from({ length: size }, async () => {
    for (const item of left) {
      signal?.throwIfAborted();
      await work(item);
      onProgress?.({ phase, done: ++done, total: items.length, unit: "tasks" });
    }
  }));
}
