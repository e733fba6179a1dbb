/**
 * An environment in a worker: what runs there cannot hold up this thread, and is ended from outside when
 * its time is over, whatever it does.
 *
 * @module
 */
import {
  AgentError,
  type CommandOptions,
  DEFAULT_ENVIRONMENT_LIMITS,
  type Environment,
  type EnvironmentOptions,
  QUICKJS_LIMITS,
  type Task,
  type TestOptions,
  type TestReport,
} from "../agent/mod.ts";
import type { OpenedEnvironment, SandboxService } from "./sandbox_service.ts";
import { openLink, WorkerError, type WorkerLink } from "./worker_link.ts";

/** How much longer than its limit a run may take before its worker is ended. */
const GRACE_MS = 1_000;

/**
 * Opens a task's environment in a worker of its own: quickjs in a page, all of them in Deno.
 *
 * A worker that is ended because code in it would not stop is started anew, with the files as they were;
 * where the environment has a shell, which can change what is not known here, it is closed instead.
 *
 * @throws {AgentError} as `openEnvironment`.
 *
 * @example
 * ```ts
 * import { openRemoteEnvironment, parseTask } from "bottega";
 * const task = parseTask(JSON.parse("{}"));
 * await using environment = await openRemoteEnvironment(task);
 * const { timedOut } = await environment.runTests({ timeoutMs: 500 });
 * ```
 */
export async function openRemoteEnvironment(
  task: Task,
  options: EnvironmentOptions = {},
): Promise<Environment> {
  const start = async () => {
    // The bundler of the page knows a worker by this very expression.
    const link = openLink<SandboxService>(
      new Worker(new URL("../../workers/sandbox.ts", import.meta.url), { type: "module" }),
    );
    try {
      return { link, opened: await link.call("open", { task, options }) };
    } catch (error) {
      link.close();
      throw agentError(error);
    }
  };
  const { link, opened } = await start();
  return remoteEnvironment(link, opened, options, async () => (await start()).link);
}

type Edit =
  | { method: "writeFile"; request: { path: string; content: Uint8Array | string } }
  | { method: "removeFile"; request: { path: string } }
  | { method: "applyPatch"; request: { patch: string } };

function remoteEnvironment(
  first: WorkerLink<SandboxService>,
  { kind, capabilities }: OpenedEnvironment,
  { limits }: EnvironmentOptions,
  start: () => Promise<WorkerLink<SandboxService>>,
): Environment {
  const defaults = kind === "quickjs" ? QUICKJS_LIMITS : DEFAULT_ENVIRONMENT_LIMITS;
  const defaultMs = limits?.timeoutMs ?? defaults.timeoutMs;
  const hasShell = capabilities.includes("bash");
  let link = first;
  let closed = false;
  /** What a new worker must be told to have the same files. */
  let edits: Edit[] = [];

  const connected = async () => {
    if (!closed && link.ended && !hasShell) {
      link = await start();
      for (const { method, request } of edits) await link.call(method, request as never);
    }
    if (closed || link.ended) throw new AgentError("closed", "the environment is closed");
    return link;
  };
  const call: WorkerLink<SandboxService>["call"] = (method, request, job) =>
    connected().then((worker) => worker.call(method, request, job)).catch((error) => {
      throw agentError(error);
    });
  const edit = async (made: Edit) => {
    await call(made.method, made.request as never);
    edits.push(made);
  };
  /** Ends the worker if the run is not over in time, or is given up by the caller. */
  const watched = async <T>(
    limitMs: number,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T | "killed"> => {
    const worker = await connected();
    let killed = false;
    const timer = setTimeout(() => {
      killed = true;
      worker.close();
    }, limitMs + GRACE_MS);
    try {
      return await run();
    } catch (error) {
      if (killed) return "killed";
      // It may be busy for ever with what nobody waits for any more.
      if (signal?.aborted && !hasShell) worker.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
  const bash = async (command: string, { timeoutMs, signal }: CommandOptions) => {
    const run = () => call("bash", { command, options: { timeoutMs } }, { signal });
    const result = await watched(timeoutMs, signal, run);
    return result === "killed" ? { text: "", truncated: false, timedOut: true } : result;
  };
  return {
    kind: `remote:${kind}`,
    capabilities: new Set(capabilities),
    async reset() {
      await call("reset", null);
      edits = [];
    },
    list: (under = "") => call("list", { under }),
    readFile: (path) => call("readFile", { path }),
    writeFile: (path, content) => edit({ method: "writeFile", request: { path, content } }),
    removeFile: (path) => edit({ method: "removeFile", request: { path } }),
    ...(hasShell && { bash }),
    async runTests({ paths, timeoutMs = defaultMs, signal }: TestOptions = {}) {
      const options = { paths, timeoutMs };
      const run = () => call("runTests", { options }, { signal });
      const report = await watched(timeoutMs, signal, run);
      return report === "killed" ? stopped(timeoutMs) : report;
    },
    diff: () => call("diff", null),
    applyPatch: (patch) => edit({ method: "applyPatch", request: { patch } }),
    async [Symbol.asyncDispose]() {
      if (closed) return;
      // The environment's own end first: a container outlives its worker.
      if (hasShell && !link.ended) await call("close", null);
      closed = true;
      link.close();
    },
  };
}

function stopped(timeoutMs: number): TestReport {
  const error = `the tests were stopped after ${timeoutMs / 1000} s`;
  return { passed: [], failed: [], output: `${error}\n`, error, timedOut: true };
}

/** What the worker threw, as this room's callers know it. */
function agentError(error: unknown): unknown {
  if (!(error instanceof WorkerError) || error.name !== "AgentError") return error;
  return new AgentError(error.code as AgentError["code"], error.message, { cause: error });
}
