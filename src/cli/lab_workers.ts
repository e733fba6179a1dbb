/**
 * Several workers for the pieces of an ablation: each piece goes to one that is free.
 *
 * @module
 */
import type { DeviceChoice, Job } from "../gpu/mod.ts";
import type { LabWork, LabWorker } from "../lab/mod.ts";
import { openLink, type WorkerLink } from "../remote/mod.ts";
import type { LabService } from "../../workers/lab.ts";

/** Where the work is done, and how many workers share it. */
export interface LabWorkersOptions {
  readonly size: number;
  readonly folder: string;
  readonly device: DeviceChoice;
  /** Ends all workers; what they were at goes on from there in another run. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts the workers when they are needed. Its owner disposes of it. */
export function openLabWorkers(
  { size, folder, device, signal }: LabWorkersOptions,
): Disposable & { readonly worker: LabWorker } {
  const free: (WorkerLink<LabService> | null)[] = Array.from({ length: size }, () => null);
  const all: WorkerLink<LabService>[] = [];
  const waiting: ((link: WorkerLink<LabService> | null) => void)[] = [];

  function start(): WorkerLink<LabService> {
    const url = new URL("../../workers/lab.ts", import.meta.url);
    const link = openLink<LabService>(new Worker(url, { type: "module" }));
    all.push(link);
    return link;
  }

  async function work(work: LabWork, job: Pick<Job, "onProgress"> = {}): Promise<unknown> {
    const taken = free.length > 0
      ? free.pop() ?? null
      : await new Promise<WorkerLink<LabService> | null>((resolve) => waiting.push(resolve));
    const link = taken && !taken.ended ? taken : start();
    try {
      return await link.call("work", { folder, device, work }, { ...job, signal });
    } finally {
      const next = waiting.shift();
      if (next) next(link);
      else free.push(link);
    }
  }

  const close = () => all.forEach((link) => link.close());
  signal?.addEventListener("abort", close);
  return {
    // Each kind of work gives its own result.
    worker: work as LabWorker,
    [Symbol.dispose]() {
      signal?.removeEventListener("abort", close);
      close();
    },
  };
}
