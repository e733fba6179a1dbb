/**
 * What a worker does with a job in its hands: it runs it, holds it meanwhile, stores the outcome once,
 * and only then takes the job off the queue.
 *
 * @module
 */
import { failureOf, isFinal, restMs } from "./attempt.ts";
import { brief, type Outcome } from "./fleet.ts";
import { type JobRunner, PATIENCE } from "./fleet_job.ts";
import type { StoredOrder } from "./layout.ts";
import type { Lease } from "./lease.ts";
import type { NatsLink } from "./nats_link.ts";
import type { NatsStore } from "./nats_store.ts";

/** What the worker has for its jobs. */
export interface LeaseServer {
  readonly link: NatsLink;
  readonly store: NatsStore;
  /** How long it may be silent. */
  readonly leaseMs: number;
  /** A runner that is free. */
  readonly runner: () => Promise<JobRunner>;
  /** Aborts when running jobs must be given back. */
  readonly interrupt: AbortSignal;
  readonly log: (line: string) => void;
}

/** Why a job is stopped that is not wanted any more. */
const UNWANTED = new DOMException("the job was cancelled", "AbortError");

/** How long a work may take to stop before it is ended: a cancelled one, and one that may save. */
const CANCEL_MS = 700;
const SAVE_MS = 5_000;

/** Runs one job to its end, whatever that is. */
export async function serveLease(server: LeaseServer, lease: Lease): Promise<void> {
  const { store, leaseMs, log, link } = server;
  const { ticket, deliveries } = lease;
  const heartbeat = setInterval(() => lease.hold(), leaseMs / 3);
  try {
    const [kept, known] = await Promise.all([
      store.order(ticket.id, PATIENCE),
      store.outcome(ticket, PATIENCE),
    ]);
    const order = kept?.order;
    // The ticket of a life that is over: the job was queued anew since.
    if (!order || order.generation !== ticket.generation) return await lease.end();
    if (known) {
      if (known.state === "dead") await store.putOutcome(ticket, known, PATIENCE);
      return await lease.end();
    }
    const end = order.cancelled
      ? { state: "cancelled" as const }
      : deliveries > order.maxDeliveries
      ? death(deliveries - 1, new Error("each of its workers ended while it ran"))
      : await attempt(server, lease, order);
    if (end === "stale") return await lease.end();
    if (end === "again") return lease.giveBack(restMs(deliveries));
    if (end === "interrupted") return lease.giveBack(0);
    // It is in other hands: what is said of it from here would be taken for theirs.
    if (end === "lost") return;
    const first = await store.putOutcome(ticket, end, PATIENCE);
    log(`${order.work} ${brief(ticket.id)}: ${first ? end.state : "ended by another worker"}`);
    await lease.end();
  } catch (error) {
    // Whoever takes it next goes on with it.
    log(`${ticket.work} ${brief(ticket.id)}: ${failureOf(error).message}`);
    lease.giveBack(restMs(deliveries));
  } finally {
    clearInterval(heartbeat);
    if (!link.connection.isClosed()) {
      await link.persist(() => link.connection.flush(), PATIENCE);
    }
  }
}

/** Runs the work once; `stale` where the job began another life meanwhile. */
async function attempt(
  { link, store, runner, interrupt, log }: LeaseServer,
  { ticket, deliveries }: Lease,
  order: StoredOrder,
): Promise<Outcome | "again" | "interrupted" | "stale" | "lost"> {
  const { id, generation } = ticket;
  const unwanted = new AbortController();
  const look = async () => {
    const kept = await store.order(id, PATIENCE);
    if (kept?.order.cancelled || kept?.order.generation !== generation) unwanted.abort(UNWANTED);
  };
  const lookOrLog = () =>
    look().catch((error) => log(`${brief(id)} was not looked after: ${failureOf(error).message}`));
  const unhear = link.hear([`$KV.orders.${id}`], () => {
    // Word comes before the store has what it tells of.
    for (const ms of [0, 100, 500]) setTimeout(lookOrLog, ms);
  });
  const signal = AbortSignal.any([unwanted.signal, interrupt]);
  try {
    const used = await runner();
    const run = used.run({ ticket, order, deliveries }, { signal });
    const late = lateAfter(signal, () => interrupt.aborted ? SAVE_MS : CANCEL_MS);
    try {
      return { state: "done", value: await Promise.race([run, late.promise]) };
    } catch (error) {
      if (error === LATE) used.close();
      throw error;
    } finally {
      late.clear();
    }
  } catch (error) {
    if (unwanted.signal.aborted) {
      const kept = await store.order(id, PATIENCE);
      return kept?.order.generation === generation ? { state: "cancelled" } : "stale";
    }
    if (interrupt.aborted) return "interrupted";
    if (failureOf(error).code === "lost-lease") return "lost";
    log(`${order.work} ${brief(id)}, attempt ${deliveries}: ${failureOf(error).message}`);
    if (isFinal(error) || deliveries >= order.maxDeliveries) return death(deliveries, error);
    return "again";
  } finally {
    unhear();
  }
}

/** Rejects when a work was asked to stop and has not. */
function lateAfter(signal: AbortSignal, mostMs: () => number) {
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => timer = setTimeout(() => reject(LATE), mostMs());
  if (signal.aborted) begin();
  else signal.addEventListener("abort", begin, { once: true });
  const clear = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", begin);
  };
  return { promise, clear };
}

const LATE = new Error("the work did not stop when it was asked to");

function death(deliveries: number, error: unknown): Outcome {
  return { state: "dead", deliveries, diedMs: Date.now(), ...failureOf(error) };
}
