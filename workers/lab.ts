/**
 * A worker that does pieces of ablations, one at a time, beside others of its kind: in the same folder,
 * with a device of its own.
 *
 * @module
 */
import { chooseGpu, type DeviceChoice, type Job } from "../src/gpu/mod.ts";
import { type LabWork, type LabWorker, labWorker } from "../src/lab/mod.ts";
import { serveLink } from "../src/remote/mod.ts";
import { runFolder } from "../src/train/headless.ts";

/** A piece of an ablation, and where it is done. */
export interface FolderWork {
  readonly folder: string;
  readonly device: DeviceChoice;
  readonly work: LabWork;
}

/** What this worker serves. */
export type LabService = {
  /** Does a piece of work; what it was stopped in is gone on with when it is asked for again. */
  work(request: FolderWork, job: Job): Promise<unknown>;
};

const workers = new Map<string, Promise<LabWorker>>();

async function openWorker({ folder, device }: FolderWork): Promise<LabWorker> {
  const { gpu } = await chooseGpu(device);
  return labWorker({
    gpu: device === "auto" && gpu?.software ? null : gpu,
    files: runFolder(folder),
  });
}

serveLink<LabService>({
  async work(request, { onProgress }) {
    const key = `${request.device} ${request.folder}`;
    const worker = workers.get(key) ?? openWorker(request);
    workers.set(key, worker);
    return await (await worker)(request.work, { onProgress });
  },
});
