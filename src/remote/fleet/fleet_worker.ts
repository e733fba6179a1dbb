/**
 * A worker of a fleet on a NATS server: takes jobs, runs them, stores their results. It may be killed at
 * any time.
 *
 * @module
 */
import type { Progress } from "../../gpu/mod.ts";
import { canonicalJson, type WorkContext, type WorkNeed, type Works } from "../work.ts";
import { failureOf, isFinal, keptChooser, restMs, runHere, type RunWork } from "./attempt.ts";
import type { FleetCredentials } from "./credentials.ts";
import { brief, type FleetWorker, type Outcome } from "./fleet.ts";
import { type Lease, takeLease } from "./lease.ts";
import { BUCKETS, JOBS, queuesFor, type StoredOrder } from "./layout.ts";
import { type NatsLink, openNatsLink } from "./nats_link.ts";
import { natsRunFiles } from "./nats_run_files.ts";
import { type NatsStore, openNatsStore } from "./nats_store.ts";

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
  /** Where works compute; the GPU of this machine by default. */
  readonly chooseGpu?: WorkContext["chooseGpu"];
  /** How works are run, on this thread by default: then a work must let timers fire, or another worker
   * takes its job. */
  readonly run?: RunWork;
  /** When it aborts the worker takes no more jobs, and ends when those that run have. */
  readonly signal?: AbortSignal;
  /** How long those have then before they are given back, 20 seconds by default. */
  readonly graceMs?: number;
  /** Told what the worker does, a line each. */
  readonly log?: (line: string) => void;
}

/** How often a worker says that it lives. */
const PRESENCE_MS = 5_000;

/** How often it tells a job's progress. */
const PROGRESS_MS = 250;

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
  const { credentials, has = [], slots = 1, device = null, log = () => {} } = options;
  const { signal = new AbortController().signal, graceMs = 20_000 } = options;
  const name = options.name ?? `worker-${crypto.randomUUID().slice(0, 8)}`;
  await using link = await openNatsLink(url, credentials, { name });
  const store = await openNatsStore(link);
  const queues = queuesFor(has);
  const leaseMs = await shortestLease(link, queues);

  const running = new Set<string>();
  const sinceMs = Date.now();
  let ended = 0;
  const workers = await link.bucket(BUCKETS.workers);
  const present = () => {
    const told: FleetWorker = {
      name,
      device,
      has,
      works: Object.keys(works),
      slots,
      running: [...running],
      ended,
      sinceMs,
      seenMs: Date.now(),
    };
    workers.put(name, JSON.stringify(told)).catch((error) => {
      log(`the fleet was not told of this worker: ${failureOf(error).message}`);
    });
  };
  present();
  const presence = setInterval(present, PRESENCE_MS);

  const interrupt = new AbortController();
  let graceTimer: ReturnType<typeof setTimeout> | undefined;
  const drain = () => {
    if (running.size > 0) log(`ends when ${running.size} running jobs have`);
    graceTimer = setTimeout(() => interrupt.abort(DRAINED), graceMs);
  };
  signal.addEventListener("abort", drain, { once: true });

  const worker: WorkerParts = {
    link,
    store,
    leaseMs,
    run: options.run ?? runHere(works),
    chooseGpu: options.chooseGpu ?? keptChooser(),
    interrupt: interrupt.signal,
    log,
  };
  async function serve(): Promise<void> {
    while (!signal.aborted) {
      const lease = await takeLease(link, queues, signal);
      if (!lease) continue;
      running.add(lease.ticket.id);
      present();
      try {
        await serveJob(worker, lease);
        ended++;
      } finally {
        running.delete(lease.ticket.id);
      }
    }
  }
  log(`takes jobs of ${queues.join(", ")} as ${name}`);
  try {
    await Promise.all(Array.from({ length: slots }, serve));
    await link.persist(() => workers.delete(name), { patienceMs: 0 });
  } finally {
    clearInterval(presence);
    clearTimeout(graceTimer);
    signal.removeEventListener("abort", drain);
  }
}

interface WorkerParts {
  readonly link: NatsLink;
  readonly store: NatsStore;
  readonly leaseMs: number;
  readonly run: RunWork;
  readonly chooseGpu: WorkContext["chooseGpu"];
  /** Aborts when running jobs must be given back. */
  readonly interrupt: AbortSignal;
  readonly log: (line: string) => void;
}

/** Why a job was stopped that another worker shall go on with. */
const DRAINED = new DOMException("the worker ends", "AbortError");

/** Why a job was stopped that is not wanted any more. */
const UNWANTED = new DOMException("the job was cancelled", "AbortError");

/** For as long as it takes: a result must not be lost because the server was away. */
const PATIENCE = { patienceMs: Infinity };

/** Runs one job to its end, whatever that is. */
async function serveJob(worker: WorkerParts, lease: Lease): Promise<void> {
  const { link, store, leaseMs, log } = worker;
  const { ticket, deliveries } = lease;
  const heartbeat = setInterval(() => lease.hold(), leaseMs / 3);
  try {
    const kept = await store.order(ticket.id, PATIENCE);
    const order = kept?.order;
    // A ticket of a life that is over: the job was queued anew since.
    if (!order || order.generation !== ticket.generation) return await lease.end();
    const known = await store.outcome(ticket, PATIENCE);
    if (known?.state === "dead") await store.putOutcome(ticket, known, PATIENCE);
    if (known) return await lease.end();

    const outcome = order.cancelled
      ? { state: "cancelled" as const }
      : deliveries > order.maxDeliveries
      ? death(deliveries - 1, new Error("each of its workers ended while it ran"))
      : await attempt(worker, lease, order);
    if (outcome === "stale") return await lease.end();
    if (outcome === "again") return lease.giveBack(restMs(deliveries));
    if (outcome === "drained") return lease.giveBack(0);
    await store.putOutcome(ticket, outcome, PATIENCE);
    log(`${order.work} ${brief(ticket.id)}: ${outcome.state}`);
    await lease.end();
  } catch (error) {
    // The job goes to whoever takes it next.
    log(`${ticket.work} ${brief(ticket.id)}: ${failureOf(error).message}`);
    lease.giveBack(restMs(deliveries));
  } finally {
    clearInterval(heartbeat);
    if (!link.connection.isClosed()) await link.connection.flush();
  }
}

/** Runs the work once. */
async function attempt(
  { link, store, run, chooseGpu, interrupt, log }: WorkerParts,
  { ticket, deliveries }: Lease,
  order: StoredOrder,
): Promise<Outcome | "again" | "drained" | "stale"> {
  const { id, generation } = ticket;
  const unwanted = new AbortController();
  const unhear = link.hear([`$KV.orders.${id}`], () => {
    store.order(id).then((kept) => {
      if (kept?.order.cancelled || kept?.order.generation !== generation) unwanted.abort(UNWANTED);
    }).catch((error) => log(`${brief(id)} was not looked after: ${failureOf(error).message}`));
  });
  const signal = AbortSignal.any([unwanted.signal, interrupt]);
  const files = natsRunFiles(link, id, 1_000_000 * generation + deliveries);
  const telling = new Set<Promise<void>>();
  const report = progressTeller(link, id);
  try {
    const request = await store.requestOf(order);
    const context: WorkContext = {
      signal,
      onProgress: report,
      chooseGpu,
      files,
      data: store.data,
      told: deliveries > 1 || generation > 1 ? await toldBefore(store, id) : [],
      emit(event) {
        const told = store.tell(id, JSON.parse(canonicalJson(event, "the event")), PATIENCE);
        telling.add(told);
        told.then(() => telling.delete(told), (error) => unwanted.abort(error));
      },
    };
    signal.throwIfAborted();
    const stopped = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
    const value = await Promise.race([run({ ...order, request }, context), stopped]);
    await files.flush();
    await Promise.all(telling);
    return { state: "done", value };
  } catch (error) {
    if (signal.reason === DRAINED) {
      await files.flush();
      return "drained";
    }
    if (signal.reason === UNWANTED) {
      const kept = await store.order(id, PATIENCE);
      return kept?.order.generation === generation ? { state: "cancelled" } : "stale";
    }
    log(`${order.work} ${brief(id)}, attempt ${deliveries}: ${failureOf(error).message}`);
    if (isFinal(error) || deliveries >= order.maxDeliveries) return death(deliveries, error);
    return "again";
  } finally {
    unhear();
  }
}

function death(deliveries: number, error: unknown): Outcome {
  return { state: "dead", deliveries, diedMs: Date.now(), ...failureOf(error) };
}

/** What earlier attempts told. */
async function toldBefore(store: NatsStore, id: string): Promise<unknown[]> {
  const told: unknown[] = [];
  for (let next = await store.nextEvent(id, 0); next; next = await store.nextEvent(id, next.seq)) {
    told.push(next.event);
  }
  return told;
}

/** Progress is for whoever listens now; it is not kept. */
function progressTeller({ connection }: NatsLink, id: string): (progress: Progress) => void {
  let toldAt = -Infinity;
  return (progress) => {
    const now = performance.now();
    const over = progress.total > 0 && progress.done >= progress.total;
    if (connection.isClosed() || (!over && now - toldAt < PROGRESS_MS)) return;
    toldAt = now;
    connection.publish(`progress.${id}`, JSON.stringify(progress));
  };
}

/** How long a worker may be silent before its jobs are given to others, in milliseconds. */
async function shortestLease(link: NatsLink, queues: readonly string[]): Promise<number> {
  const infos = await Promise.all(
    queues.map((queue) => link.persist(() => link.streams.consumers.info(JOBS, queue))),
  );
  return Math.min(...infos.map(({ config }) => (config.ack_wait ?? 30e9) / 1e6));
}
