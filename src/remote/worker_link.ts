/**
 * A typed service in a Worker, reached by comlink, with what comlink leaves out: progress,
 * cancellation, errors that keep their code, and calls that are rejected when the worker dies or is
 * closed instead of waiting for ever.
 *
 * @module
 */
import * as Comlink from "comlink";
import type { Job, Progress } from "../gpu/mod.ts";

/**
 * The methods of a service: each takes one request and a {@linkcode Job}. Requests and results are
 * copied, or moved where `Comlink.transfer` marked them.
 */
// deno-lint-ignore no-explicit-any -- the constraint must admit every request type
export type Methods = Record<string, (request: any, job: Job) => Promise<unknown>>;

/** What the worker threw, with the name and code that it had there. */
export class WorkerError extends Error {
  constructor(readonly code: string, message: string, name = "WorkerError") {
    super(message);
    this.name = name;
  }
}

/** The caller's end of a service. */
export interface WorkerLink<S extends Methods> {
  /** Whether the worker was closed, or has died. */
  readonly ended: boolean;
  /**
   * Calls a method. An aborted signal rejects at once with its reason, however busy the worker is,
   * and cancels the work there.
   *
   * @throws {WorkerError} what the method threw, or `worker-closed` / `worker-died`.
   */
  call<K extends keyof S>(
    method: K,
    request: Parameters<S[K]>[0],
    job?: Job,
  ): Promise<Awaited<ReturnType<S[K]>>>;
  /** Ends the worker; open calls are rejected with `worker-closed`. */
  close(): void;
}

/** What crosses by comlink. */
interface Wire {
  /** Resolves at once; the lock of that name is held until the worker ends, however it ends. */
  hold(lock: string): Promise<void>;
  call(method: string, request: unknown, jobId: number): Promise<unknown>;
  cancel(jobId: number): void;
}

/** Links to a service that {@linkcode serveLink} serves in `worker`, and owns it from now on. */
export function openLink<S extends Methods>(worker: Worker): WorkerLink<S> {
  // The proxy is kept for as long as the link: comlink drops replies of a collected one.
  const remote = Comlink.wrap<Wire>(worker);
  const listeners = new Map<number, (progress: Progress) => void>();
  const open = new Set<(error: Error) => void>();
  let ended: Error | null = null;
  let lastJob = 0;

  const end = (code: string, message: string) => {
    if (ended) return;
    ended = new WorkerError(code, message);
    worker.terminate();
    for (const reject of open) reject(ended);
    open.clear();
  };
  const died = (reason: string) => end("worker-died", `the worker ended: ${reason}`);

  worker.addEventListener("message", ({ data }) => {
    if (data.progress) listeners.get(data.jobId)?.(data.progress);
  });
  worker.addEventListener("error", (event) => {
    // Unhandled, it would end a Deno process.
    event.preventDefault();
    died(event.message || "no reason given");
  });
  // The lock falls to us when the worker is gone, in whatever way.
  const lock = `bottega-worker-${crypto.randomUUID()}`;
  remote.hold(lock)
    .then(() => navigator.locks.request(lock, () => died("it was terminated")))
    .catch((error) => died(`it cannot be watched: ${error}`));

  async function call(method: string, request: unknown, { signal, onProgress }: Job) {
    signal?.throwIfAborted();
    if (ended) throw ended;
    const jobId = ++lastJob;
    if (onProgress) listeners.set(jobId, onProgress);
    const { promise: interrupted, reject } = Promise.withResolvers<never>();
    const abort = () => {
      remote.cancel(jobId).catch(reject);
      reject(signal?.reason);
    };
    open.add(reject);
    signal?.addEventListener("abort", abort);
    try {
      return await Promise.race([remote.call(method, request, jobId), interrupted]);
    } catch (error) {
      throw isFailure(error) ? new WorkerError(error.code, error.message, error.name) : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      open.delete(reject);
      listeners.delete(jobId);
    }
  }
  return {
    get ended() {
      return ended !== null;
    },
    call: (method, request, job = {}) => call(String(method), request, job) as Promise<never>,
    close: () => end("worker-closed", "the worker was closed"),
  };
}

/** Serves `methods` to the one page that started this worker; never over a network. */
export function serveLink<S extends Methods>(methods: S): void {
  const jobs = new Map<number, AbortController>();
  const wire: Wire = {
    hold: (lock) =>
      new Promise((held, failed) => {
        const forEver = () => new Promise<never>(() => held());
        navigator.locks.request(lock, forEver).catch(failed);
      }),
    async call(method, request, jobId) {
      const controller = new AbortController();
      jobs.set(jobId, controller);
      const { report, flush } = throttle((progress) => postMessage({ jobId, progress }));
      try {
        if (!Object.hasOwn(methods, method)) {
          throw new WorkerError("no-such-method", `the worker has no method "${method}"`);
        }
        return await methods[method]?.(request, { signal: controller.signal, onProgress: report });
      } catch (error) {
        // A plain object: comlink would reduce an Error to its message.
        throw failure(error);
      } finally {
        flush();
        jobs.delete(jobId);
      }
    },
    cancel: (jobId) => jobs.get(jobId)?.abort(),
  };
  Comlink.expose(wire);
}

/** How often progress is told. */
const MOMENT_MS = 50;

/** Of what is reported within a moment, sends only the latest, at its end or when it is flushed. */
export function throttle(send: (progress: Progress) => void) {
  let latest: Progress | undefined;
  let sentAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush() {
    clearTimeout(timer);
    timer = undefined;
    if (latest === undefined) return;
    sentAt = performance.now();
    send(latest);
    latest = undefined;
  }
  function report(progress: Progress) {
    latest = progress;
    // Work that never lets a timer fire is told about too.
    if (performance.now() - sentAt >= MOMENT_MS) flush();
    else timer ??= setTimeout(flush, MOMENT_MS);
  }
  return { report, flush };
}

/** An error as it crosses. */
export interface Failure {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

function failure(error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
  return { name, code, message };
}

/** Whether a call was rejected with what its method threw. */
export function isFailure(value: unknown): value is Failure {
  return typeof value === "object" && value !== null && !(value instanceof Error) &&
    "code" in value && "message" in value;
}
