/**
 * A remote worker without its door: blobs, runs and workbenches in a folder, as methods to be served.
 *
 * @module
 */
import { join } from "node:path";
import { transfer } from "comlink";
import type { DeviceChoice } from "../gpu/mod.ts";
import { openBlobFolder } from "./blob_folder.ts";
import { openJobPool } from "./job_pool.ts";
import type { JobProcess } from "./job_process.ts";
import type { MachineStatus, RemoteService } from "./remote_service.ts";
import { openRunStore, type RunLimits } from "./run_store.ts";
import { createWorkbenchSessions } from "./workbench_sessions.ts";
import { WORKS, WORKS_WITH_CODE } from "./works/works.ts";

/** How a worker works. */
export interface RemoteWorkerOptions {
  /** Where blobs and runs are kept; an absolute path. */
  readonly folder: string;
  /** How it is called; the machine's name by default. */
  readonly name?: string | undefined;
  /** Where to compute, whatever is asked; `auto`, the default, leaves the choice to who asks. */
  readonly device?: DeviceChoice | undefined;
  readonly limits?: Partial<RunLimits> | undefined;
  /** Whether code that is sent along is run, in a process that starts no programs; default false. */
  readonly allowCode?: boolean | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** A worker that is open. */
export interface RemoteWorker {
  readonly methods: RemoteService;
  status(): Promise<MachineStatus>;
  /** Takes no more runs, lets those under way write checkpoints for at most `graceMs`, and closes. */
  drain(graceMs: number): Promise<void>;
}

/** One run at a time, of a day at most; half of the machine's memory for those that run. */
export function defaultLimits(jobs = 1): RunLimits {
  const memoryBytes = Math.floor(Deno.systemMemoryInfo().total / 2 / jobs);
  return { jobs, queue: 1000, timeMs: 86_400_000, memoryBytes };
}

/**
 * Opens a worker, and goes on with the runs in its folder that have not ended.
 *
 * @throws {WorkError} "busy" where another worker has the folder.
 */
export async function openRemoteWorker(options: RemoteWorkerOptions): Promise<RemoteWorker> {
  const { folder, device = "auto", allowCode = false, log } = options;
  const limits = { ...defaultLimits(options.limits?.jobs), ...options.limits };
  const works = allowCode ? WORKS_WITH_CODE : WORKS;
  const startedMs = Date.now();
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const blobs = join(folder, "blobs");
  const data = openBlobFolder(blobs);
  const { memoryBytes, timeMs } = limits;
  const pool = openJobPool({ folder, memoryBytes, device, log });
  const start = (work: string) => pool.take({ allowCode: !Object.hasOwn(WORKS, work) });
  const giveBack = (process: JobProcess, work: string) =>
    OWN_WORKS.has(work) ? pool.giveBack(process) : process.close();
  const runs = await openRunStore({ folder, works, data, blobs, limits, start, giveBack, log });
  const sessions = createWorkbenchSessions(() => pool.take(), {
    sessions: SESSIONS,
    idleMs: IDLE_MS,
    timeMs,
  });
  const choose = (asked: DeviceChoice) => device === "auto" ? asked : device;

  async function status(): Promise<MachineStatus> {
    const { total, available } = Deno.systemMemoryInfo();
    const states = runs.list().map(({ state }) => state);
    return {
      name: options.name ?? Deno.hostname(),
      device: await pool.device(),
      cores: navigator.hardwareConcurrency,
      load: Deno.loadavg(),
      memory: { totalBytes: total, availableBytes: available },
      works: Object.keys(works),
      limits,
      running: states.filter((state) => state === "running").length,
      queued: states.filter((state) => state === "queued").length,
      sessions: sessions.size,
      draining: runs.draining,
      startedMs,
    };
  }

  const methods: RemoteService = {
    status,
    async missingBlobs({ hashes }) {
      const found = await Promise.all(hashes.map(async (sha256) => ({
        sha256,
        isWhole: await data.has(sha256),
        receivedBytes: await data.receivedBytes(sha256),
      })));
      return found.filter(({ isWhole }) => !isWhole)
        .map(({ sha256, receivedBytes }) => ({ sha256, receivedBytes }));
    },
    putBlob: (piece) => data.addPiece(piece),
    blobSize: ({ sha256 }) => data.sizeOf(sha256),
    async readBlob({ sha256, begin, end }) {
      const bytes = await data.readPart(sha256, begin, end);
      return transfer(bytes, [bytes.buffer]);
    },
    startRun: (order) => runs.start(order),
    run: async ({ id }) => await Promise.resolve(runs.info(id)),
    runEvents: ({ id, from }, { signal }) => runs.events(id, from, signal),
    runResult: ({ id }, { signal }) => runs.result(id, signal),
    cancelRun: ({ id }) => runs.cancel(id),
    listRuns: () => Promise.resolve(runs.list()),
    device: () => pool.device(),
    async load({ session, source, history, limit }, job) {
      const opened = typeof source === "string"
        ? source
        : { name: source.name, bundle: await data.read(source.blob) };
      return await sessions.call(session, "load", {
        source: opened,
        ...(history !== undefined && { history }),
        ...(limit !== undefined && { limit }),
      }, job);
    },
    trajectory: ({ session, ...request }, job) =>
      sessions.call(session, "trajectory", request, job),
    statistics: ({ session, device: asked, corpus, tokenizer }, job) =>
      sessions.call(session, "statistics", {
        corpus,
        device: choose(asked),
        ...(tokenizer !== undefined && { tokenizer }),
      }, job),
    measure: ({ session, device: asked, ...request }, job) =>
      sessions.call(session, "measure", { ...defined(request), device: choose(asked) }, job),
    compare: ({ session, ...request }, job) => sessions.call(session, "compare", request, job),
    release: ({ session, ...request }, job) => sessions.call(session, "release", request, job),
    async endSession({ session }) {
      await Promise.resolve(sessions.end(session));
    },
  };
  return {
    methods,
    status,
    async drain(graceMs) {
      await runs.drain(graceMs);
      sessions.close();
      pool.close();
      await runs[Symbol.asyncDispose]();
    },
  };
}

/** Works that run no code but ours, and no programs: what did one is as good as new for the next. */
const OWN_WORKS = new Set(["stats", "train", "generate"]);

const SESSIONS = 16;
const IDLE_MS = 3_600_000;

/** Without the keys whose values are missing. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
