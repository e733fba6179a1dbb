/**
 * The service of a remote worker: its methods, and the schema that each request must pass before
 * anything is done with it.
 *
 * @module
 */
import * as v from "valibot";
import type { Job } from "../gpu/mod.ts";
import type { Mismatch } from "../stats/mod.ts";
import type { Trajectory } from "../trajectory/mod.ts";
import { SHA256 } from "./blob_store.ts";
import type { RunEvents } from "./run_store.ts";
import type { RunInfo } from "./run_record.ts";
import type { RunLimits } from "./run_store.ts";
import type {
  DeviceReport,
  FullMeasure,
  LoadedCorpus,
  MeasuredCorpus,
} from "./workbench_service.ts";
import { DEVICE, SOURCE, text, whole } from "./works/request.ts";

/** A worker's machine, as it is now. */
export interface MachineStatus {
  /** The machine's name, or what its owner calls the worker. */
  readonly name: string;
  /** The adapter, or why there is none. */
  readonly device: DeviceReport;
  readonly cores: number;
  /** Processes that want to run, on average over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  /** The works that it knows. */
  readonly works: readonly string[];
  readonly limits: RunLimits;
  readonly running: number;
  readonly queued: number;
  /** Workbenches that are in use. */
  readonly sessions: number;
  /** Whether it is shutting down. */
  readonly draining: boolean;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
}

/** A blob that is not all there. */
export interface MissingBlob {
  readonly sha256: string;
  /** How much of it is there already. */
  readonly receivedBytes: number;
}

/** What calls of a workbench say beside their request: whose it is. */
const SESSION = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, "not the name of a session"));

const nothing = v.null();
const RUN_ID = v.strictObject({ id: SHA256 });
const handle = whole(1);

/** Schemas by method. */
export const REMOTE_SCHEMAS = {
  status: nothing,
  /** Which of these blobs are not there, and how much of them is. */
  missingBlobs: v.strictObject({ hashes: v.pipe(v.array(SHA256), v.maxLength(10_000)) }),
  /** Adds a piece of a blob; see `BlobFolder.addPiece`. */
  putBlob: v.strictObject({
    sha256: SHA256,
    sizeBytes: whole(0, 2 ** 36),
    offset: whole(0, 2 ** 36),
    bytes: v.instance(Uint8Array<ArrayBuffer>),
  }),
  blobSize: v.strictObject({ sha256: SHA256 }),
  readBlob: v.strictObject({ sha256: SHA256, begin: whole(0), end: whole(0) }),
  startRun: v.strictObject({
    work: text(64),
    request: v.unknown(),
    data: v.optional(v.pipe(v.array(SHA256), v.maxLength(100_000)), []),
  }),
  run: RUN_ID,
  runEvents: v.strictObject({ id: SHA256, from: whole(0) }),
  runResult: RUN_ID,
  cancelRun: RUN_ID,
  listRuns: nothing,
  device: v.strictObject({ session: SESSION }),
  load: v.strictObject({
    session: SESSION,
    source: SOURCE,
    history: v.optional(v.boolean()),
    limit: v.optional(whole(1)),
  }),
  trajectory: v.strictObject({ session: SESSION, corpus: handle, index: whole(0) }),
  statistics: v.strictObject({
    session: SESSION,
    corpus: handle,
    tokenizer: v.optional(text(200)),
    device: DEVICE,
  }),
  measure: v.strictObject({
    session: SESSION,
    corpus: v.optional(handle),
    documents: v.optional(v.array(v.strictObject({
      id: text(2000),
      segments: v.array(v.strictObject({ role: text(200), text: v.string() })),
    }))),
    tokenizer: v.optional(text(200)),
    others: v.optional(v.pipe(v.array(text(200)), v.maxLength(16))),
    device: DEVICE,
  }),
  compare: v.strictObject({ session: SESSION, a: handle, b: handle }),
  release: v.union([
    v.strictObject({ session: SESSION, corpus: handle }),
    v.strictObject({ session: SESSION, measure: handle }),
  ]),
  endSession: v.strictObject({ session: SESSION }),
};

type Request<K extends keyof typeof REMOTE_SCHEMAS> = v.InferOutput<typeof REMOTE_SCHEMAS[K]>;

/** A method and its request, which has passed its schema. */
type Method<K extends keyof typeof REMOTE_SCHEMAS, Result> = (
  request: Request<K>,
  job: Job,
) => Promise<Result>;

/** The methods of a remote worker. Runs belong to it; a session's corpora belong to who made it. */
export type RemoteService = {
  status: Method<"status", MachineStatus>;
  missingBlobs: Method<"missingBlobs", readonly MissingBlob[]>;
  putBlob: Method<"putBlob", number>;
  blobSize: Method<"blobSize", number | null>;
  readBlob: Method<"readBlob", Uint8Array<ArrayBuffer>>;
  startRun: Method<"startRun", RunInfo>;
  run: Method<"run", RunInfo>;
  runEvents: Method<"runEvents", RunEvents>;
  runResult: Method<"runResult", unknown>;
  cancelRun: Method<"cancelRun", void>;
  listRuns: Method<"listRuns", readonly RunInfo[]>;
  device: Method<"device", DeviceReport>;
  load: Method<"load", LoadedCorpus>;
  trajectory: Method<"trajectory", Trajectory>;
  statistics: Method<"statistics", MeasuredCorpus>;
  measure: Method<"measure", FullMeasure>;
  compare: Method<"compare", Mismatch>;
  release: Method<"release", void>;
  endSession: Method<"endSession", void>;
};

/** A request, as a caller writes it. */
export type RemoteRequest<K extends keyof RemoteService> = v.InferInput<
  typeof REMOTE_SCHEMAS[K]
>;
