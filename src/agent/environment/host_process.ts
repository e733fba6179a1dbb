/**
 * Runs a program of the host with what a sandbox needs: nothing inherited, output cut while it is read,
 * killed when its time is over. For Deno only.
 *
 * @module
 */
import { AgentError } from "../agent_error.ts";

/** What is run, and how far it may go. */
export interface ProcessRequest {
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin?: Uint8Array<ArrayBuffer> | undefined;
  /** Kept of standard output, and of standard error; the rest is read and dropped. */
  readonly outputBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Run as this user, who is nobody: limits on processes do not hold for root. */
  readonly uid?: number | undefined;
}

/** How it ended. */
export interface ProcessResult {
  readonly stdout: Uint8Array<ArrayBuffer>;
  readonly stderr: Uint8Array<ArrayBuffer>;
  /** Missing if it was killed because its time was over. */
  readonly exitCode?: number;
  readonly truncated: boolean;
  readonly timedOut: boolean;
}

/** What sandboxed programs see of the environment. */
const OUTER_ENV = { PATH: "/usr/local/bin:/usr/bin:/bin" };

/**
 * Runs a program to its end.
 *
 * @throws {AgentError} `unavailable` if there is no such program, or it may not be run.
 * @throws The signal's reason if it is aborted; the program is dead by then.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const { stdin, outputBytes, timeoutMs, signal } = request;
  signal?.throwIfAborted();
  await using child = spawn(request, stdin === undefined ? "null" : "piped");
  let timedOut = false;
  const kill = () => killIfAlive(child);
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener("abort", kill);
  try {
    const [stdout, stderr, { code }] = await Promise.all([
      readUpTo(child.stdout, outputBytes),
      readUpTo(child.stderr, outputBytes),
      child.status,
      stdin === undefined ? undefined : feed(child, stdin),
    ]);
    signal?.throwIfAborted();
    return {
      stdout: stdout.bytes,
      stderr: stderr.bytes,
      truncated: stdout.truncated || stderr.truncated,
      timedOut,
      ...(!timedOut && { exitCode: code }),
    };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/**
 * Starts a program that inherits nothing.
 *
 * @throws {AgentError} `unavailable` if there is no such program, or it may not be run.
 */
export function spawn(
  { program, args, uid }: Pick<ProcessRequest, "program" | "args" | "uid">,
  stdin: "null" | "piped",
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: OUTER_ENV,
      cwd: "/",
      stdin,
      stdout: "piped",
      stderr: "piped",
      ...(uid !== undefined && { uid, gid: uid }),
    }).spawn();
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    if (!missing && !(error instanceof Deno.errors.NotCapable)) throw error;
    const what = missing ? "is not installed" : "may not be run by this process";
    throw new AgentError("unavailable", `the program "${program}" ${what}`, { cause: error });
  }
}

/** Kills a child that may have ended by itself. */
export function killIfAlive(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // "Child process has already terminated"
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function feed(child: Deno.ChildProcess, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch (error) {
    // A program need not read all that it is given.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function readUpTo(stream: ReadableStream<Uint8Array>, limit: number) {
  const parts: Uint8Array[] = [];
  let length = 0;
  let truncated = false;
  for await (const chunk of stream) {
    const kept = chunk.subarray(0, limit - length);
    if (kept.length > 0) parts.push(kept);
    length += kept.length;
    if (kept.length < chunk.length) truncated = true;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, truncated };
}
