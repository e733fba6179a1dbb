/**
 * The process of a job: it answers the calls that come in by standard input. A worker thread reads
 * them, so that the process ends with its worker, and at its limit of memory, however busy it is.
 *
 * @module
 */
import type { TellingJob } from "./job_service.ts";
import {
  frameOf,
  JOB_SETTINGS,
  type JobAnswer,
  type JobCall,
  type JobFailure,
  type JobRequest,
  type JobSettings,
  MEMORY_MARK,
  openFrames,
  READY,
} from "./job_pipe.ts";
import { throttle, WorkerError } from "./worker_link.ts";

/** What this process was told of itself. */
export function jobSettings(): JobSettings {
  return JSON.parse(Deno.env.get(JOB_SETTINGS) ?? "null");
}

/** Methods that may tell events. */
// deno-lint-ignore no-explicit-any -- the constraint must admit every request type
export type JobMethods = Record<string, (request: any, job: TellingJob) => Promise<unknown>>;

/**
 * Serves `methods` on standard input and output until the input ends; then the process is killed.
 * Whatever writes to the console writes to standard error from now on.
 *
 * @param reader Runs {@linkcode readInput} in a worker thread.
 */
export function serveJob(methods: JobMethods, reader: Worker): void {
  console.log = console.info = console.debug = console.error;
  const open = new Map<number, AbortController>();
  const receive = openFrames((message) => {
    const request = message as JobRequest;
    if ("cancel" in request) open.get(request.cancel)?.abort();
    else void answer(request);
  });
  reader.addEventListener("message", ({ data }) => receive(data));
  send({ call: READY, result: null });

  async function answer({ call, method, request }: JobCall): Promise<void> {
    const controller = new AbortController();
    open.set(call, controller);
    const progress = throttle((progress) => send({ call, progress }));
    try {
      const known = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (!known) throw new WorkerError("no-such-method", `a job has no method "${method}"`);
      const result = await known(request, {
        signal: controller.signal,
        onProgress: progress.report,
        emit: (event) => send({ call, event }),
      });
      progress.flush();
      send({ call, result });
    } catch (error) {
      progress.flush();
      send({ call, failure: failureOf(error) });
    } finally {
      open.delete(call);
    }
  }
}

/**
 * Reads standard input for {@linkcode serveJob}, in a worker thread, and kills the process when it has
 * ended or when the process has more than `memoryBytes`.
 */
export async function readInput(
  post: (bytes: Uint8Array<ArrayBuffer>) => void,
  memoryBytes: number,
): Promise<void> {
  setInterval(() => {
    if (Deno.memoryUsage().rss <= memoryBytes) return;
    Deno.stderr.writeSync(new TextEncoder().encode(`\n${MEMORY_MARK}\n`));
    killSelf();
  }, WATCH_MS);
  for (;;) {
    const bytes = new Uint8Array(READ_BYTES);
    const count = await Deno.stdin.read(bytes);
    if (count === null) return killSelf();
    post(bytes.subarray(0, count));
  }
}

const WATCH_MS = 100;
const READ_BYTES = 2 ** 16;

/** Neither a thread that never ends nor a driver that hangs can hold it up. */
function killSelf(): void {
  Deno.kill(Deno.pid, "SIGKILL");
}

function send(answer: JobAnswer): void {
  const frame = frameOf(answer);
  for (let at = 0; at < frame.length;) at += Deno.stdout.writeSync(frame.subarray(at));
}

function failureOf(error: unknown): JobFailure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
  return { name, code, message };
}
