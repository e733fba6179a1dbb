/**
 * The caller's way to a worker's socket: a checked URL, a socket of whatever runtime, first words.
 *
 * @module
 */
import {
  GREETING_MS,
  type Hello,
  parseGreeting,
  refusalOf,
  WELCOME,
  type Welcome,
} from "./session_greeting.ts";
import { WorkerError } from "./worker_link.ts";

/** How a socket is opened and greeted. */
export interface Dialling {
  readonly url: string;
  readonly connect?: ((url: string) => WebSocket) | undefined;
  readonly hello: () => Hello;
  /** Takes the socket in the moment in which it is welcomed: frames may follow in the same breath. */
  readonly onWelcome: (socket: WebSocket, welcome: Welcome) => void;
  readonly signal: AbortSignal;
  /** Not longer than usual in any case. */
  readonly limitMs?: number | undefined;
}

/**
 * Opens a socket and greets.
 *
 * @throws {WorkerError} `unreachable`, or the code that the worker refuses with; the signal's reason.
 */
export function dial(dialling: Dialling): Promise<void> {
  const { url, hello, onWelcome, signal, limitMs = GREETING_MS } = dialling;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = open(dialling);
    socket.binaryType = "arraybuffer";
    let settled = false;
    const settle = () => {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    };
    const fail = (error: unknown) => {
      if (settled) return;
      settle();
      socket.close();
      reject(error);
    };
    const stop = () => fail(signal.reason);
    const silent = () => fail(unreachable(url, "no answer came"));
    const timer = setTimeout(silent, Math.min(limitMs, GREETING_MS));
    signal.addEventListener("abort", stop);
    socket.addEventListener("open", () => {
      if (!settled) socket.send(JSON.stringify(hello()));
    });
    socket.addEventListener("error", (event) => {
      fail(unreachable(url, "message" in event ? String(event.message) : ""));
    });
    socket.addEventListener("close", (event) => {
      const code = refusalOf(event);
      fail(code === null ? unreachable(url, "it closed") : refused(code));
    });
    socket.addEventListener("message", ({ data }) => {
      if (settled) return;
      const welcome = parseGreeting(WELCOME, data);
      if (welcome === null) {
        return fail(new WorkerError("bad-frame", `${url} does not answer as a worker does`));
      }
      settle();
      onWelcome(socket, welcome);
      resolve();
    });
  });
}

/** The `Origin` that a program that is no page sends: the worker's own. */
export function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol === "wss:" ? "https:" : "http:"}//${host}`;
}

/** @throws {WorkerError} `bad-url`, `insecure-url`. */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || url.protocol !== "wss:" && url.protocol !== "ws:") {
    throw new WorkerError("bad-url", `${quoted(text)} is no ws:// or wss:// URL`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new WorkerError(
      "bad-url",
      "the URL of a worker holds no user, query or fragment: the token goes into `token`",
    );
  }
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.protocol === "ws:" && !isLoopback) {
    throw new WorkerError(
      "insecure-url",
      `${quoted(text)} would send the token in the clear: use wss://`,
    );
  }
  return url.href;
}

/** Sockets of Deno and of Node 22 take headers. */
type HeaderedSocket = new (
  url: string,
  options: { headers: Record<string, string> },
) => WebSocket;

function open({ url, connect }: Dialling): WebSocket {
  if (connect) return connect(url);
  if (!("WebSocket" in globalThis)) {
    throw new WorkerError("unreachable", "this runtime has no WebSocket: give one in `connect`");
  }
  const isPage = !("Deno" in globalThis) && !("process" in globalThis);
  try {
    if (isPage) return new WebSocket(url);
    // Browsers send the page's origin; others are to name one too.
    const headers = { origin: originOf(url) };
    return new (WebSocket as unknown as HeaderedSocket)(url, { headers });
  } catch (error) {
    // A page of TLS may not open a plain socket, and Deno may lack the permission.
    throw unreachable(url, String(error));
  }
}

function refused(code: string): WorkerError {
  const told: Record<string, string> = {
    "unauthorized": "the token is not the worker's",
    "no-such-session": "the worker has started anew, or has waited for too long",
    "worker-closed": "the worker is closing",
  };
  return new WorkerError(code, `the worker refused the link: ${told[code] ?? code}`);
}

function unreachable(url: string, why: string): WorkerError {
  const hint = why === "" ? "it does not listen there, or does not allow this page's origin" : why;
  return new WorkerError("unreachable", `${url} cannot be reached: ${hint}`);
}

/** Without what may hold a token by mistake. */
function quoted(url: string): string {
  return JSON.stringify(url.replace(/[?#].*/s, "").replace(/\/\/.*@/s, "//").slice(0, 200));
}
