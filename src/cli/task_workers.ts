/**
 * Several workers for tasks: each job goes to one that is free. One that dies or stalls is replaced,
 * and only its own job fails.
 *
 * @module
 */
import type { TaskService } from "../agent/mod.ts";
import type { Job } from "../gpu/mod.ts";
import { openLink, type WorkerLink } from "../remote/mod.ts";

/** Workers that share the jobs. */
export interface TaskWorkers extends Disposable {
  readonly size: number;
  /**
   * Runs a job in the next worker that is free.
   *
   * @throws {WorkerError} what the job threw; `worker-closed` if it took longer than `limitMs`.
   */
  run<K extends keyof TaskService>(
    method: K,
    request: Parameters<TaskService[K]>[0],
    options?: { signal?: AbortSignal | undefined; limitMs?: number | undefined },
  ): Promise<Awaited<ReturnType<TaskService[K]>>>;
}

/** Starts workers, when they are needed. `size`: by default one for each processor. */
export function openTaskWorkers(size = navigator.hardwareConcurrency): TaskWorkers {
  const links: (WorkerLink<TaskService> | null)[] = Array.from({ length: size }, () => null);
  const free = links.map((_link, at) => at);
  const waiting: ((at: number) => void)[] = [];

  function take(): Promise<number> {
    const at = free.pop();
    return at === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(at);
  }

  function give(at: number) {
    const next = waiting.shift();
    if (next) next(at);
    else free.push(at);
  }

  function linkAt(at: number): WorkerLink<TaskService> {
    const link = links[at];
    if (link && !link.ended) return link;
    const url = new URL("../../workers/tasks.ts", import.meta.url);
    return links[at] = openLink<TaskService>(new Worker(url, { type: "module" }));
  }

  return {
    size,
    async run(method, request, { signal, limitMs = JOB_LIMIT_MS } = {}) {
      const at = await take();
      const timer = setTimeout(() => links[at]?.close(), limitMs);
      try {
        signal?.throwIfAborted();
        return await linkAt(at).call(method, request, { signal }) as never;
      } finally {
        clearTimeout(timer);
        // What was aborted may still run there.
        if (signal?.aborted) links[at]?.close();
        give(at);
      }
    },
    [Symbol.dispose]() {
      for (const link of links) link?.close();
    },
  };
}

/** Tests are stopped by their own limit; this is for code that cannot be interrupted. */
const JOB_LIMIT_MS = 300_000;

/**
 * Applies `work` to all items, as many at a time as there are workers, and tells the progress.
 *
 * @throws the first error of `work`; the signal's reason if it is aborted.
 */
export async function forAll<T, R>(
  items: readonly T[],
  { size, phase, onProgress, signal }: Job & { size: number; phase: string },
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  let done = 0;
  await Promise.all(Array.from({ length: size }, async () => {
    for (const [at, item] of left) {
      signal?.throwIfAborted();
      results[at] = await work(item);
      onProgress?.({ phase, done: ++done, total: items.length, unit: "tasks" });
    }
  }));
  return results;
}
