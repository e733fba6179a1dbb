/**
 * The door of a remote worker: HTTP that upgrades to WebSockets, for those with the right Host and
 * Origin.
 *
 * @module
 */
import { WorkerError } from "./worker_link.ts";

/** Where and for whom a worker listens. */
export interface ListenOptions {
  /** Default `127.0.0.1`. Any other than loopback needs `tls` and a token of 256 bits. */
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly token: string;
  /** Origins of pages that may connect beside the listener's own: `http://127.0.0.1:8787`. */
  readonly origins?: readonly string[] | undefined;
  /** Names that requests may come by, beside loopback and those of the certificate. */
  readonly names?: readonly string[] | undefined;
  /** Takes each socket that passed; hand it to `serveRemoteLink`. */
  readonly handler: (socket: WebSocket) => void;
  /** Answers `GET /`; where others can reach it, only to `Authorization: Bearer TOKEN`. */
  readonly status?: (() => Response | Promise<Response>) | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** A worker that listens. */
export interface RemoteListener {
  /** For example `ws://127.0.0.1:8790`. */
  readonly url: string;
  readonly port: number;
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

/**
 * Listens.
 *
 * @throws {WorkerError} `public-bind` where others could reach it without token and TLS; `port-taken`.
 */
export function listenRemote(options: ListenOptions): RemoteListener {
  throw new WorkerError("public-bind", `not yet on ${options.port}`);
}
