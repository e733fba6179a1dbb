/**
 * The workbench as notebooks and commands use it: corpora are opened, looked into and measured, and
 * none of it happens on the page's main thread.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { ReadError, Skipped, Trajectory, TrajectorySummary } from "../trajectory/mod.ts";
import { hostAccess } from "./page_server.ts";
import { openLink, type WorkerLink } from "./worker_link.ts";
import {
  type DeviceReport,
  type LoadRequest,
  type MeasuredCorpus,
  type StatisticsRequest,
  type WorkbenchService,
} from "./workbench_service.ts";

/** A corpus of trajectories that the workbench has read. */
export interface Corpus {
  /** One summary for each trajectory, in reading order. */
  readonly rows: readonly TrajectorySummary[];
  /** Files and rows that hold a trajectory that could not be read. */
  readonly errors: readonly ReadError[];
  /** Files that hold no trajectory. */
  readonly skipped: readonly Skipped[];
  /** The whole trajectory behind `rows[index]`. */
  trajectory(index: number, job?: Job): Promise<Trajectory>;
  /** Tokenises (once for each tokenizer) and measures. Phases `tokenise` and `measure`. */
  statistics(options?: Omit<StatisticsRequest, "corpus"> & Job): Promise<MeasuredCorpus>;
  /** Lets the workbench forget it. */
  release(): Promise<void>;
}

/** Where the work is done: this page's worker, or this process. */
export interface Workbench {
  /** The adapter, or why there is none. */
  device(): Promise<DeviceReport>;
  /** Reads a corpus. Phases `clone` and `read`. */
  load(
    source: LoadRequest["source"],
    options?: Omit<LoadRequest, "source"> & Job,
  ): Promise<Corpus>;
  /** Ends the worker; open calls are rejected. */
  close(): void;
}

/**
 * The workbench of this page or process, in a worker of its own.
 *
 * @example
 * ```ts
 * import { connect } from "bottega";
 * const workbench = connect();
 * const corpus = await workbench.load("notebooks/data/bottega.bundle", { history: true });
 * const { tokens, byRole } = await corpus.statistics({ tokenizer: "o200k_base" });
 * workbench.close();
 * ```
 */
export function connect(): Workbench {
  if ("Deno" in globalThis) keepDriverLoaded();
  const worker = new Worker(new URL("../../workers/gpu.ts", import.meta.url), { type: "module" });
  return overLink(openLink<WorkbenchService>(worker));
}

/**
 * A worker that ends unloads the graphics driver. In Deno, a process that exits at that moment calls
 * the driver's exit handlers, which are gone: it dies of a segmentation fault (seen with Mesa's
 * lavapipe). An instance of its own on this thread keeps the driver loaded.
 */
function keepDriverLoaded(): void {
  driver ??= navigator.gpu?.requestAdapter() ?? Promise.resolve(null);
}

let driver: Promise<GPUAdapter | null> | undefined;

function overLink(link: WorkerLink<WorkbenchService>): Workbench {
  return {
    device: () => link.call("device", null),
    async load(source, { signal, onProgress, ...options } = {}) {
      const { corpus, ...read } = await link.call(
        "load",
        { source, ...hostAccess(), ...options },
        { signal, onProgress },
      );
      return {
        ...read,
        trajectory: (index, job) => link.call("trajectory", { corpus, index }, job),
        statistics: ({ signal, onProgress, ...options } = {}) =>
          link.call("statistics", { corpus, ...options }, { signal, onProgress }),
        release: () => link.call("release", { corpus }),
      };
    },
    close: () => link.close(),
  };
}
