/**
 * Serves a typed service over WebSockets, one session a link, behind the guard.
 *
 * @module
 */
import type { GenericSchema } from "valibot";
import type { Methods } from "./worker_link.ts";

/** What one peer may ask of a service. */
export interface RemoteLimits {
  /** Of one message, either way. */
  readonly messageBytes: number;
  /** Of all that waits in a session to be sent or to be whole. */
  readonly sessionBytes: number;
  /** Calls that may be open at once in a session. */
  readonly openCalls: number;
  readonly callsPerSecond: number;
  readonly sessions: number;
  /** How long a session outlives its socket. */
  readonly resumeMs: number;
}

/** A service, and who may call what in it. */
export interface Served<S extends Methods> {
  /** Sessions belong to this object: a link that was cut finds its own by it. */
  readonly methods: S;
  /** Of each method's request; what does not pass is refused with `bad-request`. */
  readonly schemas: { readonly [K in keyof S]: GenericSchema<unknown, Parameters<S[K]>[0]> };
  readonly token: string;
  readonly limits?: Partial<RemoteLimits> | undefined;
  /** Takes one line about each refusal and each failure; never a token. */
  readonly log?: ((line: string) => void) | undefined;
  /** Ends all sessions; their links are told `worker-closed`. */
  readonly signal?: AbortSignal | undefined;
}

/** Serves one accepted socket, of `Deno.upgradeWebSocket`, of `ws` or of a page. */
export function serveRemoteLink<S extends Methods>(socket: WebSocket, served: Served<S>): void {
  socket.close(4500, `not yet ${Object.keys(served.methods).length}`);
}
