/**
 * A fleet of this process: what there is without a server, and what the other fleets are measured by.
 *
 * @module
 */
import { memoryBlobStore } from "../blob_store.ts";
import { canonicalJson, type WorkContext, type WorkNeed, type Works } from "../work.ts";
import { failureOf, isFinal, keptChooser, restMs, runHere, type RunWork } from "./attempt.ts";
import { closedError, type Fleet, idOf, MAX_DELIVERIES, noSuchJob } from "./fleet.ts";
import { FleetError } from "./fleet_error.ts";
import { createLocalJob, type LocalJob } from "./local_job.ts";

/** How a fleet of this process works. */
export interface LocalFleetOptions {
  /** How many jobs run side by side, 1 by default. */
  readonly workers?: number;
  /** What this machine has; all by default. */
  readonly has?: readonly WorkNeed[];
  /** Where works compute; the GPU of this machine by default. */
  readonly chooseGpu?: WorkContext["chooseGpu"];
  /** How works are run, on this thread by default. */
  readonly run?: RunWork;
}

/**
 * Opens a fleet whose workers are of this process. It forgets everything when the process ends.
 *
 * @example
 * ```ts
 * import * as v from "valibot";
 * import { openLocalFleet } from "bottega";
 * const double = { schema: v.number(), run: (n: number) => Promise.resolve(2 * n) };
 * await using fleet = openLocalFleet({ double }, { workers: 2 });
 * const id = await fleet.submit({ work: "double", request: 21 });
 * console.log(await fleet.result(id)); // 42
 * ```
 */
export function openLocalFleet(works: Works, options: LocalFleetOptions = {}): Fleet {
  const { workers = 1, has = ["gpu", "sandbox"], run = runHere(works) } = options;
  const choose = options.chooseGpu ?? keptChooser();
  const data = memoryBlobStore();
  const jobs = new Map<string, LocalJob>();
  const queue: LocalJob[] = [];
  const sinceMs = Date.now();
  const running = new Set<Attempt>();
  let ended = 0;
  let closed = false;

  const find = (id: string): LocalJob => {
    const job = jobs.get(id);
    if (job) return job;
    throw noSuchJob(id);
  };
  const enqueue = (job: LocalJob) => {
    job.reopen();
    queue.push(job);
    next();
  };
  const next = () => {
    while (!closed && running.size < workers && queue.length > 0) {
      const job = queue.shift();
      if (!job || job.outcome) continue;
      const begun = { job, signal: job.signal };
      running.add(begun);
      attempt(begun).finally(() => {
        running.delete(begun);
        next();
      });
    }
  };

  const isRunning = (job: LocalJob) =>
    [...running].some((attempt) => attempt.job === job && !attempt.signal.aborted);

  async function attempt({ job, signal }: Attempt): Promise<void> {
    const { order, files } = job;
    const deliveries = ++job.deliveries;
    const context: WorkContext = {
      signal,
      onProgress: (progress) => job.tellProgress(progress),
      chooseGpu: choose,
      files,
      data,
      told: [...job.events],
      emit: (event) => {
        const told = JSON.parse(canonicalJson(event, "the event"));
        if (!signal.aborted) job.tell(told);
      },
    };
    try {
      const missing = (order.needs ?? []).find((need) => !has.includes(need));
      if (missing) throw new FleetError("bad-job", `No worker of this fleet has a ${missing}.`);
      const value = await run(order, context);
      if (signal.aborted) return;
      job.end({ state: "done", value });
      ended++;
    } catch (error) {
      // A job that was cancelled may be queued anew by now: this attempt is none of its.
      if (signal.aborted) return;
      const most = order.maxDeliveries ?? MAX_DELIVERIES;
      if (isFinal(error) || deliveries >= most) {
        job.end({ state: "dead", deliveries, diedMs: Date.now(), ...failureOf(error) });
        ended++;
      } else {
        setTimeout(() => {
          if (closed || job.outcome) return;
          queue.push(job);
          next();
        }, restMs(deliveries));
      }
    }
  }

  return {
    data,
    async submit(order) {
      if (closed) throw closedError();
      const id = await idOf(order);
      const known = jobs.get(id);
      if (known) {
        if (known.outcome?.state === "cancelled") enqueue(known);
        return id;
      }
      const job = createLocalJob(id, structuredClone(order));
      jobs.set(id, job);
      enqueue(job);
      return id;
    },
    // deno-lint-ignore require-await -- an unknown id must reject, not throw
    async result(id, job = {}) {
      return find(id).wait(job);
    },
    events: (id, { from = 0, signal } = {}) => find(id).follow(from, signal),
    // deno-lint-ignore require-await -- an unknown id must reject, not throw
    async cancel(id) {
      find(id).end({ state: "cancelled" });
    },
    // deno-lint-ignore require-await -- an unknown id must reject, not throw
    async state(id) {
      const job = find(id);
      return job.outcome?.state ?? (isRunning(job) ? "running" : "queued");
    },
    jobs: () =>
      Promise.resolve(
        [...jobs.values()].filter(({ outcome }) => !outcome).map((job) => ({
          id: job.id,
          work: job.order.work,
          needs: job.order.needs ?? [],
          state: isRunning(job) ? "running" as const : "queued" as const,
        })),
      ),
    workers: () =>
      Promise.resolve([{
        name: "this process",
        device: null,
        has,
        works: Object.keys(works),
        slots: workers,
        running: [...running].map(({ job }) => job.id),
        ended,
        freeBytes: null,
        load: null,
        sinceMs,
        seenMs: Date.now(),
      }]),
    deadLetters: () =>
      Promise.resolve(
        [...jobs.values()].flatMap(({ id, order: { work }, outcome }) =>
          outcome?.state === "dead" ? [{ id, work, ...outcome }] : []
        ),
      ),
    // deno-lint-ignore require-await -- an unknown id must reject, not throw
    async requeue(id) {
      const job = find(id);
      if (job.outcome?.state === "dead" || job.outcome?.state === "cancelled") enqueue(job);
    },
    [Symbol.asyncDispose]() {
      closed = true;
      for (const job of jobs.values()) job.close(closedError());
      return Promise.resolve();
    },
  };
}

interface Attempt {
  readonly job: LocalJob;
  /** Of this attempt alone. */
  readonly signal: AbortSignal;
}
