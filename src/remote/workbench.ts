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
import type { TrainingEvent, TrainSpecInput } from "../train/mod.ts";
import type { AblateRequest, AblationResult } from "./ablate_service.ts";
import type { TrainedModel, TrainRequest } from "./train_service.ts";
import { linkWorkbench } from "./link_workbench.ts";
import { type FleetOptions, fleetWorkbench } from "./fleet_workbench.ts";
import type { RemoteLinkOptions } from "./remote_link.ts";
import { machineWorkbench, type RemoteWorkbench, remoteWorkbench } from "./remote_workbench.ts";
import { openLink } from "./worker_link.ts";
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
 * The workbench of this page or process, in a worker of its own; or, by a URL or a name, on a remote
 * worker or a fleet. Nothing is sent before the first call, and what cannot be reached rejects the calls.
 *
 * @param url `ws://127.0.0.1:…` or `wss://…` of `bottega worker`; `nats://…`, or `nats+wss://…` from a
 * page, of a fleet; or the name of a machine that was paired in the workbench.
 * @throws {WorkerError} "bad-url".
 * @example
 * ```ts
 * import { connect } from "bottega";
 * const workbench = connect();
 * const corpus = await workbench.load("notebooks/data/bottega.bundle", { history: true });
 * const { tokens, byRole } = await corpus.statistics({ tokenizer: "o200k_base" });
 * workbench.close();
 * ```
 */
export function connect(): Workbench;
export function connect(url: `nats${string}` | `tls:${string}`, options: FleetOptions): Workbench;
export function connect(url: string, options?: RemoteLinkOptions): RemoteWorkbench;
export function connect(url?: string, options?: RemoteLinkOptions | FleetOptions): Workbench {
  if (url === undefined) return connectHere();
  if (options && "token" in options) return remoteWorkbench(url, options);
  if (options) return fleetWorkbench(url, options, connectHere);
  if (!url.includes("://")) return machineWorkbench(url);
  throw new TypeError(`connect("${url}") needs the worker's token: connect(url, { token }).`);
}

function connectHere(): Workbench {
  if ("Deno" in globalThis) keepDriverLoaded();
  const worker = new Worker(new URL("../../workers/gpu.ts", import.meta.url), { type: "module" });
  return linkWorkbench(openLink<WorkbenchService>(worker));
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
