/**
 * A worker of a fleet on a NATS server: takes jobs, runs them, stores their results. It may be killed at
 * any time.
 *
 * @module
 */
import type { DeviceChoice } from "../../gpu/mod.ts";
import type { WorkNeed, Works } from "../work.ts";
import type { FleetCredentials } from "./credentials.ts";
import { type JobRunner, runnerHere } from "./fleet_job.ts";
import { chooserFor, runnerInThread } from "./fleet_thread.ts";
import { takeLease } from "./lease.ts";
import { JOBS, queuesFor } from "./layout.ts";
import { type NatsLink, openNatsLink } from "./nats_link.ts";
import { openNatsStore } from "./nats_store.ts";
import { announce } from "./presence.ts";
import { type LeaseServer, serveLease } from "./serve_lease.ts";

/** How a worker works. */
export interface FleetWorkerOptions {
  readonly credentials: FleetCredentials;
  /** What its machine has; nothing by default. */
  readonly has?: readonly WorkNeed[];
  /** How many jobs it runs side by side, 1 by default. */
  readonly slots?: number;
  /** Its name among the workers, of letters, digits, `_` and `-`; one of its own by default. */
  readonly name?: string;
  /** What it computes on, to be shown. */
  readonly device?: string | null;
  /** Where works compute, whatever they ask; `auto`, the default, leaves it to them. */
  readonly compute?: DeviceChoice;
  /** Whether works run in a thread for each slot, which knows `WORKS` alone; on this thread by default:
   * then they must let timers fire, or others take their jobs. */
  readonly threads?: boolean;
  /** When it aborts the worker takes no more jobs, and ends when those that run have. */
  readonly signal?: AbortSignal;
  /** How long those have then before they are given back, 20 seconds by default. */
  readonly graceMs?: number;
  /** Told what the worker does, a line each. */
  readonly log?: (line: string) => void;
}

/** Workers are often started together with their server. */
const START_MS = 60_000;

/**
 * Runs jobs of the fleet at `url` until `signal` aborts.
 *
 * @throws {FleetError} "unreachable", "refused", "no-fleet".
 */
export async function runFleetWorker(
  url: string,
  works: Works,
  options: FleetWorkerOptions,
): Promise<void> {
  const { credentials, has = [], slots = 1, device = null, compute = "auto" } = options;
  const { signal = new AbortController().signal, graceMs = 20_000, threads = false } = options;
  const { log = () => {} } = options;
  const name = options.name ?? `worker-${crypto.randomUUID().slice(0, 8)}`;
  await using link = await openNatsLink(url, credentials, { name, patienceMs: START_MS });
  const queues = queuesFor(has);
  const interrupt = new AbortController();
  const server: Omit<LeaseServer, "runner"> = {
    link,
    store: await openNatsStore(link),
    leaseMs: await shortestLease(link, queues),
    interrupt: interrupt.signal,
    log,
  };
  const running = new Set<string>();
  let ended = 0;
  const about = { name, device, has, works: Object.keys(works), slots };
  await using _presence = await announce(
    link,
    () => ({ ...about, running: [...running], ended }),
    log,
  );

  let graceTimer: ReturnType<typeof setTimeout> | undefined;
  const drain = () => {
    if (running.size > 0) log(`takes no more jobs; ${running.size} are running`);
    graceTimer = setTimeout(() => interrupt.abort(), graceMs);
  };
  signal.addEventListener("abort", drain, { once: true });

  async function serve(slot: number): Promise<void> {
    using runners = keepRunner(() =>
      threads
        ? Promise.resolve(runnerInThread({ url, credentials, name: `${name}-${slot}`, compute }))
        : runnerHere(link, works, chooserFor(compute))
    );
    while (!signal.aborted) {
      const lease = await takeLease(link, queues, signal);
      if (!lease) continue;
      running.add(lease.ticket.id);
      await serveLease({ ...server, runner: runners.get }, lease);
      running.delete(lease.ticket.id);
      ended++;
    }
  }
  log(`${name} takes jobs of ${queues.join(", ")}`);
  try {
    await Promise.all(Array.from({ length: slots }, (_, slot) => serve(slot)));
  } finally {
    clearTimeout(graceTimer);
    signal.removeEventListener("abort", drain);
  }
}

/** One runner, made anew after it was closed. */
function keepRunner(make: () => Promise<JobRunner>) {
  let kept: JobRunner | null = null;
  return {
    async get(): Promise<JobRunner> {
      if (kept) return kept;
      const made = await make();
      kept = {
        run: (attempt, job) => made.run(attempt, job),
        close() {
          kept = null;
          made.close();
        },
      };
      return kept;
    },
    [Symbol.dispose]: () => kept?.close(),
  };
}

/** How long a worker may be silent before its jobs are given to others, in milliseconds. */
async function shortestLease(link: NatsLink, queues: readonly string[]): Promise<number> {
  const infos = await Promise.all(
    queues.map((queue) => link.persist(() => link.streams.consumers.info(JOBS, queue))),
  );
  return Math.min(...infos.map(({ config }) => (config.ack_wait ?? 30e9) / 1e6));
}
