/**
 * Serves a typed service over WebSockets: one session a link, the guard in front of comlink, a job for
 * each call.
 *
 * @module
 */
import * as Comlink from "comlink";
import { isCode } from "./frame.ts";
import { type Call, guardAnswer, guardCall, Refusal, type Schemas, thrown } from "./guard.ts";
import { isToken } from "./guard_token.ts";
import { Session } from "./session.ts";
import {
  GREETING_MS,
  HELLO,
  type Hello,
  parseGreeting,
  REFUSED,
  type Welcome,
} from "./session_greeting.ts";
import { type PortGuard, type SessionPort, SessionPorts } from "./session_ports.ts";
import { type Failure, type Methods, throttle, WorkerError } from "./worker_link.ts";

/** What one peer may ask of a service. */
export interface RemoteLimits {
  /** Of one message, either way; default 256 MiB. */
  readonly messageBytes: number;
  /** Of all that waits in a session to be sent, and of all that waits to be whole; default 1 GiB. */
  readonly sessionBytes: number;
  /** Calls that may be open at once in a session; default 64. */
  readonly openCalls: number;
  /** Default 5,000, and a fifth of a second's at once; what is above is refused with `rate-limited`. */
  readonly callsPerSecond: number;
  /** Default 64. */
  readonly sessions: number;
  /** How long a session outlives its socket; default 120,000. */
  readonly resumeMs: number;
  /** How often the peer is asked whether it lives; default 5,000. */
  readonly heartbeatMs: number;
}

const LIMITS: RemoteLimits = {
  messageBytes: 256 << 20,
  sessionBytes: 1 << 30,
  openCalls: 64,
  callsPerSecond: 5000,
  sessions: 64,
  resumeMs: 120_000,
  heartbeatMs: 5000,
};

/** A service, and who may call what in it. */
export interface Served<S extends Methods> {
  /** Sessions belong to this object: a link that was cut finds its own by it. */
  readonly methods: S;
  /** Of each method's request; what does not pass is refused with `bad-request`. */
  readonly schemas: Schemas<S>;
  readonly token: string;
  readonly limits?: Partial<RemoteLimits> | undefined;
  /** Takes one line about each kind of refusal in a session and each failure; never a token. */
  readonly log?: ((line: string) => void) | undefined;
  /** Ends all sessions; their links are told `worker-closed`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Serves one accepted socket, of `Deno.upgradeWebSocket`, of `ws` or of a page. Errors reach the caller
 * with name, code and message where they have a code of ours; others are told to the log alone.
 */
export function serveRemoteLink<S extends Methods>(socket: WebSocket, served: Served<S>): void {
  const { token, signal, log } = served;
  socket.binaryType = "arraybuffer";
  const timer = setTimeout(() => refuse("timeout"), GREETING_MS);

  function refuse(code: string) {
    log?.(`refused a link: ${code}`);
    socket.close(REFUSED, code);
  }
  const greet = ({ data }: MessageEvent) => {
    socket.removeEventListener("message", greet);
    clearTimeout(timer);
    const hello = parseGreeting(HELLO, data);
    if (hello === null) return refuse("bad-hello");
    if (!isToken(token, hello.token)) return refuse("unauthorized");
    if (signal?.aborted) return refuse("worker-closed");
    const session = sessionFor(hello, served);
    if (typeof session === "string") return refuse(session);
    session.attach(socket, hello.received);
  };
  socket.addEventListener("message", greet);
  socket.addEventListener("close", () => clearTimeout(timer));
  // A close follows, which tells the same.
  socket.addEventListener("error", (event) => event.preventDefault?.());
}

interface ServedSession {
  attach(socket: WebSocket, peerReceived: number): void;
}

/** Sessions by their ids, of each object of methods. */
const sessionsOf = new WeakMap<Methods, Map<string, ServedSession>>();

/** A new session, or the one to go on with; a code where there is none. */
function sessionFor<S extends Methods>(hello: Hello, served: Served<S>): ServedSession | string {
  const limits = { ...LIMITS, ...served.limits };
  const sessions = sessionsOf.get(served.methods) ?? new Map<string, ServedSession>();
  sessionsOf.set(served.methods, sessions);
  if (hello.session !== null) return sessions.get(hello.session) ?? "no-such-session";
  if (sessions.size >= limits.sessions) return "too-many-sessions";
  const id = crypto.randomUUID();
  const session = createSession(id, served, limits, () => sessions.delete(id));
  sessions.set(id, session);
  return session;
}

function createSession<S extends Methods>(
  id: string,
  { methods, schemas, signal, log }: Served<S>,
  limits: RemoteLimits,
  forget: () => void,
): ServedSession {
  let resumeTimer: ReturnType<typeof setTimeout> | undefined;
  const logged = new Set<string>();
  const takeCall = callBudget(limits.callsPerSecond);
  let openCalls = 0;

  const ports = new SessionPorts(
    { ...limits, ports: limits.openCalls },
    () => session.pump(),
    serve,
  );
  const session = new Session({
    next: () => ports.next(),
    deliver: (frame) => ports.deliver(frame),
    cut() {
      const gone = new WorkerError("peer-gone", "the link was cut, and nobody came back");
      resumeTimer = setTimeout(() => session.end(gone), limits.resumeMs);
    },
    ended(reason) {
      clearTimeout(resumeTimer);
      signal?.removeEventListener("abort", close);
      logOnce(reason.code, reason.message);
      ports.end(reason.code);
      forget();
    },
  }, limits.heartbeatMs);
  const close = () => session.end(new WorkerError("worker-closed", "the worker was closed"));
  signal?.addEventListener("abort", close);

  function logOnce(code: string, message: string) {
    if (logged.has(code)) return;
    logged.add(code);
    log?.(`link ${id.slice(0, 8)}: ${code}: ${printable(message)}`);
  }

  /** A port that the peer opened: comlink, its guard, and the jobs of its calls. */
  function serve(port: SessionPort): PortGuard {
    const jobs = new Set<AbortController>();
    let releasing: string | null = null;
    let unsent: WorkerError | null = null;

    async function run(name: string, request: unknown): Promise<unknown> {
      const controller = new AbortController();
      const { report, flush } = throttle((progress) => port.postMessage({ progress }));
      jobs.add(controller);
      openCalls++;
      try {
        return await methods[name]?.(request, { signal: controller.signal, onProgress: report });
      } catch (error) {
        // A plain object: comlink would send an Error with its stack.
        throw failureOf(name, error);
      } finally {
        flush();
        jobs.delete(controller);
        openCalls--;
      }
    }
    function failureOf(method: string, error: unknown): Failure {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (isCode(code) && /^\w{1,60}$/.test(name)) {
        return { name, code, message: message.slice(0, 10_000) };
      }
      // Whoever wrote this message did not mean it for another machine.
      log?.(`link ${id.slice(0, 8)}: ${method} failed: ${printable(`${name}: ${message}`)}`);
      const told = `${method} failed; the worker's log tells why`;
      return { name: "WorkerError", code: "failed", message: told };
    }
    function passed(message: unknown): Call {
      const call = guardCall(message, schemas);
      if (!takeCall()) throw new Refusal("rate-limited", "too many calls a second", call.id);
      if (openCalls >= limits.openCalls) {
        throw new Refusal("too-many-calls", `${openCalls} calls are open`, call.id);
      }
      return call;
    }
    const called = Object.keys(schemas).map((name) =>
      [name, (request: unknown) => run(name, request)] as const
    );
    Comlink.expose(
      Object.freeze(Object.assign(Object.create(null), Object.fromEntries(called))),
      port,
    );
    return {
      incoming(message) {
        try {
          const call = passed(message);
          if (call.type === "RELEASE") releasing = call.id;
          return call;
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          logOnce(error.code, error.message);
          if (error.id === null) throw error;
          port.postMessage(thrown(error.id, error));
          return undefined;
        }
      },
      outgoing(message) {
        const isRelease = releasing !== null && (message as { id?: unknown }).id === releasing;
        // Its listener is gone: nothing would answer any more.
        if (isRelease) queueMicrotask(() => port.finish());
        return guardAnswer(message, unsent);
      },
      unsent: (reason) => unsent = reason,
      closed(code) {
        for (const job of jobs) job.abort(new WorkerError(code, `the call was ended: ${code}`));
      },
    };
  }
  return {
    attach(socket, peerReceived) {
      clearTimeout(resumeTimer);
      const { received } = session;
      const { openCalls, messageBytes } = limits;
      const welcome: Welcome = { session: id, received, openCalls, messageBytes };
      socket.send(JSON.stringify(welcome));
      session.attach(socket, peerReceived);
    },
  };
}

/** Tells whether one more call may pass: so many a second, a fifth of that at once. */
function callBudget(perSecond: number): () => boolean {
  const most = Math.max(1, perSecond / 5);
  let left = most;
  let atMs = performance.now();
  return () => {
    const nowMs = performance.now();
    left = Math.min(most, left + (nowMs - atMs) * perSecond / 1000);
    atMs = nowMs;
    if (left < 1) return false;
    left--;
    return true;
  };
}

/** Control characters in what others wrote would make lines of their own. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.slice(0, 500).replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
}
