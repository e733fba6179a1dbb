/**
 * Registered work: what a worker can be asked to do, by name and by plain values. The same works run on
 * one remote worker and in a fleet.
 *
 * @module
 */
import type { GenericSchema } from "valibot";
import type { ChosenGpu, DeviceChoice, Job } from "../gpu/mod.ts";
import type { RunFiles } from "../train/mod.ts";

/** Bytes by their SHA-256, in 64 lower-case hexadecimal digits. */
export interface BlobStore {
  has(sha256: string): Promise<boolean>;
  /** @throws {WorkError} "no-such-blob"; "corrupt" where the bytes are not those of the hash. */
  read(sha256: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the hash. What is there already is not written again. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
}

/** What a work is given to work with, wherever it runs. */
export interface WorkContext extends Job {
  /** Where to compute; the one who asked may not name another machine's device. */
  chooseGpu(device: DeviceChoice): Promise<ChosenGpu>;
  /** This run's own: what an earlier attempt left there is there again, and the work goes on from it. */
  readonly files: RunFiles;
  /** What the work may allocate in all, where the host knows. */
  readonly memoryBytes?: number | undefined;
  /** What requests and results name by hash. */
  readonly data: BlobStore;
  /** What earlier attempts of this run have told, in order: it need not be told again. */
  readonly told: readonly unknown[];
  /** Tells something, a JSON value, to whoever follows the run. */
  emit(event: unknown): void;
}

/** What a machine must have for some work. */
export const WORK_NEEDS = ["gpu", "sandbox"] as const;

/** One of {@linkcode WORK_NEEDS}. */
export type WorkNeed = typeof WORK_NEEDS[number];

/** A kind of work. Requests and results are JSON values; bytes go by hash through `data`. */
export interface Work<Request = unknown, Result = unknown> {
  /** A request from outside is checked by it before anything is done. */
  readonly schema: GenericSchema<unknown, Request>;
  readonly needs?: readonly WorkNeed[];
  /** Same request, same result: runs are found again by the hash of their request. */
  run(request: Request, context: WorkContext): Promise<Result>;
}

/** Works by name. */
export type Works = Readonly<Record<string, Work>>;

/** What to do: a work, what it is asked, and the blobs that it will need. */
export interface WorkOrder {
  readonly work: string;
  /** A JSON value. */
  readonly request: unknown;
  /** Hashes of the blobs that must be there before it begins. */
  readonly data?: readonly string[];
}

/**
 * The name of a piece of work: the SHA-256 of all that its result depends on. The same order has the
 * same name everywhere, whatever the order of keys in its objects.
 *
 * @throws {TypeError} where the request is not a JSON value.
 */
export async function workId({ work, request, data = [] }: WorkOrder): Promise<string> {
  const text = canonicalJson({ work, request, data: [...data].sort() });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/**
 * A JSON value as text, with the keys of objects in order; `undefined` values are left out.
 *
 * @throws {TypeError} quoting where the value cannot be JSON.
 */
export function canonicalJson(value: unknown, at = "the request"): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    return JSON.stringify(value);
  }
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => canonicalJson(item, `${at}[${i}]`)).join()}]`;
  }
  const isPlain = typeof value === "object" &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain) throw new TypeError(`${at} is not a JSON value: ${String(value).slice(0, 80)}`);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item, `${at}.${key}`)}`);
  return `{${entries.join()}}`;
}
