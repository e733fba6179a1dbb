/**
 * A fleet on a NATS server, as those see it who submit jobs.
 *
 * @module
 */
import type { Job, Progress } from "../../gpu/mod.ts";
import type { FleetCredentials } from "./credentials.ts";
import {
  cancelled,
  closedError,
  type DeadLetter,
  type Fleet,
  type FleetEvent,
  type FleetWorker,
  idOf,
  MAX_DELIVERIES,
  noSuchJob,
  valueOf,
} from "./fleet.ts";
import {
  BUCKETS,
  JOBS,
  needsOf,
  queueOf,
  type StoredOrder,
  subjectOf,
  type Ticket,
  ticketOf,
} from "./layout.ts";
import { isFull, type NatsLink, openNatsLink } from "./nats_link.ts";
import { eventsOf, nextEvents } from "./nats_events.ts";
import { type KeptOrder, keysOf, type NatsStore, openNatsStore, subjectsOf } from "./nats_store.ts";

/** How long a cancelled job's worker has to say so. */
const CANCEL_MS = 1_000;

/** Opens the fleet at `url`; see `openNatsFleet`. */
export async function connectNatsFleet(
  url: string,
  credentials: FleetCredentials,
): Promise<Fleet> {
  const link = await openNatsLink(url, credentials, { name: `bottega ${credentials.role}` });
  return natsFleet(link, await openNatsStore(link));
}

/** The fleet behind a link, which it closes. */
export function natsFleet(link: NatsLink, store: NatsStore): Fleet {
  const queues = new Set<string>();
  const closing = new AbortController();

  async function enqueue(id: string, { work, needs, generation }: StoredOrder): Promise<void> {
    const queue = queueOf(needs);
    if (!queues.has(queue)) {
      await link.persist(() => link.streams.consumers.info(JOBS, queue));
      queues.add(queue);
    }
    const subject = subjectOf({ queue, work, id, generation });
    await link.persist(async () => {
      try {
        await link.jetstream.publish(subject, "");
      } catch (error) {
        // It stands in the queue already.
        if (!isFull(error)) throw error;
      }
    });
  }

  async function find(id: string): Promise<KeptOrder> {
    const kept = await store.order(id);
    if (kept) return kept;
    throw noSuchJob(id);
  }

  /** Begins the job's next life; somebody else may have done so already. */
  async function reopen(id: string, { order, revision }: KeptOrder): Promise<void> {
    const request = await store.requestOf(order);
    const next = { ...order, request, generation: order.generation + 1, cancelled: false };
    if (await store.putOrder(id, next, revision)) await enqueue(id, next);
  }

  /** Whether a job without an outcome is not in the queue either: then it had one, or never got there. */
  async function isForgotten(id: string, { work, needs, generation }: StoredOrder) {
    const last_by_subj = subjectOf({ queue: queueOf(needs), work, id, generation });
    const ticket = await link.persist(() =>
      link.streams.streams.getMessage(JOBS, { last_by_subj })
    );
    // The outcome is stored before the ticket is taken off.
    return ticket === null && await store.outcome({ id, generation }) === null;
  }

  async function workers(): Promise<FleetWorker[]> {
    const bucket = await link.bucket(BUCKETS.workers);
    const entries = await Promise.all(
      (await keysOf(link, BUCKETS.workers)).map((name) => link.persist(() => bucket.get(name))),
    );
    return entries
      .filter((entry) => entry !== null && entry.operation === "PUT")
      .map((entry) => entry!.json<FleetWorker>());
  }

  /** Waits until something may have changed for this job. */
  function news(id: string, signal: AbortSignal | undefined) {
    return hearNews(link, id, AbortSignal.any([closing.signal, ...(signal ? [signal] : [])]));
  }

  async function* follow(id: string, from: number, signal?: AbortSignal) {
    await find(id);
    using heard = news(id, signal);
    let seq = 0;
    let index = 0;
    let isNew = true;
    for (let ended = false;;) {
      heard.reset();
      const next = await nextEvents(link, id, seq);
      if (next) {
        seq = next.seq;
        for (const event of next.events) {
          if (index >= from) yield { index, event } satisfies FleetEvent;
          index++;
        }
      } else if (ended) return;
      else {
        const { order } = await find(id);
        // Events are kept before the outcome is: what comes now is the rest.
        ended = await store.outcome({ id, generation: order.generation }) !== null;
        if (isNew && !ended) ended = await isForgotten(id, order);
        isNew = false;
        if (!ended) await heard.next(order.cancelled ? CANCEL_MS : undefined);
        ended ||= order.cancelled;
      }
    }
  }

  return {
    data: store.data,
    async submit(job) {
      const id = await idOf(job);
      const { work, request, data = [], needs = [], maxDeliveries = MAX_DELIVERIES } = job;
      const order = { work, request, data, needs, maxDeliveries, generation: 1, cancelled: false };
      if (await store.putOrder(id, order)) {
        await enqueue(id, order);
        return id;
      }
      const known = await find(id);
      if (known.order.cancelled) await reopen(id, known);
      else if (!await store.outcome({ id, generation: known.order.generation })) {
        if (await isForgotten(id, known.order)) await reopen(id, known);
      }
      return id;
    },
    async result(id, { signal, onProgress }: Job = {}) {
      using heard = news(id, signal);
      using _told = onProgress && hearProgress(link, id, onProgress);
      let cancelledAt = Infinity;
      let lookedAt = -Infinity;
      for (;;) {
        heard.reset();
        const kept = await find(id);
        const { order } = kept;
        const outcome = await store.outcome({ id, generation: order.generation });
        if (outcome) return valueOf(id, outcome);
        if (!order.cancelled) cancelledAt = Infinity;
        else if (performance.now() - cancelledAt >= CANCEL_MS) throw cancelled(id);
        else cancelledAt = Math.min(cancelledAt, performance.now());
        if (!order.cancelled && performance.now() - lookedAt >= LOOK_MS) {
          lookedAt = performance.now();
          if (await isForgotten(id, order)) await reopen(id, kept);
        }
        await heard.next(order.cancelled ? CANCEL_MS : undefined);
      }
    },
    events: (id, { from = 0, signal } = {}) => follow(id, from, signal),
    async cancel(id) {
      for (;;) {
        const { order, revision } = await find(id);
        if (order.cancelled || await store.outcome({ id, generation: order.generation })) return;
        const request = await store.requestOf(order);
        if (await store.putOrder(id, { ...order, request, cancelled: true }, revision)) return;
      }
    },
    async state(id) {
      const { order } = await find(id);
      const outcome = await store.outcome({ id, generation: order.generation });
      if (outcome) return outcome.state;
      if (order.cancelled) return "cancelled";
      if ((await workers()).some(({ running }) => running.includes(id))) return "running";
      return await isForgotten(id, order) ? "forgotten" : "queued";
    },
    async jobs() {
      const tickets = newest((await subjectsOf(link, JOBS, "jobs.>")).map(ticketOf));
      // A server that was killed may show tickets again that were taken off before.
      const ended = await Promise.all(tickets.map((ticket) => store.outcome(ticket)));
      const open = tickets.filter((_, i) => ended[i] === null);
      const running = new Set((await workers()).flatMap(({ running }) => running));
      return open.map(({ id, work, queue }) => ({
        id,
        work,
        needs: needsOf(queue),
        state: running.has(id) ? "running" : "queued",
      }));
    },
    workers,
    async deadLetters() {
      const found = await Promise.all(
        (await store.deaths()).map(async ({ id, generation, death }) => {
          const kept = await store.order(id);
          if (!kept || kept.order.generation !== generation) return [];
          const { deliveries, code, message, diedMs } = death;
          return [{ id, work: kept.order.work, deliveries, code, message, diedMs } as DeadLetter];
        }),
      );
      return found.flat();
    },
    async requeue(id) {
      const kept = await find(id);
      const outcome = await store.outcome({ id, generation: kept.order.generation });
      const isOver = kept.order.cancelled || outcome?.state === "dead" ||
        (outcome === null && await isForgotten(id, kept.order));
      if (isOver) await reopen(id, kept);
    },
    async [Symbol.asyncDispose]() {
      closing.abort(closedError());
      await link[Symbol.asyncDispose]();
    },
  };
}

/** Word that a job may have changed. */
interface News extends Disposable {
  /** Forgets what was heard so far. */
  reset(): void;
  /** Waits for word since the last `reset`, at most so long. */
  next(mostMs?: number): Promise<void>;
}

/** Messages can be missed while the server is away: one looks again now and then in any case. */
const LOOK_MS = 30_000;

function hearNews(link: NatsLink, id: string, signal: AbortSignal): News {
  let heard = Promise.withResolvers<void>();
  const subjects = [`$KV.results.${id}.*`, `$KV.orders.${id}`, eventsOf(id)];
  // Word comes before the store has what it tells of: one looks at once, and a few times more.
  let looks = 0;
  const unhear = link.hear(subjects, () => {
    looks = 4;
    heard.resolve();
  });
  const wake = () => heard.resolve();
  signal.addEventListener("abort", wake);
  return {
    reset() {
      heard = Promise.withResolvers();
    },
    async next(mostMs = LOOK_MS) {
      signal.throwIfAborted();
      const soonMs = looks > 0 ? 50 * 4 ** (4 - looks--) : Infinity;
      const timer = setTimeout(wake, Math.min(mostMs, soonMs));
      await heard.promise;
      clearTimeout(timer);
      signal.throwIfAborted();
    },
    [Symbol.dispose]() {
      signal.removeEventListener("abort", wake);
      unhear();
    },
  };
}

function hearProgress(
  { connection }: NatsLink,
  id: string,
  onProgress: (progress: Progress) => void,
): Disposable {
  const subscription = connection.subscribe(`progress.${id}`, {
    callback: (error, message) => {
      if (!error) onProgress(message.json<Progress>());
    },
  });
  return {
    [Symbol.dispose]: () => {
      if (!connection.isClosed()) subscription.unsubscribe();
    },
  };
}

/** Of each job the last life. */
function newest(tickets: readonly Ticket[]): Ticket[] {
  const last = new Map<string, Ticket>();
  for (const ticket of tickets) {
    const known = last.get(ticket.id);
    if (!known || known.generation < ticket.generation) last.set(ticket.id, ticket);
  }
  return [...last.values()];
}
