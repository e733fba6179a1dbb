/**
 * Runs live on the worker: they are queued, begun, watched and written down, and go on where they were
 * when the worker was started anew. A run's name is the hash of its order, so the same order finds the
 * same run, with all that it told.
 *
 * ```
 * runs/ID/run.json       its order
 * runs/ID/events.jsonl   what it told
 * runs/ID/files/         its checkpoints, until it is done
 * runs/ID/outcome.json   how it ended
 * ```
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import type { EventLog, EventPage } from "./event_log.ts";
import type { JobProcess } from "./job_process.ts";
import {
  countAttempt,
  createRun,
  endRun,
  readRuns,
  reopenRun,
  type Run,
  type RunFailure,
  type RunInfo,
  type RunOutcome,
} from "./run_record.ts";
import { type BlobStore, workId, type WorkOrder, type Works } from "./work.ts";
import { WorkError } from "./work_error.ts";
import { WorkerError } from "./worker_link.ts";

/** What runs may take. */
export interface RunLimits {
  /** How many run at the same time. */
  readonly jobs: number;
  /** How many may wait. */
  readonly queue: number;
  /** How long each may run, in one go. */
  readonly timeMs: number;
  /** Resident memory of each. */
  readonly memoryBytes: number;
}

/** How runs are run. */
export interface RunStoreOptions {
  readonly folder: string;
  readonly works: Works;
  readonly data: BlobStore;
  /** The folder of `data`, as a job's process opens it. */
  readonly blobs: string;
  readonly limits: RunLimits;
  /** A process for a job of this work. */
  readonly start: (work: string) => Promise<JobProcess>;
  /** Takes it back once it has given a result; by default it is ended. */
  readonly giveBack?: ((process: JobProcess, work: string) => void) | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** A page of a run's events. */
export interface RunEvents extends EventPage {
  /** Whether the run has ended, and these are its last. */
  readonly ended: boolean;
}

/** The runs of a worker. */
export interface RunStore extends AsyncDisposable {
  readonly draining: boolean;
  /**
   * Starts a run, or finds the one that is there: under way, done, or to be tried again from where it
   * failed or was cancelled.
   *
   * @throws {WorkError} "no-such-work", "bad-request", "no-such-blob", "busy".
   */
  start(order: WorkOrder): Promise<RunInfo>;
  /** @throws {WorkError} "no-such-run", as do all that take an id. */
  info(id: string): RunInfo;
  /** Oldest first. */
  list(): RunInfo[];
  /** Events from an index on: one at least, unless the run has ended. */
  events(id: string, from: number, signal?: AbortSignal): Promise<RunEvents>;
  /** Waits for the end. @throws {WorkerError} What it failed of; {WorkError} "cancelled". */
  result(id: string, signal?: AbortSignal): Promise<unknown>;
  /** Stopped within a second, wherever it is; what has ended stays as it is. */
  cancel(id: string): Promise<void>;
  /** Takes no more, lets what runs write its checkpoints, and leaves the rest for the next start. */
  drain(graceMs: number): Promise<void>;
}

/**
 * Opens the runs in `folder` and goes on with those that have not ended.
 *
 * @throws {WorkError} "busy" where another worker has the folder.
 */
export async function openRunStore(options: RunStoreOptions): Promise<RunStore> {
  const { folder, works, data, blobs, limits, log } = options;
  await Deno.mkdir(join(folder, "runs"), { recursive: true });
  const lock = await lockFolder(folder);
  const runs = readRuns(folder);
  const waiting = [...runs.values()].filter(({ outcome }) => outcome === null);
  const running = new Map<Run, Attempt>();
  let draining = false;

  const find = (id: string): Run => {
    const run = runs.get(id);
    if (run) return run;
    throw new WorkError("no-such-run", `There is no run ${JSON.stringify(id)} here.`);
  };

  function infoOf(run: Run): RunInfo {
    const { id, record, outcome, progress } = run;
    return {
      id,
      work: record.order.work,
      state: outcome?.state ?? (running.has(run) ? "running" : "queued"),
      createdMs: record.createdMs,
      endedMs: outcome?.endedMs ?? null,
      events: run.events().length,
      progress: outcome ? null : progress,
      failure: outcome?.state === "failed" ? outcome.failure : null,
    };
  }

  function settle(run: Run, outcome: RunOutcome): void {
    endRun(run, outcome);
    const { work } = run.record.order;
    const why = outcome.state === "failed" ? `: ${outcome.failure.code}` : "";
    log?.(`run ${run.id.slice(0, 8)} (${work}) ${outcome.state}${why}`);
  }

  function fail(run: Run, failure: RunFailure): void {
    settle(run, { state: "failed", failure, endedMs: Date.now() });
  }

  /** What cannot even be written down, on a full disk say, has failed until the next start. */
  function giveUp(run: Run, error: unknown): void {
    const failure = failureOf(error);
    log?.(`run ${run.id.slice(0, 8)}: ${failure.message}`);
    run.outcome = { state: "failed", failure, endedMs: Date.now() };
    run.ended.resolve();
  }

  function pump(): void {
    while (!draining && running.size < limits.jobs) {
      const run = waiting.shift();
      if (!run) return;
      const attempt: Attempt = { controller: new AbortController(), stopped: null, process: null };
      running.set(run, attempt);
      attempt.finished = work(run, attempt).catch((error) => giveUp(run, error))
        .finally(() => {
          running.delete(run);
          pump();
        });
    }
  }

  /** One attempt, to whatever end. */
  async function work(run: Run, attempt: Attempt): Promise<void> {
    const { order } = run.record;
    const log = run.events();
    if (countAttempt(run) > MOST_ATTEMPTS) {
      const message = `Its process ended ${MOST_ATTEMPTS} times without telling anything new.`;
      return fail(run, { name: "WorkError", code: "died", message });
    }
    await Deno.mkdir(join(run.folder, "files"), { recursive: true });
    const told = allEvents(log);
    const pending: unknown[] = [];
    const flush = () => log.append(pending.splice(0));
    const flushSoon = () => {
      try {
        flush();
      } catch (error) {
        attempt.broken = error;
        attempt.process?.close();
      }
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isIdle = false;
    try {
      const process = attempt.process = await startUnless(attempt.controller.signal, order.work);
      timer = setTimeout(() => stop(attempt, "time", TIME_GRACE_MS), limits.timeMs);
      const { folder } = run;
      const { memoryBytes } = limits;
      const result = await process.call("run", { order, folder, blobs, told, memoryBytes }, {
        signal: attempt.controller.signal,
        onProgress: (progress) => run.progress = progress,
        // Those that come together are written together.
        onEvent: (event) => pending.push(event) === 1 && queueMicrotask(flushSoon),
      });
      isIdle = true;
      flush();
      settle(run, { state: "done", result, endedMs: Date.now() });
    } catch (error) {
      if (attempt.broken !== undefined) throw attempt.broken;
      flush();
      ended(run, attempt, error);
    } finally {
      clearTimeout(timer);
      clearTimeout(attempt.killTimer);
      const { process } = attempt;
      if (process && isIdle && options.giveBack) options.giveBack(process, order.work);
      else process?.close();
    }
  }

  /** A process that comes too late is ended. */
  async function startUnless(signal: AbortSignal, work: string): Promise<JobProcess> {
    const starting = options.start(work);
    try {
      return await unlessAborted(starting, signal);
    } catch (error) {
      if (signal.aborted) starting.then((late) => late.close(), (why) => log?.(String(why)));
      throw error;
    }
  }

  /** What an attempt that gave no result comes to. */
  function ended(run: Run, { stopped }: Attempt, error: unknown): void {
    if (stopped === "cancel") settle(run, { state: "cancelled", endedMs: Date.now() });
    else if (stopped === "time") {
      const message = `It ran longer than the ${limits.timeMs / 1000} s that it may. ` +
        "Start it again to go on from its last checkpoint.";
      fail(run, { name: "WorkError", code: "limit", message });
    } else if (stopped === "drain") return;
    else if (error instanceof WorkError && error.code === "died") waiting.unshift(run);
    else fail(run, failureOf(error));
  }

  function stop(attempt: Attempt, reason: Attempt["stopped"], graceMs: number): void {
    attempt.stopped ??= reason;
    attempt.controller.abort();
    clearTimeout(attempt.killTimer);
    attempt.killTimer = setTimeout(() => attempt.process?.close(), graceMs);
  }

  async function check(order: WorkOrder): Promise<void> {
    const { work: name, request, data: hashes = [] } = order;
    const work = Object.hasOwn(works, name) ? works[name] : undefined;
    if (!work) {
      const known = Object.keys(works).join(", ");
      throw new WorkError("no-such-work", `There is no work "${name}" here; there are ${known}.`);
    }
    const checked = v.safeParse(work.schema, request, { abortEarly: true });
    if (!checked.success) {
      const [issue] = checked.issues;
      const place = v.getDotPath(issue) ?? "the request";
      throw new WorkError("bad-request", `${name}: ${place}: ${issue.message}`.slice(0, 400));
    }
    for (const sha256 of hashes) {
      if (!await data.has(sha256)) {
        throw new WorkError("no-such-blob", `${name} needs the blob ${sha256}: send it first.`);
      }
    }
  }

  const store: RunStore = {
    get draining() {
      return draining;
    },
    async start(order) {
      const id = await workId(order);
      const stopping = runs.has(id) ? running.get(find(id)) : undefined;
      // Whoever starts it means it to go on.
      if (stopping?.stopped === "cancel") await stopping.finished;
      const known = runs.get(id)?.outcome;
      const isUnderWay = runs.has(id) && (!known || known.state === "done");
      if (!isUnderWay) await check(order);
      const before = runs.get(id);
      if (before && (!before.outcome || before.outcome.state === "done")) return infoOf(before);
      if (draining) throw new WorkError("busy", "The worker is shutting down and takes no runs.");
      if (waiting.length >= limits.queue) {
        throw new WorkError("busy", `${waiting.length} runs wait already: try again later.`);
      }
      const run = before ?? createRun(folder, id, order);
      if (before) reopenRun(before);
      runs.set(id, run);
      waiting.push(run);
      log?.(`run ${id.slice(0, 8)} (${order.work}) queued`);
      pump();
      return infoOf(run);
    },
    info: (id) => infoOf(find(id)),
    list: () => [...runs.values()].map(infoOf),
    async events(id, from, signal) {
      const run = find(id);
      const log = run.events();
      if (log.length <= from && !run.outcome) {
        await unlessAborted(Promise.race([log.grown(from), run.ended.promise]), signal);
      }
      const page = log.read(from);
      return { ...page, ended: run.outcome !== null && page.next >= log.length };
    },
    async result(id, signal) {
      const run = find(id);
      await unlessAborted(run.ended.promise, signal);
      const { outcome } = run;
      if (outcome?.state === "done") return outcome.result;
      if (outcome?.state !== "failed") throw new WorkError("cancelled", "The run was cancelled.");
      const { code, message, name } = outcome.failure;
      throw new WorkerError(code, message, name);
    },
    async cancel(id) {
      const run = find(id);
      if (run.outcome) return;
      const attempt = running.get(run);
      if (attempt) {
        stop(attempt, "cancel", CANCEL_GRACE_MS);
        await attempt.finished;
      } else {
        waiting.splice(waiting.indexOf(run), 1);
        settle(run, { state: "cancelled", endedMs: Date.now() });
      }
    },
    async drain(graceMs) {
      draining = true;
      for (const attempt of running.values()) stop(attempt, "drain", graceMs);
      await Promise.all([...running.values()].map(({ finished }) => finished));
    },
    async [Symbol.asyncDispose]() {
      await store.drain(0);
      lock.close();
    },
  };
  pump();
  return store;
}

/** A run under way. */
interface Attempt {
  readonly controller: AbortController;
  /** Who stopped it, if anybody did. */
  stopped: "cancel" | "time" | "drain" | null;
  process: JobProcess | null;
  /** Why its events cannot be written down. */
  broken?: unknown;
  killTimer?: ReturnType<typeof setTimeout>;
  finished?: Promise<void>;
}

/** Attempts in a row that tell nothing new, after which a run has failed. */
const MOST_ATTEMPTS = 3;

/** What a step may take to stop before its process is killed. */
const CANCEL_GRACE_MS = 500;

/** A run whose time is over may write a checkpoint. */
const TIME_GRACE_MS = 5_000;

async function lockFolder(folder: string): Promise<Deno.FsFile> {
  const lock = await Deno.open(join(folder, "lock"), { create: true, write: true });
  if (await lock.tryLock(true)) return lock;
  lock.close();
  throw new WorkError("busy", `Another worker has the folder ${folder}: choose another --data.`);
}

function allEvents(log: EventLog): unknown[] {
  const all: unknown[] = [];
  while (all.length < log.length) all.push(...log.read(all.length).events);
  return all;
}

/** @throws The signal's reason. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function failureOf(error: unknown): RunFailure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
  return { name, code, message };
}
