/**
 * Processes for jobs. One is kept ready, so that a run begins at once: what a run has loaded and compiled
 * the next one finds in its place.
 *
 * @module
 */
import { type JobProcess, type JobProcessOptions, startJobProcess } from "./job_process.ts";
import type { DeviceReport } from "./workbench_service.ts";

/** Where jobs get their processes. */
export interface JobPool {
  /** A process of the caller's own: he ends it, or gives it back. */
  take(options?: { readonly allowCode?: boolean }): Promise<JobProcess>;
  /**
   * Takes a process back that has done its job, ran no code of others and waits for the next: it is kept
   * where none is, unless it has grown large.
   */
  giveBack(process: JobProcess): void;
  /** What processes compute on; found out once. */
  device(): Promise<DeviceReport>;
  close(): void;
}

/** Opens a pool, and starts the first process. */
export function openJobPool(options: Omit<JobProcessOptions, "allowCode">): JobPool {
  const { memoryBytes, log } = options;
  let closed = false;
  let spare: Promise<JobProcess> | null = null;
  let device: Promise<DeviceReport> | null = null;

  async function begin(): Promise<JobProcess> {
    const process = await startJobProcess({ ...options, allowCode: false });
    // The next one is got ready when this one is done, and not beside it.
    process.finished.then(() => {
      if (!closed && !spare) prepare();
    });
    return process;
  }

  function prepare(starting = begin()): Promise<JobProcess> {
    starting.catch((error) => log?.(String(error)));
    return spare = starting;
  }

  /** The process itself, or another in its place. */
  async function keep(process: JobProcess): Promise<JobProcess> {
    try {
      const resident = await process.call("residentBytes", null);
      if (resident <= Math.min(memoryBytes / 4, MOST_IDLE_BYTES)) return process;
    } catch (error) {
      if (!process.ended) log?.(String(error));
    }
    process.close();
    return await begin();
  }

  return {
    async take({ allowCode = false } = {}) {
      if (allowCode) return await startJobProcess({ ...options, allowCode });
      const ready = spare ?? prepare();
      spare = null;
      const process = await ready;
      return process.ended ? await begin() : process;
    },
    giveBack(process) {
      if (closed || spare || process.ended) process.close();
      else prepare(keep(process));
    },
    device() {
      device ??= (spare ?? prepare()).then((process) => process.call("device", null));
      device.catch(() => device = null);
      return device;
    },
    close() {
      closed = true;
      spare?.then((process) => process.close(), (error) => log?.(String(error)));
    },
  };
}

/** What a process may hold while it waits. */
const MOST_IDLE_BYTES = 2 ** 29;
