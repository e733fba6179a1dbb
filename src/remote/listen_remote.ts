/**
 * The door of a remote worker: HTTP that upgrades to WebSockets, for those who come by the right name
 * and from the right origin. The token is asked for behind it, in the first frame.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { isToken, TOKEN_CHARACTERS } from "./guard_token.ts";
import { GREETING_MS } from "./session_greeting.ts";
import { WorkerError } from "./worker_link.ts";

/** Where and for whom a worker listens. */
export interface ListenOptions {
  /** Default `127.0.0.1`. Any other than loopback needs `tls`. */
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Of 256 bits. */
  readonly token: string;
  /** Origins of pages that may connect beside the listener's own: `http://127.0.0.1:8787`. */
  readonly origins?: readonly string[] | undefined;
  /** Names that requests may come by beside loopback's, `host` and those of the certificate. */
  readonly names?: readonly string[] | undefined;
  /** Takes each socket that passed; hand it to `serveRemoteLink`. */
  readonly handler: (socket: WebSocket) => void;
  /** Answers `GET /`; where others can reach it, only to `Authorization: Bearer TOKEN`. */
  readonly status?: (() => Response | Promise<Response>) | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** A worker that listens. */
export interface RemoteListener {
  /** For `openRemoteLink`: `ws://127.0.0.1:8790`. */
  readonly url: string;
  readonly port: number;
  readonly finished: Promise<void>;
  /** Stops listening, and drops the sockets that are open. */
  close(): Promise<void>;
}

/** Sockets that may be open at once. */
const MOST_SOCKETS = 256;

/** Sockets that came lately, and may not have shown a token yet: each may hold a frame of 64 MiB. */
const MOST_NEW_SOCKETS = 32;

/**
 * Listens.
 *
 * @throws {WorkerError} `weak-token`; `public-bind` where others could reach it without TLS;
 * `port-taken`; `bad-certificate`.
 *
 * @example
 * ```ts
 * import * as v from "valibot";
 * import { listenRemote, randomToken, serveRemoteLink } from "./headless.ts";
 * const token = randomToken();
 * const methods = { double: (n: number) => Promise.resolve(2 * n) };
 * const served = { methods, schemas: { double: v.number() }, token };
 * const handler = (socket: WebSocket) => serveRemoteLink(socket, served);
 * const { url } = listenRemote({ port: 0, token, handler });
 * ```
 */
export function listenRemote(options: ListenOptions): RemoteListener {
  const { host = "127.0.0.1", port, tls, token, status, handler, log } = options;
  const isPublic = !LOOPBACK.has(nameOf(host));
  if (token.length < TOKEN_CHARACTERS) throw weakToken(host);
  if (isPublic && !tls) throw publicBind(host);
  const names = new Set([
    ...LOOPBACK,
    nameOf(host),
    ...(options.names ?? []).map(nameOf),
    ...(tls ? certificateNames(tls.cert) : []),
  ]);
  const closing = new AbortController();
  const sockets = new Set<WebSocket>();
  const newSockets = new Set<WebSocket>();

  function answer(request: Request): Response | Promise<Response> {
    const refusal = refusalOf(request);
    if (refusal) {
      log?.(`refused a request: ${refusal.code}`);
      return refusal.response;
    }
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return upgrade(request);
    if (!status || new URL(request.url).pathname !== "/" || request.method !== "GET") {
      return refuse(404, "not-found").response;
    }
    const [, given = ""] = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    if (isPublic && !isToken(token, given)) return refuse(401, "unauthorized").response;
    return status();
  }
  function refusalOf({ headers, url }: Request) {
    // HTTP/2 has it in the request line.
    const host = headers.get("host") ?? new URL(url).host;
    if (!names.has(nameOf(host.replace(/:\d{1,5}$/, "")))) return refuse(403, "forbidden-host");
    const isUpgrade = headers.get("upgrade") !== null;
    const origin = headers.get("origin");
    // A page always sends one with a socket; a program is to say whom it comes for, too.
    if (origin === null) return isUpgrade ? refuse(403, "forbidden-origin") : null;
    const own = [`http://${host}`, `https://${host}`];
    return [...own, ...options.origins ?? []].includes(origin)
      ? null
      : refuse(403, "forbidden-origin");
  }
  function upgrade(request: Request): Response {
    if (sockets.size >= MOST_SOCKETS || newSockets.size >= MOST_NEW_SOCKETS) {
      return refuse(503, "too-many-sockets").response;
    }
    // Heartbeats are the session's.
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    sockets.add(socket);
    newSockets.add(socket);
    const timer = setTimeout(() => newSockets.delete(socket), GREETING_MS);
    socket.addEventListener("close", () => {
      clearTimeout(timer);
      newSockets.delete(socket);
      sockets.delete(socket);
    });
    handler(socket);
    return response;
  }
  const server = serve(host, port, tls, closing.signal, (request) => secured(answer(request)));
  const scheme = tls ? "wss" : "ws";
  const shown = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return {
    url: `${scheme}://${shown}:${server.addr.port}`,
    port: server.addr.port,
    finished: server.finished,
    close() {
      for (const socket of sockets) socket.close();
      closing.abort();
      return server.finished;
    },
  };
}

const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1"]);

/** A host without case and brackets. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, "");
}

function weakToken(host: string): WorkerError {
  return new WorkerError(
    "weak-token",
    `To listen on ${
      JSON.stringify(host)
    } needs a token of ${TOKEN_CHARACTERS} characters at least: ` +
      "256 random bits, as `randomToken` makes them.",
  );
}

function publicBind(host: string): WorkerError {
  return new WorkerError(
    "public-bind",
    `Others can reach ${
      JSON.stringify(host)
    }: to listen there needs a TLS certificate and its key. ` +
      "Or listen on 127.0.0.1, behind a reverse proxy or an ssh tunnel.",
  );
}

/** The names and addresses that a certificate is for. */
function certificateNames(pem: string): string[] {
  try {
    const names = new X509Certificate(pem).subjectAltName ?? "";
    return [...names.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = ""]) =>
      nameOf(name)
    );
  } catch (error) {
    throw new WorkerError("bad-certificate", `The certificate cannot be read: ${error}`);
  }
}

function serve(
  host: string,
  port: number,
  tls: ListenOptions["tls"],
  signal: AbortSignal,
  handler: Deno.ServeHandler,
): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: nameOf(host), port, signal, onListen: () => {} };
  try {
    return Deno.serve({ ...options, ...tls }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new WorkerError("port-taken", `Port ${port} is in use; choose another, or 0 for any.`);
    }
    if (error instanceof Deno.errors.InvalidData || error instanceof TypeError) {
      throw new WorkerError("bad-certificate", `The certificate or key cannot be used: ${error}`);
    }
    throw error;
  }
}

function refuse(status: number, code: string) {
  return { code, response: Response.json({ code }, { status }) };
}

/** What it answers is shown by itself, and runs nothing. */
async function secured(answer: Response | Promise<Response>): Promise<Response> {
  const response = await answer;
  if (response.status === 101) return response;
  const headers = response.headers;
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  headers.set("cross-origin-resource-policy", "same-origin");
  headers.set(
    "content-security-policy",
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
      "frame-ancestors 'none'",
  );
  return response;
}
