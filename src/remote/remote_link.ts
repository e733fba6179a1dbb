/**
 * A typed service on another machine, over one WebSocket: the same calls as in a worker, and they
 * outlive a cut connection.
 *
 * @module
 */
import * as Comlink from "comlink";
import type { Job, Progress } from "../gpu/mod.ts";
import { guardReply } from "./guard.ts";
import { Session } from "./session.ts";
import type { Welcome } from "./session_greeting.ts";
import {
  type PortGuard,
  type PortLimits,
  type SessionPort,
  SessionPorts,
} from "./session_ports.ts";
import { checkedUrl, dial } from "./socket_dial.ts";
import { isFailure, type Methods, WorkerError, type WorkerLink } from "./worker_link.ts";

/** `open`: calls travel; `reconnecting`: they wait; `closed`: they are rejected. */
export type LinkState = "open" | "reconnecting" | "closed";

/** How a remote link is opened. */
export interface RemoteLinkOptions {
  /** The secret of the worker; it is sent in the first frame, never in the URL. */
  readonly token: string;
  /** Closes the link, or gives up opening it. */
  readonly signal?: AbortSignal | undefined;
  readonly onState?: ((state: LinkState) => void) | undefined;
  /**
   * Makes a socket where the runtime has none (Node 20); it must send an `Origin` that the worker
   * allows: with the package `ws`, `(url) => new WebSocket(url, { origin: originOf(url) })`.
   */
  readonly connect?: ((url: string) => WebSocket) | undefined;
  /** How often the peer is asked whether it lives; default 5,000. Silent for three, it is cut off. */
  readonly heartbeatMs?: number | undefined;
  /** After how long without the peer the link gives up with `peer-gone`; default 60,000. */
  readonly goneAfterMs?: number | undefined;
  /** Of one message, either way; default 256 MiB. */
  readonly messageBytes?: number | undefined;
}

/** The caller's end of a service on another machine. */
export interface RemoteLink<S extends Methods> extends WorkerLink<S> {
  readonly state: LinkState;
  /** Of the last heartbeat, there and back. */
  readonly latencyMs: number;
  /** Calls a method; see {@linkcode WorkerLink}. Requests and results are plain values. */
  call: WorkerLink<S>["call"];
}

/** Waits between attempts to come back. */
const FIRST_WAIT_MS = 100;
const LAST_WAIT_MS = 5000;

/** How many calls may be open at once, whatever a worker offers. */
const MOST_CALLS = 256;

/**
 * Links to a service that `serveRemoteLink` serves at `url`.
 *
 * @param url `wss://…`, or `ws://…` on this machine.
 * @throws {WorkerError} `bad-url`, `insecure-url`, `unauthorized`, `unreachable`, or another code that
 * the worker refuses with.
 *
 * @example
 * ```ts
 * import { type Methods, openRemoteLink } from "./mod.ts";
 * async function add<S extends Methods>(token: string) {
 *   const link = await openRemoteLink<S>("wss://gpu.example:8790", { token });
 *   console.log(await link.call("add", { a: 1, b: 2 }));
 *   link.close();
 * }
 * ```
 */
export async function openRemoteLink<S extends Methods>(
  url: string,
  options: RemoteLinkOptions,
): Promise<RemoteLink<S>> {
  const target = checkedUrl(url);
  options.signal?.throwIfAborted();
  const link = new Link(target, options);
  await link.open();
  return {
    get ended() {
      return link.state === "closed";
    },
    get state() {
      return link.state;
    },
    get latencyMs() {
      return link.session.latencyMs;
    },
    call: (method, request, job = {}) => link.call(String(method), request, job) as Promise<never>,
    close: () => link.end("worker-closed", "the link was closed"),
  };
}

/** A port that calls go through one after another. */
interface Lane {
  readonly port: SessionPort;
  /** The ids of calls that were not answered. */
  readonly awaited: ReadonlySet<string>;
  readonly remote: Comlink.Remote<Record<string, (request: unknown) => Promise<unknown>>>;
  onProgress: ((progress: Progress) => void) | undefined;
  onClosed: (code: string) => void;
}

class Link {
  state: LinkState = "reconnecting";
  readonly session: Session;
  readonly #ports: SessionPorts;
  readonly #limits: PortLimits;
  readonly #idle: Lane[] = [];
  /** Calls that wait for one of those that are open to end. */
  readonly #waiting: (() => void)[] = [];
  #sessionId: string | null = null;
  #openCalls = 0;
  #mostCalls = 1;
  readonly #stopped = new AbortController();

  constructor(readonly url: string, readonly options: RemoteLinkOptions) {
    const { messageBytes = 256 << 20, heartbeatMs = 5000 } = options;
    this.#limits = { messageBytes, sessionBytes: 4 * messageBytes, ports: Infinity };
    this.#ports = new SessionPorts(this.#limits, () => this.session.pump(), null);
    this.session = new Session({
      next: () => this.#ports.next(),
      deliver: (frame) => this.#ports.deliver(frame),
      cut: () => void this.#comeBack(),
      ended: (reason) => this.#ended(reason),
    }, heartbeatMs);
  }

  async open(): Promise<void> {
    const { signal } = this.options;
    signal?.addEventListener("abort", this.#abort);
    try {
      await this.#attempt();
    } catch (error) {
      this.end("unreachable", "the link was never open");
      throw signal?.aborted ? signal.reason : error;
    }
  }

  end(code: string, message: string): void {
    this.session.end(new WorkerError(code, message));
  }

  async call(method: string, request: unknown, job: Job): Promise<unknown> {
    for (;;) {
      job.signal?.throwIfAborted();
      try {
        return await this.#callOnce(method, request, job);
      } catch (error) {
        // Refused before anything was done.
        if (!(error instanceof WorkerError) || error.code !== "rate-limited") throw error;
        await pause(100);
      }
    }
  }

  async #callOnce(method: string, request: unknown, { signal, onProgress }: Job) {
    while (this.#openCalls >= this.#mostCalls && !this.session.ended) await this.#turn(signal);
    if (this.session.ended) throw this.session.ended;
    const lane = this.#idle.pop() ?? this.#openLane();
    lane.onProgress = onProgress;
    const interrupted = new Promise<never>((_resolve, reject) => {
      lane.onClosed = (code) =>
        reject(
          signal?.aborted
            ? signal.reason
            : this.session.ended ?? new WorkerError(code, `the call of ${method} ended: ${code}`),
        );
    });
    const abort = () => lane.port.close("cancelled");
    this.#openCalls++;
    signal?.addEventListener("abort", abort);
    try {
      return await Promise.race([lane.remote[method]?.(request), interrupted]);
    } catch (error) {
      throw isFailure(error) ? new WorkerError(error.code, error.message, error.name) : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      lane.onProgress = undefined;
      this.#openCalls--;
      // What could not be sent is never answered.
      if (lane.awaited.size > 0) lane.port.close("cancelled");
      if (!lane.port.closed) this.#idle.push(lane);
      this.#waiting.shift()?.();
    }
  }

  /** Waits for a call to end. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const come = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(come), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.push(come);
    });
  }

  #openLane(): Lane {
    const awaited = new Set<string>();
    const guard: PortGuard = {
      incoming: (message) => {
        const reply = guardReply(message, awaited);
        if ("progress" in reply) {
          const { onProgress } = lane;
          // Whatever the listener throws is its own.
          if (onProgress) queueMicrotask(() => onProgress(reply.progress));
          return undefined;
        }
        awaited.delete(reply.id);
        return reply;
      },
      outgoing(message) {
        awaited.add((message as { id: string }).id);
        return message;
      },
      closed: (code) => {
        const at = this.#idle.indexOf(lane);
        if (at >= 0) this.#idle.splice(at, 1);
        lane.onClosed(code);
      },
    };
    const port = this.#ports.open(guard);
    // The proxy is kept for as long as the port: comlink drops replies of a collected one.
    const lane: Lane = {
      port,
      remote: Comlink.wrap(port),
      awaited,
      onProgress: undefined,
      onClosed: () => {},
    };
    return lane;
  }

  async #comeBack(): Promise<void> {
    this.#tell("reconnecting");
    const { goneAfterMs = 60_000 } = this.options;
    const endMs = performance.now() + goneAfterMs;
    let waitMs = FIRST_WAIT_MS;
    let why = "";
    while (!this.session.ended && performance.now() < endMs) {
      try {
        return await this.#attempt(endMs - performance.now());
      } catch (error) {
        // Nobody waits for this but the session; `connect` of the caller's own may throw anything.
        const failure = error instanceof WorkerError
          ? error
          : new WorkerError("failed", String(error));
        if (failure.code !== "unreachable") return this.session.end(failure);
        why = failure.message;
      }
      await pause(Math.min(waitMs * (0.5 + Math.random()), endMs - performance.now()));
      waitMs = Math.min(2 * waitMs, LAST_WAIT_MS);
    }
    const seconds = Math.round(goneAfterMs / 1000);
    this.end("peer-gone", `the worker was not reached for ${seconds} s: ${why}`);
  }

  /** Opens a socket and greets; resolves once the session goes on over it. */
  #attempt(limitMs?: number): Promise<void> {
    const { options: { token, connect }, session } = this;
    return dial({
      url: this.url,
      connect,
      hello: () => ({ bottega: 1, token, session: this.#sessionId, received: session.received }),
      onWelcome: (socket, welcome) => this.#welcomed(socket, welcome),
      signal: this.#stopped.signal,
      limitMs,
    });
  }

  #welcomed(socket: WebSocket, welcome: Welcome): void {
    if (this.#sessionId !== null && welcome.session !== this.#sessionId) {
      return this.end("bad-frame", "the worker goes on with another session than it was asked for");
    }
    this.#sessionId = welcome.session;
    this.#limits.messageBytes = Math.min(this.#limits.messageBytes, welcome.messageBytes);
    this.#mostCalls = Math.min(welcome.openCalls, MOST_CALLS);
    this.#tell("open");
    this.session.attach(socket, welcome.received);
  }

  #tell(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.options.onState?.(state);
  }

  #abort = () => {
    const { reason } = this.options.signal ?? {};
    this.end("worker-closed", reason instanceof Error ? reason.message : "the link was closed");
  };

  #ended(reason: WorkerError): void {
    this.options.signal?.removeEventListener("abort", this.#abort);
    this.#stopped.abort(reason);
    this.#ports.end(reason.code);
    for (const resume of this.#waiting.splice(0)) resume();
    this.#tell("closed");
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
