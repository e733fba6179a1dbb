/**
 * The workbench as notebooks and commands use it: corpora are opened, looked into and measured, and
 * none of it happens on the page's main thread.
 *
 * @module
 */
import type { CorpusDocument, CorpusFigures } from "../corpus/mod.ts";
import type { Job } from "../gpu/mod.ts";
import type { AblationEvent } from "../lab/mod.ts";
import type { Mismatch } from "../stats/mod.ts";
import type { ReadError, Skipped, Trajectory, TrajectorySummary } from "../trajectory/mod.ts";
import { hostAccess } from "./page_server.ts";
import type { TrainingEvent, TrainSpecInput } from "../train/mod.ts";
import type { AblateRequest, AblationResult } from "./ablate_service.ts";
import type { TrainedModel, TrainRequest } from "./train_service.ts";
import { openLink, type WorkerLink } from "./worker_link.ts";
import {
  type DeviceReport,
  type LoadRequest,
  type MeasuredCorpus,
  type MeasureRequest,
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
  /** Measures it in full: figures of every kind. Phase `measure`. */
  measure(options?: MeasuringOptions): Promise<Measured>;
  /** Lets the workbench forget it. */
  release(): Promise<void>;
}

/** How documents are measured in full. */
export type MeasuringOptions = Omit<MeasureRequest, "corpus" | "documents"> & Job;

/** Documents that the workbench has measured in full. */
export interface Measured {
  readonly statistics: MeasuredCorpus;
  readonly figures: CorpusFigures;
  /** How far they are from others, of the same tokenizer: divergences in bits. */
  compare(other: Measured): Promise<Mismatch>;
  /** Lets the workbench forget their counts; what was told stays. */
  release(): Promise<void>;
}

/** What a workbench trains on, and who listens. */
export interface TrainOptions
  extends Pick<TrainRequest, "data" | "models" | "tokenizer" | "device"> {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
}

/** Where an ablation is run, and who listens. */
export interface AblateOptions extends Pick<AblateRequest, "device">, Job {
  readonly onEvent?: ((event: AblationEvent) => void) | undefined;
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
  /** Measures documents of any kind in full: samples, say. Phase `measure`. */
  measure(
    documents: readonly Pick<CorpusDocument, "id" | "segments">[],
    options?: MeasuringOptions,
  ): Promise<Measured>;
  /**
   * Trains on packed tokens. `onEvent` is told each event; an aborted signal rejects at once, and the
   * worker stops within a step.
   *
   * @throws {WorkerError} What `train` throws, with its code.
   */
  train(spec: TrainSpecInput, options: TrainOptions): Promise<TrainedModel>;
  /**
   * Runs an ablation, given as its JSON. Stopped by the signal and called again with the same spec, it
   * goes on where it was, for as long as this workbench is open. Phases `make`, `teacher` and more.
   *
   * @throws {WorkerError} What `ablate` throws, with its code.
   */
  ablate(spec: unknown, options?: AblateOptions): Promise<AblationResult>;
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
  /** The numbers by which the worker keeps what it has measured. */
  const numbers = new WeakMap<Measured, number>();

  async function measure(
    what: Pick<MeasureRequest, "documents" | "corpus">,
    { signal, onProgress, ...options }: MeasuringOptions = {},
  ): Promise<Measured> {
    const { measure, ...told } = await link.call("measure", { ...what, ...options }, {
      signal,
      onProgress,
    });
    const measured: Measured = {
      ...told,
      compare: (other) => link.call("compare", { a: measure, b: numbers.get(other) ?? -1 }),
      release: () => link.call("release", { measure }),
    };
    numbers.set(measured, measure);
    return measured;
  }

  let runs = 0;
  return {
    measure: (documents, options) =>
      measure({ documents: documents.map(({ id, segments }) => ({ id, segments })) }, options),
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
        measure: (options) => measure({ corpus }, options),
        release: () => link.call("release", { corpus }),
      };
    },
    async train(spec, { signal, onEvent, ...options }) {
      const run = ++runs;
      const trained = link.call("train", { run, spec, ...options }, { signal });
      const told = tellEvents(() => link.call("trainEvents", { run }, { signal }), onEvent);
      const [result] = await Promise.all([trained, told]);
      return result;
    },
    async ablate(spec, { signal, onProgress, onEvent, ...options } = {}) {
      const run = ++runs;
      const ended = link.call("ablate", { run, spec, ...options }, { signal, onProgress });
      const told = tellEvents(() => link.call("ablateEvents", { run }, { signal }), onEvent);
      const [result] = await Promise.all([ended, told]);
      return result;
    },
    close: () => link.close(),
  };
}

/** Fetches a run's events until there are no more. */
async function tellEvents<E>(
  fetch: () => Promise<readonly E[]>,
  onEvent: ((event: E) => void) | undefined,
): Promise<void> {
  for (;;) {
    const events = await fetch();
    if (events.length === 0) return;
    for (const event of events) onEvent?.(event);
  }
}
