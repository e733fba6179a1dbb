/**
 * What a fleet costs, on paper: time, bytes and queue operations of many jobs on many workers, from what
 * one job costs and what one server can do. `test/bench/fleet.bench.ts` measures those and compares.
 *
 * @module
 */

/** What the jobs are like. */
export interface FleetLoad {
  readonly jobs: number;
  /** What one job keeps a worker busy with, beside the fleet's own part. */
  readonly jobSeconds: number;
  /** Bytes that each job reads and writes as objects. */
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Checkpoints and batches of events of each job. */
  readonly checkpoints: number;
  readonly eventBatches: number;
}

/** What the server and the fleet's own part can do, as measured. */
export interface FleetRates {
  /** What a job costs a worker beside its work: asking, reading the order, storing, acknowledging. */
  readonly overheadSeconds: number;
  /** Jobs a second that the server takes through the whole of that, whoever works. */
  readonly jobsPerSecond: number;
  /** Bytes a second that the server gives and takes, in all. */
  readonly bytesPerSecond: number;
}

/** What it comes to. */
export interface FleetCost {
  readonly seconds: number;
  /** What sets the time. */
  readonly bound: "workers" | "queue" | "bytes";
  /** Above so many workers the server sets the time. */
  readonly usefulWorkers: number;
  /** Messages that the server writes to disk. */
  readonly writes: number;
  /** Questions that it answers: jobs asked for, orders and outcomes read, objects found. */
  readonly reads: number;
  readonly bytes: number;
}

/** Messages written for a job: order, ticket, acknowledgement, outcome. */
const WRITES_PER_JOB = 4;

/** Questions for a job: the ticket, its order and its outcome before; both again by who waits for it, and
 * whether it is in the queue. */
const READS_PER_JOB = 6;

/** For an object: it is looked for and described, its chunks beside that. */
const CHUNK_BYTES = 512 * 1024;

/** A checkpoint is its objects, then the index of the job's files. */
const OBJECTS_PER_CHECKPOINT = 4;

/** Computes the cost; the time is that of the slowest of workers, queue and bytes. */
export function fleetCost(load: FleetLoad, rates: FleetRates, workers: number): FleetCost {
  const { jobs, jobSeconds, readBytes, writtenBytes, checkpoints, eventBatches } = load;
  const bytes = jobs * (readBytes + writtenBytes);
  const rounds = Math.ceil(jobs / workers);
  const times = {
    workers: rounds * (jobSeconds + rates.overheadSeconds),
    queue: jobs / rates.jobsPerSecond,
    bytes: bytes / rates.bytesPerSecond,
  };
  const seconds = Math.max(times.workers, times.queue, times.bytes);
  const bound = (["workers", "queue", "bytes"] as const).find((name) => times[name] === seconds);
  const chunks = (size: number) => Math.ceil(size / CHUNK_BYTES);
  const objects = chunks(writtenBytes) + (writtenBytes > 0 ? 1 : 0);
  return {
    seconds,
    bound: bound ?? "workers",
    usefulWorkers: Math.floor(
      jobs * (jobSeconds + rates.overheadSeconds) / Math.max(times.queue, times.bytes),
    ),
    writes: jobs *
      (WRITES_PER_JOB + eventBatches + objects + checkpoints * (2 * OBJECTS_PER_CHECKPOINT + 1)),
    reads: jobs * (READS_PER_JOB + chunks(readBytes) + (readBytes > 0 ? 1 : 0)),
    bytes,
  };
}

/** The two loads that the project is built for. */
export const FLEET_LOADS = {
  /**
   * Statistics of 73.1 billion tokens: shards of 32 MiB of text at 4.2 bytes a token. The seconds are
   * those of 2.0 million tokens a second, one core's tokenizer and counters.
   */
  statistics: {
    jobs: Math.ceil(73.1e9 * 4.2 / 2 ** 25),
    jobSeconds: 2 ** 25 / 4.2 / 2.0e6,
    readBytes: 2 ** 25,
    writtenBytes: 2 ** 18,
    checkpoints: 0,
    eventBatches: 1,
  },
  /** A matrix of 1,000 cells, each an hour on a GPU that writes 12 checkpoints of a small model. */
  matrix: {
    jobs: 1_000,
    jobSeconds: 3_600,
    readBytes: 200 * 2 ** 20,
    writtenBytes: 12 * 100 * 2 ** 20,
    checkpoints: 12,
    eventBatches: 3_600,
  },
} as const satisfies Record<string, FleetLoad>;
