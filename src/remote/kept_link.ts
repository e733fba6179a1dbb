/**
 * A link to a remote worker that is opened with its first call, and opened anew when it was lost.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { LinkState, RemoteLink } from "./remote_link.ts";
import type { RemoteRequest, RemoteService } from "./remote_service.ts";
import { WorkerError } from "./worker_link.ts";

/** A link that is kept. */
export interface KeptLink {
  readonly state: LinkState;
  /** Of the last heartbeat, there and back; 0 before the first. */
  readonly latencyMs: number;
  /** Calls once: rejected where the link is lost meanwhile. */
  call: Call;
  /** Calls until there is an answer: for what may be done twice. Gives up after ten minutes. */
  insist: Call;
  /** Ends it, once what was cancelled has been told so. */
  close(): void;
}

type Call = <K extends keyof RemoteService>(
  method: K,
  request: RemoteRequest<K>,
  job?: Job,
) => Promise<Answer<K>>;

type Answer<K extends keyof RemoteService> = Awaited<ReturnType<RemoteService[K]>>;

/** Keeps a link that `openLink` opens; nothing is sent yet. */
export function keepLink(openLink: () => Promise<RemoteLink<RemoteService>>): KeptLink {
  let opening: Promise<RemoteLink<RemoteService>> | null = null;
  let link: RemoteLink<RemoteService> | null = null;
  let closed = false;
  /** What is still to be said when the link is closed. */
  const lastWords = new Set<Promise<unknown>>();

  async function open(): Promise<RemoteLink<RemoteService>> {
    if (closed) throw new WorkerError("worker-closed", "the workbench was closed");
    if (link && !link.ended) return link;
    opening ??= openLink().finally(() => opening = null);
    const opened = link = await opening;
    if (closed) opened.close();
    return opened;
  }

  // The schema there fills in what is left out.
  const call: Call = (method, request, job) => {
    const answer = open().then((link) => link.call(method, request as never, job));
    if (method !== "cancelRun") return answer;
    lastWords.add(answer);
    return answer.finally(() => lastWords.delete(answer));
  };

  async function insist<K extends keyof RemoteService>(
    method: K,
    request: RemoteRequest<K>,
    job: Job = {},
  ): Promise<Answer<K>> {
    const since = performance.now();
    for (let waitMs = FIRST_WAIT_MS;; waitMs = Math.min(LAST_WAIT_MS, waitMs * 2)) {
      try {
        return await call(method, request, job);
      } catch (error) {
        job.signal?.throwIfAborted();
        const isLost = error instanceof WorkerError && LOST.has(error.code);
        if (closed || !isLost || performance.now() - since > PATIENCE_MS) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  return {
    get state() {
      return link?.state ?? (closed ? "closed" : "reconnecting");
    },
    get latencyMs() {
      return link?.latencyMs ?? 0;
    },
    call,
    insist,
    close() {
      closed = true;
      if (lastWords.size === 0) return link?.close();
      // A cell that is stopped cancels its run and closes its workbench in one breath.
      const timer = setTimeout(() => link?.close(), LAST_WORDS_MS);
      void Promise.allSettled(lastWords).then(() => {
        clearTimeout(timer);
        link?.close();
      });
    },
  };
}

/** Codes of a worker that may be there again soon. */
const LOST = new Set([
  "no-such-session",
  "peer-gone",
  "rate-limited",
  "timeout",
  "too-many-calls",
  "too-many-sessions",
  "too-many-sockets",
  "unreachable",
  "worker-closed",
]);

const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 2_000;
const PATIENCE_MS = 600_000;
const LAST_WORDS_MS = 5_000;
