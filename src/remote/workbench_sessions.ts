/**
 * Workbenches of a remote worker: each caller's corpora are in a process of their own, which ends when
 * he leaves, or has not been heard of for long.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { JobProcess } from "./job_process.ts";
import { WorkError } from "./work_error.ts";
import type { WorkbenchService } from "./workbench_service.ts";

/** What sessions may take. */
export interface SessionLimits {
  /** How many there may be. */
  readonly sessions: number;
  /** How long one may be idle. */
  readonly idleMs: number;
  /** How long a call may take. */
  readonly timeMs: number;
}

/** The sessions of a worker. */
export interface WorkbenchSessions {
  readonly size: number;
  /**
   * Calls a method in a session's process, which is started with its first call.
   *
   * @throws {WorkError} "busy" where there are too many; "limit", "died".
   */
  call<K extends Exclude<keyof WorkbenchService, "run">>(
    session: string,
    method: K,
    request: Parameters<WorkbenchService[K]>[0],
    job: Job,
  ): Promise<Awaited<ReturnType<WorkbenchService[K]>>>;
  end(session: string): void;
  close(): void;
}

/** @param start A process for a new session. */
export function createWorkbenchSessions(
  start: () => Promise<JobProcess>,
  limits: SessionLimits,
): WorkbenchSessions {
  const sessions = new Map<string, Session>();

  function end(name: string): void {
    const session = sessions.get(name);
    if (!session) return;
    sessions.delete(name);
    clearTimeout(session.idle);
    session.process.then((process) => process.close(), () => {/* whoever called was told */});
  }

  async function sessionOf(name: string): Promise<Session> {
    const known = sessions.get(name);
    if (known && !(await known.process).ended) return known;
    if (sessions.size >= limits.sessions && !known) {
      throw new WorkError("busy", `${sessions.size} workbenches are in use here: close one.`);
    }
    const session: Session = { process: start(), calls: 0 };
    sessions.set(name, session);
    session.process.catch(() => sessions.delete(name));
    return session;
  }

  return {
    get size() {
      return sessions.size;
    },
    async call(name, method, request, { signal, onProgress }) {
      const session = await sessionOf(name);
      const process = await session.process;
      clearTimeout(session.idle);
      session.calls++;
      let over = false;
      const limit = setTimeout(() => (over = true, process.close()), limits.timeMs);
      // What does not stop by itself is ended, with all that the session holds.
      let grace: ReturnType<typeof setTimeout> | undefined;
      const abort = () => grace = setTimeout(() => process.close(), STOP_GRACE_MS);
      signal?.addEventListener("abort", abort);
      try {
        return await process.call(method, request, { signal, onProgress }) as never;
      } catch (error) {
        if (!over) throw error;
        throw new WorkError("limit", `It took longer than the ${limits.timeMs / 1000} s it may.`);
      } finally {
        signal?.removeEventListener("abort", abort);
        clearTimeout(grace);
        clearTimeout(limit);
        if (--session.calls === 0) session.idle = setTimeout(() => end(name), limits.idleMs);
      }
    },
    end,
    close() {
      for (const name of [...sessions.keys()]) end(name);
    },
  };
}

interface Session {
  readonly process: Promise<JobProcess>;
  calls: number;
  idle?: ReturnType<typeof setTimeout>;
}

const STOP_GRACE_MS = 5_000;
