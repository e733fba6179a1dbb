/**
 * Message ports over one session: each is an endpoint as comlink takes it. Messages are cut into chunks,
 * and those of several ports take turns.
 *
 * @module
 */
import type { Endpoint } from "comlink";
import { CHUNK_BYTES } from "./frame.ts";
import { packValue, unpackValue } from "./frame_value.ts";
import type { PortFrame } from "./session.ts";
import { WorkerError } from "./worker_link.ts";

/** What passes a port's two doors. */
export interface PortGuard {
  /**
   * What comlink gets of a message that came; undefined where it is none of its.
   *
   * @throws {WorkerError} where it is refused: that closes the port, with the code.
   */
  incoming(message: unknown): unknown;
  /** What is sent of a message of ours. */
  outgoing(message: unknown): unknown;
  /** The port has closed, by whomever. */
  closed(code: string): void;
}

/** How much a session may hold. */
export interface PortLimits {
  /** Of one message, either way. */
  readonly messageBytes: number;
  /** Of all that waits to be sent, and of all that waits to be whole. */
  readonly sessionBytes: number;
  readonly ports: number;
}

/** An end of a message port. */
export interface SessionPort extends Endpoint {
  readonly closed: boolean;
  /** Nothing goes on here; what waits to be sent is dropped. */
  close(code: string): void;
  /** Closes it once all that waits is sent. */
  finish(): void;
}

interface State {
  readonly port: SessionPort;
  readonly guard: PortGuard;
  readonly listeners: Set<(event: Event) => void>;
  readonly outgoing: { readonly bytes: Uint8Array; at: number }[];
  /** Whether the peer knows of it. */
  known: boolean;
  finishing: boolean;
  incoming: Uint8Array[];
  incomingBytes: number;
}

/** The ports of one end of a session. */
export class SessionPorts {
  readonly #open = new Map<number, State>();
  /** Ports that have something to send; the first is next. */
  readonly #ready = new Set<number>();
  readonly #closes: PortFrame[] = [];
  #last = 0;
  #outgoingBytes = 0;
  #incomingBytes = 0;

  /**
   * @param wake Called when there is something to send.
   * @param accept Makes the guard of a port that the peer opens; null where it may not.
   */
  constructor(
    readonly limits: PortLimits,
    readonly wake: () => void,
    readonly accept: ((port: SessionPort) => PortGuard) | null,
  ) {}

  get size(): number {
    return this.#open.size;
  }

  /**
   * Opens a port; the peer learns of it by its first message, which has to be posted before another
   * port is opened: numbers only grow, so that frames to closed ports are known as such.
   */
  open(guard: PortGuard): SessionPort {
    return this.#add(this.#last + 1, false, () => guard).port;
  }

  /** The next frame to send; null where there is none. */
  next(): PortFrame | null {
    const close = this.#closes.shift();
    if (close) return close;
    const [port] = this.#ready;
    if (port === undefined) return null;
    this.#ready.delete(port);
    const state = this.#open.get(port);
    const message = state?.outgoing[0];
    if (!message) return this.next();
    state.known = true;
    const bytes = message.bytes.subarray(message.at, message.at + CHUNK_BYTES);
    message.at += bytes.length;
    this.#outgoingBytes -= bytes.length;
    const isLast = message.at === message.bytes.length;
    if (isLast) state.outgoing.shift();
    if (state.outgoing.length > 0) this.#ready.add(port);
    else if (state.finishing) this.#close(port, "released", true);
    return { kind: isLast ? "last" : "part", port, bytes };
  }

  /** @throws {WorkerError} what no honest peer sends. */
  deliver(frame: PortFrame): void {
    const state = this.#open.get(frame.port) ?? this.#opened(frame);
    // Closed here while it was on the way.
    if (!state) return;
    if (frame.kind === "close") return this.#close(frame.port, frame.code, false);
    state.incomingBytes += frame.bytes.length;
    this.#incomingBytes += frame.bytes.length;
    if (this.#incomingBytes > this.limits.sessionBytes) {
      throw new WorkerError(
        "too-large",
        `more than ${this.limits.sessionBytes} bytes came at once`,
      );
    }
    if (state.incomingBytes > this.limits.messageBytes) {
      return this.#close(frame.port, "too-large", true);
    }
    state.incoming.push(frame.bytes);
    if (frame.kind === "last") this.#whole(frame.port, state);
  }

  /** Closes all of them, without a word to the peer. */
  end(code: string): void {
    for (const port of [...this.#open.keys()]) this.#close(port, code, false);
  }

  #opened(frame: PortFrame): State | null {
    if (frame.port <= this.#last) return null;
    if (frame.kind === "close") {
      this.#last = frame.port;
      return null;
    }
    if (this.accept === null) throw new WorkerError("forbidden-frame", "the peer opened a port");
    if (this.#open.size >= this.limits.ports) {
      throw new WorkerError(
        "too-many-ports",
        `the peer opened more than ${this.limits.ports} ports`,
      );
    }
    return this.#add(frame.port, true, this.accept);
  }

  #add(number: number, known: boolean, accept: (port: SessionPort) => PortGuard): State {
    this.#last = number;
    const listeners: State["listeners"] = new Set();
    const open = this.#open;
    const port: SessionPort = {
      get closed() {
        return !open.has(number);
      },
      postMessage: (message, transfer) => this.#post(number, message, transfer ?? []),
      addEventListener: (_type, listener) => listeners.add(listener as (event: Event) => void),
      removeEventListener: (_type, listener) =>
        listeners.delete(listener as (event: Event) => void),
      close: (code) => this.#close(number, code, true),
      finish: () => this.#finish(number),
    };
    const state: State = {
      port,
      listeners,
      guard: accept(port),
      outgoing: [],
      known,
      finishing: false,
      incoming: [],
      incomingBytes: 0,
    };
    open.set(number, state);
    return state;
  }

  #post(number: number, message: unknown, transfer: readonly Transferable[]): void {
    const state = this.#open.get(number);
    // comlink says goodbye to ports whose proxies were collected.
    if (!state) return;
    for (const moved of transfer) {
      if (!(moved instanceof MessagePort)) continue;
      moved.close();
      throw new WorkerError("not-plain", "functions and ports do not travel to another machine");
    }
    const bytes = packValue(state.guard.outgoing(message));
    if (bytes.length > this.limits.messageBytes) throw tooLarge(bytes, this.limits.messageBytes);
    if (this.#outgoingBytes + bytes.length > this.limits.sessionBytes) {
      throw new WorkerError("too-much-waiting", `${this.#outgoingBytes} bytes wait to be sent`);
    }
    this.#outgoingBytes += bytes.length;
    state.outgoing.push({ bytes, at: 0 });
    this.#ready.add(number);
    this.wake();
  }

  #whole(number: number, state: State): void {
    const bytes = joined(state.incoming, state.incomingBytes);
    this.#incomingBytes -= state.incomingBytes;
    state.incoming = [];
    state.incomingBytes = 0;
    let data: unknown;
    try {
      data = state.guard.incoming(unpackValue(bytes));
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      return this.#close(number, error.code, true);
    }
    if (data === undefined) return;
    const event = new MessageEvent("message", { data });
    for (const listener of [...state.listeners]) listener(event);
  }

  #finish(number: number): void {
    const state = this.#open.get(number);
    if (!state) return;
    state.finishing = true;
    if (state.outgoing.length === 0) this.#close(number, "released", true);
  }

  #close(number: number, code: string, tell: boolean): void {
    const state = this.#open.get(number);
    if (!state) return;
    this.#open.delete(number);
    this.#ready.delete(number);
    state.listeners.clear();
    this.#incomingBytes -= state.incomingBytes;
    for (const { bytes, at } of state.outgoing) this.#outgoingBytes -= bytes.length - at;
    if (tell && state.known) this.#closes.push({ kind: "close", port: number, code });
    state.guard.closed(code);
    this.wake();
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tooLarge(bytes: Uint8Array, limit: number): WorkerError {
  return new WorkerError(
    "too-large",
    `a message of ${bytes.length} bytes is larger than the ${limit} that travel at once: send parts`,
  );
}
