/**
 * MiniSWE: a world of small repositories with mistakes in them, made from a seed. It asks what
 * SWE-bench asks, of models that are a thousand times smaller. What such a world must take care of was
 * found by a first study: compositions, held-out names, issues that name a caller, fixes that only a
 * failing test reveals.
 *
 * @module
 */
import type { Job } from "../../gpu/mod.ts";
import { openCallRunner } from "./call_results.ts";
import {
  makeMiniRepository,
  type MiniRepository,
  type RepositoryRequest,
} from "./mini_repository.ts";
import type { Split } from "./names.ts";

/** A world: the same seed and count are the same bytes. */
export interface MiniSweOptions {
  readonly seed: number;
  /** How many tasks, of all splits together. */
  readonly count: number;
}

/** Tasks of a repository. */
export const TASKS_PER_REPOSITORY = 4;

/** Of five repositories, three are to train on, one to test, one of the domains that are held out. */
const SPLIT_BY_TURN: readonly Split[] = ["train", "train", "test", "train", "test-hard"];

/** The repositories of a world, as requests; each can be made on its own, by any worker. */
export function planMiniSwe({ seed, count }: MiniSweOptions): RepositoryRequest[] {
  const repositories = Math.ceil(count / TASKS_PER_REPOSITORY);
  return Array.from({ length: repositories }, (_, index) => ({
    seed,
    index,
    split: SPLIT_BY_TURN[index % SPLIT_BY_TURN.length] ?? "train",
    tasks: Math.min(TASKS_PER_REPOSITORY, count - index * TASKS_PER_REPOSITORY),
  }));
}

/**
 * Makes a world, one repository after the other.
 *
 * @throws the signal's reason if the job is aborted
 * @example
 * ```ts
 * import { makeMiniSwe } from "bottega";
 * for await (const { name, tasks } of makeMiniSwe({ seed: 1, count: 4 })) {
 *   console.log(name, tasks[0]?.problem);
 * }
 * ```
 */
export async function* makeMiniSwe(
  { signal, onProgress, ...options }: MiniSweOptions & Job,
): AsyncGenerator<MiniRepository> {
  using runner = await openCallRunner();
  let done = 0;
  for (const request of planMiniSwe(options)) {
    signal?.throwIfAborted();
    const repository = await makeMiniRepository(runner, request);
    done += repository.tasks.length;
    onProgress?.({ phase: "make", done, total: options.count, unit: "tasks" });
    yield repository;
  }
}
