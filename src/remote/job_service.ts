/**
 * What the process of a job does: one run, or the calls of a workbench for as long as somebody makes
 * them.
 *
 * @module
 */
import { join } from "node:path";
import type { DeviceChoice, Job } from "../gpu/mod.ts";
import { openRepository } from "../git/mod.ts";
import { runFolder } from "../train/headless.ts";
import { openBlobFolder } from "./blob_folder.ts";
import { keptChooser, runHere } from "./fleet/attempt.ts";
import type { WorkOrder, Works } from "./work.ts";
import { createWorkbenchService, type WorkbenchService } from "./workbench_service.ts";

/** A run, as its process is told. */
export interface RunRequest {
  readonly order: WorkOrder;
  /** The run's own folder: its files are in `files`. */
  readonly folder: string;
  /** The worker's folder of blobs. */
  readonly blobs: string;
  readonly told: readonly unknown[];
  readonly memoryBytes: number | undefined;
}

/** A job that tells events. */
export interface TellingJob extends Job {
  emit(event: unknown): void;
}

/** The methods, as a process serves them. */
export type JobService = WorkbenchService & {
  run(request: RunRequest, job: TellingJob): Promise<unknown>;
  /** What the process holds. */
  residentBytes(request: null): Promise<number>;
};

/**
 * The service; clones are kept below the current folder.
 *
 * @param device Where it computes, whatever it is asked; `auto` leaves the choice to who asks.
 */
export function createJobService(works: Works, device: DeviceChoice): JobService {
  const choose = keptChooser();
  const chooseGpu = (asked: DeviceChoice) => choose(device === "auto" ? asked : device);
  const run = runHere(works);
  return {
    ...createWorkbenchService(openRepository),
    residentBytes: () => Promise.resolve(Deno.memoryUsage().rss),
    async run({ order, folder, blobs, told, memoryBytes }, { signal, onProgress, emit }) {
      using _held = await hold(join(folder, "lock"));
      const files = runFolder(join(folder, "files"));
      const data = openBlobFolder(blobs);
      const context = { chooseGpu, files, data, told, memoryBytes, signal, onProgress, emit };
      return await run(order, context);
    },
  };
}

/** Waits until no other process is at work there: one that lost its worker ends within a moment. */
async function hold(path: string): Promise<Disposable> {
  const file = await Deno.open(path, { create: true, write: true });
  await file.lock(true);
  return file;
}
