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
import { DEFAULT_SHAPE, type WorldShape } from "./world_shape.ts";

/** A world: the same seed and count are the same bytes. */
export interface MiniSweOptions {
  readonly seed: number;
  /** How many tasks, of all splits together. */
  readonly count: number;
  /** What differs from the world of the benchmark: an easier one, for smaller models. */
  readonly shape?: Partial<WorldShape> | undefined;
  /** The splits of repositories in turn; of five, three are to train on by default. */
  readonly splits?: readonly Split[] | undefined;
}

/** Tasks of a repository. */
export const TASKS_PER_REPOSITORY = DEFAULT_SHAPE.tasksPerRepository;

/** Of five repositories, three are to train on, one to test, one of the domains that are held out. */
const SPLIT_BY_TURN: readonly Split[] = ["train", "train", "test", "train", "test-hard"];

/** The repositories of a world, as requests; each can be made on its own, by any worker. */
export function planMiniSwe(
  { seed, count, shape, splits = SPLIT_BY_TURN }: MiniSweOptions,
): RepositoryRequest[] {
  const size = shape?.tasksPerRepository ?? TASKS_PER_REPOSITORY;
  const repositories = Math.ceil(count / size);
  return Array.from({ length: repositories }, (_, index) => ({
    seed,
    index,
    split: splits[index % splits.length] ?? "train",
    tasks: Math.min(size, count - index * size),
    ...(shape && { shape }),
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
