/**
 * A job in a process of its own: a kernel that never ends, a driver that crashes and memory that runs
 * out cost the job, and not the worker that started it.
 *
 * @module
 */
import { join } from "node:path";
import type { Job } from "../gpu/mod.ts";
import {
  frameOf,
  JOB_SETTINGS,
  type JobAnswer,
  type JobRequest,
  type JobSettings,
  MEMORY_MARK,
  openFrames,
  READY,
} from "./job_pipe.ts";
import type { JobService } from "./job_service.ts";
import { WorkError } from "./work_error.ts";
import { WorkerError } from "./worker_link.ts";

/** How the process of a job is started. */
export interface JobProcessOptions extends JobSettings {
  /** All that it may write to; clones and temporary files go there too. */
  readonly folder: string;
  /** Takes what it writes to standard error, line by line. */
  readonly log?: ((line: string) => void) | undefined;
}

/** A process. Calls are rejected with a `WorkError` of the code "died" or "limit" when it ends. */
export interface JobProcess {
  readonly ended: boolean;
  /** When it is gone. */
  readonly finished: Promise<void>;
  /**
   * Calls a method; `onEvent` is told what it tells meanwhile. An aborted signal asks the method to
   * stop, and does not reject by itself: what it does last is waited for.
   *
   * @throws {WorkerError} What the method threw.
   */
  call<K extends keyof JobService>(
    method: K,
    request: Parameters<JobService[K]>[0],
    job?: Job & { readonly onEvent?: (event: unknown) => void },
  ): Promise<Awaited<ReturnType<JobService[K]>>>;
  /** Ends it at once. */
  close(): void;
}

/**
 * Starts the process of a job, and waits until it is ready: some tenths of a second.
 *
 * @throws {WorkError} "failed" where this process may not start Deno; "died" where it does not get ready.
 */
export async function startJobProcess(options: JobProcessOptions): Promise<JobProcess> {
  const { folder, memoryBytes, allowCode, device, log } = options;
  const settings: JobSettings = { memoryBytes, allowCode, device };
  const temporary = join(folder, "tmp");
  await Deno.mkdir(temporary, { recursive: true });
  const child = spawnDeno({
    args: [...denoArguments(options), new URL("workers/job.ts", ROOT).href],
    cwd: folder,
    clearEnv: true,
    env: {
      ...keptEnvironment(),
      TMPDIR: temporary,
      [JOB_SETTINGS]: JSON.stringify(settings),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const calls = new Map<number, OpenCall>();
  let ended: Error | null = null;
  let outOfMemory = false;
  let last = 0;

  const ready = Promise.withResolvers<void>();
  const end = (error: Error) => {
    ended ??= error;
    ready.reject(ended);
    for (const { reject } of calls.values()) reject(ended);
    calls.clear();
  };
  const receive = openFrames((message) => {
    const answer = message as JobAnswer;
    if (answer.call === READY) ready.resolve();
    const open = calls.get(answer.call);
    if (!open) return;
    if ("progress" in answer) open.job.onProgress?.(answer.progress);
    else if ("event" in answer) open.job.onEvent?.(answer.event);
    else if ("failure" in answer) {
      const { code, message, name } = answer.failure;
      open.reject(new WorkerError(code, message, name));
    } else open.resolve(answer.result);
  });
  const writer = child.stdin.getWriter();
  const send = (request: JobRequest) => {
    // A process that has ended tells so itself.
    writer.write(frameOf(request)).catch((error) => ended ?? log?.(`job: ${error}`));
  };
  const read = async () => {
    for await (const bytes of child.stdout) receive(bytes);
  };
  const readErrors = async () => {
    for await (const line of linesOf(child.stderr)) {
      if (line === MEMORY_MARK) outOfMemory = true;
      else if (line !== "") log?.(line);
    }
  };
  const watch = async () => {
    await Promise.all([read(), readErrors()]);
    const { code, signal } = await child.status;
    const memory = `It took more than the ${Math.round(memoryBytes / 2 ** 20)} MiB that it may.`;
    end(
      outOfMemory
        ? new WorkError("limit", memory)
        : new WorkError("died", `Its process ended (${signal ?? `exit code ${code}`}).`),
    );
  };
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      // It had ended by itself.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  const finished = watch().catch((error) => {
    kill();
    end(new WorkError("died", `Its process could not be followed: ${error}`));
  });

  await ready.promise;
  return {
    finished,
    get ended() {
      return ended !== null;
    },
    async call(method, request, job = {}) {
      const { signal } = job;
      signal?.throwIfAborted();
      if (ended) throw ended;
      const call = ++last;
      const { promise, resolve, reject } = Promise.withResolvers<never>();
      calls.set(call, { resolve: resolve as (result: unknown) => void, reject, job });
      const cancel = () => send({ cancel: call });
      signal?.addEventListener("abort", cancel);
      send({ call, method, request });
      try {
        return await promise;
      } finally {
        signal?.removeEventListener("abort", cancel);
        calls.delete(call);
      }
    },
    close() {
      end(new WorkerError("worker-closed", "The job's process was ended."));
      kill();
    },
  };
}

interface OpenCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
  readonly job: Job & { readonly onEvent?: (event: unknown) => void };
}

const ROOT = new URL("../../", import.meta.url);

/** The hosts that corpora are cloned from. */
const HOSTS = [
  "github.com",
  "gitlab.com",
  "codeberg.org",
  "bitbucket.org",
  "huggingface.co",
];

function denoArguments({ folder, memoryBytes, allowCode }: JobProcessOptions): string[] {
  const root = decodeURI(ROOT.pathname);
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-remote",
    // What the worker itself runs on is installed: nobody waits for a look at it.
    "--node-modules-dir=manual",
    `--config=${root}deno.json`,
    `--allow-read=${root},${folder}`,
    `--allow-write=${folder}`,
    `--allow-net=${HOSTS.join()}`,
    "--allow-env",
    "--allow-sys",
    ...allowCode ? [] : ["--allow-run=nsenter,unshare,podman,docker"],
    `--v8-flags=--max-old-space-size=${Math.max(256, Math.floor(memoryBytes / 2 ** 20))}`,
  ];
}

/** What Deno and graphics drivers look for; secrets of the worker's owner are none of it. */
function keptEnvironment(): Record<string, string> {
  const kept = Object.entries(Deno.env.toObject()).filter(([name]) => KEPT.test(name));
  return Object.fromEntries(kept);
}

const KEPT =
  /^(PATH|HOME|LANG|TZ|DENO_DIR|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|VK_\w+|LIBGL_\w+|MESA_\w+|LP_\w+|GALLIUM_\w+|__EGL_\w+|__GLX_\w+|NVIDIA_\w+|CUDA_\w+|SystemRoot|USERPROFILE|LOCALAPPDATA)$/;

/** Deno, as the one that runs this, or where it may not be run by its path, by its name. */
function spawnDeno(options: Deno.CommandOptions): Deno.ChildProcess & { stdin: WritableStream } {
  let failure: unknown;
  for (const program of [Deno.execPath(), "deno"]) {
    try {
      return new Deno.Command(program, options).spawn();
    } catch (error) {
      const refused = error instanceof Deno.errors.NotCapable ||
        error instanceof Deno.errors.NotFound;
      if (!refused) throw error;
      failure = error;
    }
  }
  throw new WorkError(
    "failed",
    "Jobs run in processes of their own, and this one may not start deno: put it on the PATH, and " +
      `start the worker by \`deno task bottega worker\`. ${failure}`,
  );
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(-LINE_CHARACTERS);
    yield* lines;
  }
  if (rest !== "") yield rest;
}

const LINE_CHARACTERS = 10_000;
