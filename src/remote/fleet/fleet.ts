/**
 * A fleet: a queue of jobs, workers that take them, and one result for each job. What a fleet promises
 * is the same whether its workers are of this process or on a hundred machines.
 *
 * @module
 */
import type { Job } from "../../gpu/mod.ts";
import { type BlobStore, workId, type WorkNeed, type WorkOrder } from "../work.ts";
import { FleetError } from "./fleet_error.ts";

/** A job as it is submitted. Its name is `workId` of its order: what was done is not done again. */
export interface FleetJob extends WorkOrder {
  /** What the worker must have; its machine is found by it. */
  readonly needs?: readonly WorkNeed[];
  /** How often it may be begun, 3 by default; then it is a dead letter. */
  readonly maxDeliveries?: number;
}

/** How often a job may be begun unless it says so itself. */
export const MAX_DELIVERIES = 3;

/** Where a job stands; `forgotten` is one whose result is too old to be kept, asked for it runs again. */
export type JobState = "queued" | "running" | "done" | "cancelled" | "dead" | "forgotten";

/** A job in the queue: it has no result yet, or its worker died before it could take it off. */
export interface OpenJob {
  readonly id: string;
  readonly work: string;
  readonly needs: readonly WorkNeed[];
  readonly state: "queued" | "running";
}

/** What a job told while it ran. */
export interface FleetEvent {
  /** The first one is 0; the next to ask for is one more. */
  readonly index: number;
  /** A JSON value. */
  readonly event: unknown;
}

/** Which events. */
export interface EventOptions {
  /** The index of the first one, 0 by default. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/** A worker as it last told about itself. */
export interface FleetWorker {
  readonly name: string;
  /** What it computes on; null for the processor alone. */
  readonly device: string | null;
  readonly has: readonly WorkNeed[];
  readonly works: readonly string[];
  /** How many jobs it runs side by side. */
  readonly slots: number;
  /** The jobs that it runs. */
  readonly running: readonly string[];
  /** Jobs that it has ended since it began. */
  readonly ended: number;
  /** Its machine's free memory, and its load of the last minute; null where that is not known. */
  readonly freeBytes: number | null;
  readonly load: number | null;
  /** When it began and when it was last heard of, in milliseconds since 1970. */
  readonly sinceMs: number;
  readonly seenMs: number;
}

/** A job that failed as often as it may. */
export interface DeadLetter {
  readonly id: string;
  readonly work: string;
  readonly deliveries: number;
  /** How it failed the last time. */
  readonly code: string;
  readonly message: string;
  /** In milliseconds since 1970. */
  readonly diedMs: number;
}

/**
 * Jobs go in by `submit`, results come out by `result`: at least one delivery, exactly one result. All
 * methods reject with {@linkcode FleetError}.
 */
export interface Fleet extends AsyncDisposable {
  /**
   * Queues a job and gives its id. A job that is queued, done or dead is left as it is; one that was
   * cancelled, or whose result was forgotten, is queued anew.
   *
   * @throws {FleetError} "bad-job" where the request is no JSON value.
   */
  submit(job: FleetJob): Promise<string>;
  /**
   * Waits for the result. One that was forgotten is computed again.
   *
   * @throws {FleetError} "no-such-job", "cancelled", "dead-letter".
   */
  result(id: string, job?: Job): Promise<unknown>;
  /** All that the job tells, in order and each once, until it has ended; what is kept of it where it was
   * forgotten. */
  events(id: string, options?: EventOptions): AsyncIterable<FleetEvent>;
  /** Ends a job that is queued or running; what is ended already stays as it is. */
  cancel(id: string): Promise<void>;
  /** @throws {FleetError} "no-such-job". */
  state(id: string): Promise<JobState>;
  /** The jobs in the queue. */
  jobs(): Promise<readonly OpenJob[]>;
  workers(): Promise<readonly FleetWorker[]>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Queues a dead, cancelled or forgotten job anew; it goes on from its last checkpoint. */
  requeue(id: string): Promise<void>;
  /** What requests and results name by hash. */
  readonly data: BlobStore;
}

/** How a job ended, as it is stored: once. */
export type Outcome =
  | { readonly state: "done"; readonly value: unknown }
  | { readonly state: "cancelled" }
  | Death;

/** The end of a job that failed as often as it may. */
export interface Death {
  readonly state: "dead";
  readonly deliveries: number;
  readonly code: string;
  readonly message: string;
  readonly diedMs: number;
}

/** The value of an outcome, or what `result` throws. */
export function valueOf(id: string, outcome: Outcome): unknown {
  if (outcome.state === "done") return outcome.value;
  throw outcome.state === "cancelled" ? cancelled(id) : deadLetter(id, outcome);
}

/** What a cancelled job's result throws. */
export function cancelled(id: string): FleetError {
  return new FleetError("cancelled", `The job ${brief(id)} was cancelled; submit it to run it.`);
}

/** What waiting for an unknown job throws. */
export function noSuchJob(id: string): FleetError {
  return new FleetError("no-such-job", `The fleet knows no job "${id}": submit it first.`);
}

function deadLetter(id: string, { deliveries, code, message }: Death): FleetError {
  const times = deliveries === 1 ? "once" : `${deliveries} times`;
  return new FleetError(
    "dead-letter",
    `The job ${brief(id)} was begun ${times} and is a dead letter (${code}): ${message}`,
  );
}

/** Enough of an id to find it by. */
export function brief(id: string): string {
  return id.slice(0, 12);
}

/**
 * The id of a job.
 *
 * @throws {FleetError} "bad-job" where the request is no JSON value, or the work has no name.
 */
export async function idOf({ work, request, data }: FleetJob): Promise<string> {
  if (!/^[\w-]{1,64}$/.test(work)) {
    throw new FleetError("bad-job", `"${work}" is no name of a work: letters, digits, "_", "-".`);
  }
  try {
    return await workId({ work, request, ...(data && { data }) });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new FleetError("bad-job", `The job "${work}": ${error.message}`, { cause: error });
  }
}

/** What calls on a fleet that was closed throw. */
export function closedError(): FleetError {
  return new FleetError("closed", "The fleet was closed here; its jobs go on where it lives.");
}
