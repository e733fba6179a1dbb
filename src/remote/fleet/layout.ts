/**
 * How a fleet lies on a NATS server: a queue of tickets, stores by key, objects by hash. All of it
 * keeps to what version 2.9 of the server has, and nothing but the queue is read through consumers, so
 * that what each role may do can be said subject by subject.
 *
 * @module
 */
import type { FleetJob } from "./fleet.ts";
import { WORK_NEEDS, type WorkNeed } from "../work.ts";

/** The stream of tickets: `jobs.<queue>.<work>.<id>.<generation>`, each once until it is acknowledged. */
export const JOBS = "JOBS";

/** The stream of what jobs tell: `events.<id>`. */
export const EVENTS = "EVENTS";

/** The stores by key. */
export const BUCKETS = {
  /** {@linkcode StoredOrder} by job. */
  orders: "orders",
  /** {@linkcode StoredOutcome} by job and generation; created, never changed. */
  results: "results",
  /** Dead letters by job and generation. */
  dead: "dead",
  /** Workers by name; who is not heard of is forgotten. */
  workers: "workers",
  /** The files of a job by their path, by job. */
  runs: "runs",
} as const;

/** The object stores: what is named by hash, and the files of jobs. */
export const OBJECTS = { blobs: "blobs", runs: "runs" } as const;

/** How long a fleet keeps results unless it is told otherwise: 30 days, in milliseconds. */
export const KEEP_MS = 30 * 24 * 3_600_000;

/**
 * How long each stream keeps what is in it, in times that the fleet keeps results. A blob outlives the
 * results that name it, and an order all that came of it: what is forgotten can be computed again.
 */
export const KEEPING = {
  [`KV_${BUCKETS.results}`]: 1,
  [`KV_${BUCKETS.dead}`]: 1,
  [EVENTS]: 1,
  [`KV_${BUCKETS.runs}`]: 1,
  [`OBJ_${OBJECTS.runs}`]: 1,
  [`OBJ_${OBJECTS.blobs}`]: 2,
  [`KV_${BUCKETS.orders}`]: 4,
  [JOBS]: 4,
} as const;

/** Larger values go to the object store. */
export const INLINE_BYTES = 512 * 1024;

/** A job as it is kept, and which of its lives this is: a job that is queued anew begins another. */
export interface StoredOrder {
  readonly work: string;
  /** The request, or the hash of its JSON. */
  readonly request?: unknown;
  readonly requestBlob?: string;
  readonly data: readonly string[];
  readonly needs: readonly WorkNeed[];
  readonly maxDeliveries: number;
  readonly generation: number;
  readonly cancelled: boolean;
}

/** What stands for an outcome whose value is too large to be kept by key. */
export interface LargeOutcome {
  readonly state: "done";
  /** The hash of its JSON. */
  readonly valueBlob: string;
}

/** A place in the queue. */
export interface Ticket {
  readonly queue: string;
  readonly work: string;
  readonly id: string;
  readonly generation: number;
}

/** The queue of jobs with these needs. */
export function queueOf(needs: FleetJob["needs"] = []): string {
  return [...new Set(needs)].sort().join("-") || "any";
}

/** The queues that a worker serves which has these, the most demanding first. */
export function queuesFor(has: readonly WorkNeed[]): string[] {
  const sets = [...new Set(has)].sort().reduce<WorkNeed[][]>(
    (sets, need) => [...sets, ...sets.map((set) => [...set, need])],
    [[]],
  );
  return sets.sort((a, b) => b.length - a.length).map(queueOf);
}

/** Every queue that there is. */
export const QUEUES = queuesFor(WORK_NEEDS);

/** What jobs of a queue need. */
export function needsOf(queue: string): WorkNeed[] {
  return WORK_NEEDS.filter((need) => queue.split("-").includes(need));
}

/** The subject of a ticket. */
export function subjectOf({ queue, work, id, generation }: Ticket): string {
  return `jobs.${queue}.${work}.${id}.${generation}`;
}

/** The ticket of a subject. */
export function ticketOf(subject: string): Ticket {
  const [, queue = "", work = "", id = "", generation = ""] = subject.split(".");
  return { queue, work, id, generation: Number(generation) };
}

/** Where the outcome of one life of a job is kept. */
export function outcomeKey({ id, generation }: Pick<Ticket, "id" | "generation">): string {
  return `${id}.${generation}`;
}
