/**
 * What is known of a run, as it is told and as it is kept on disk.
 *
 * @module
 */
import { join } from "node:path";
import type { Progress } from "../gpu/mod.ts";
import { type EventLog, openEventLog } from "./event_log.ts";
import type { WorkOrder } from "./work.ts";

/** Where a run stands. */
export type RunState = "queued" | "running" | "done" | "failed" | "cancelled";

/** What a run failed of. */
export interface RunFailure {
  /** Of the error's class. */
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** A run, to be listed. */
export interface RunInfo {
  /** See `workId`. */
  readonly id: string;
  readonly work: string;
  readonly state: RunState;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly endedMs: number | null;
  /** How many events there are. */
  readonly events: number;
  /** The latest, while it runs. */
  readonly progress: Progress | null;
  readonly failure: RunFailure | null;
}

/** How a run ended: the whole of `outcome.json`. */
export type RunOutcome =
  & { readonly endedMs: number }
  & (
    | { readonly state: "done"; readonly result: unknown }
    | { readonly state: "failed"; readonly failure: RunFailure }
    | { readonly state: "cancelled" }
  );

/** `run.json`. */
export interface RunRecord {
  readonly order: WorkOrder;
  readonly createdMs: number;
  /** How often it was begun since it last told something new. */
  readonly attempts: number;
  /** How many events there were then. */
  readonly attemptEvents: number;
}

/** A run in memory. */
export interface Run {
  readonly id: string;
  readonly folder: string;
  record: RunRecord;
  outcome: RunOutcome | null;
  progress: Progress | null;
  /** Opened when somebody first asks. */
  readonly events: () => EventLog;
  /** Resolves at its end. */
  ended: PromiseWithResolvers<void>;
}

/** The runs in the worker's folder by their names, oldest first. */
export function readRuns(folder: string): Map<string, Run> {
  const found: Run[] = [];
  for (const { name } of Deno.readDirSync(join(folder, "runs"))) {
    const path = join(folder, "runs", name);
    const record = readJson<RunRecord>(join(path, "run.json"));
    // One that was killed while it was made is made anew.
    if (record) found.push(runOf(path, name, record, readJson(join(path, "outcome.json"))));
  }
  found.sort((a, b) => a.record.createdMs - b.record.createdMs);
  return new Map(found.map((run) => [run.id, run]));
}

function runOf(folder: string, id: string, record: RunRecord, outcome: RunOutcome | null): Run {
  let log: EventLog | undefined;
  const ended = Promise.withResolvers<void>();
  if (outcome) ended.resolve();
  const events = () => log ??= openEventLog(join(folder, "events.jsonl"));
  return { id, folder, record, outcome, progress: null, events, ended };
}

/** A new run. */
export function createRun(folder: string, id: string, order: WorkOrder): Run {
  const path = join(folder, "runs", id);
  Deno.mkdirSync(path, { recursive: true });
  const record = { order, createdMs: Date.now(), attempts: 0, attemptEvents: 0 };
  writeJson(join(path, "run.json"), record);
  return runOf(path, id, record, null);
}

/** Makes a run that failed or was cancelled wait once more. */
export function reopenRun(run: Run): void {
  run.record = { ...run.record, attempts: 0 };
  // Where the disk was full, it is not there.
  if (readJson(join(run.folder, "outcome.json"))) Deno.removeSync(join(run.folder, "outcome.json"));
  run.outcome = null;
  run.ended = Promise.withResolvers();
}

/** Writes down how it ended. */
export function endRun(run: Run, outcome: RunOutcome): void {
  writeJson(join(run.folder, "outcome.json"), outcome);
  run.outcome = outcome;
  run.ended.resolve();
  if (outcome.state !== "done") return;
  // What the result names is in the store of blobs.
  Deno.removeSync(join(run.folder, "files"), { recursive: true });
}

/** Writes down that it is begun; gives how often that was done since it told something new. */
export function countAttempt(run: Run): number {
  const { attempts, attemptEvents } = run.record;
  const { length } = run.events();
  const isNew = length > attemptEvents;
  run.record = { ...run.record, attempts: isNew ? 1 : attempts + 1, attemptEvents: length };
  writeJson(join(run.folder, "run.json"), run.record);
  return run.record.attempts;
}

/** Replaces a file of JSON: whoever reads it sees the old one or the new one, whole. */
function writeJson(path: string, value: unknown): void {
  const partial = `${path}.partial`;
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  {
    using file = Deno.openSync(partial, { create: true, write: true, truncate: true });
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync();
  }
  Deno.renameSync(partial, path);
}

/** A file of JSON, or null where there is none. */
function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
