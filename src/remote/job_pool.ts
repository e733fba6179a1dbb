/**
 * Processes for jobs. One is kept ready, so that a run begins at once.
 *
 * @module
 */
import { type JobProcess, type JobProcessOptions, startJobProcess } from "./job_process.ts";
import type { DeviceReport } from "./workbench_service.ts";

/** Where jobs get their processes. */
export interface JobPool {
  /** A process of the caller's own: he ends it. */
  take(options?: { readonly allowCode?: boolean }): Promise<JobProcess>;
  /** What processes compute on; found out once. */
  device(): Promise<DeviceReport>;
  close(): void;
}

/** Opens a pool, and starts the first process. */
export function openJobPool(options: Omit<JobProcessOptions, "allowCode">): JobPool {
  let closed = false;
  let spare: Promise<JobProcess> | null = null;
  let device: Promise<DeviceReport> | null = null;

  function prepare(): Promise<JobProcess> {
    const started = startJobProcess({ ...options, allowCode: false });
    started.catch((error) => options.log?.(String(error)));
    return spare = started;
  }

  return {
    async take({ allowCode = false } = {}) {
      if (allowCode) return await startJobProcess({ ...options, allowCode });
      const ready = spare ?? prepare();
      spare = null;
      const process = await ready;
      // The next one is got ready when this one is done, and not beside it.
      process.finished.then(() => {
        if (!closed && !spare) prepare();
      });
      if (process.ended) return await startJobProcess({ ...options, allowCode });
      return process;
    },
    device() {
      device ??= (spare ?? prepare()).then((process) => process.call("device", null));
      device.catch(() => device = null);
      return device;
    },
    close() {
      closed = true;
      spare?.then((process) => process.close(), (error) => options.log?.(String(error)));
    },
  };
}
