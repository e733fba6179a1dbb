/**
 * Message ports over one session: each is an endpoint as comlink takes it. Messages are cut into chunks,
 * and those of several ports take turns.
 *
 * @module
 */
import type { Endpoint } from "comlink";
import { CHUNK_BYTES } from "./frame.ts";
import { MessageReader, tooLarge, writeMessage } from "./frame_message.ts";
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
  /** A message of ours was not sent: comlink, which is thrown it too, forgets why. */
  unsent?(reason: WorkerError): void;
  /** The port has closed, by whomever. */
  closed(code: string): void;
}

/** How much a session may hold. */
export interface PortLimits {
  /** Of one message, either way; it may be lowered. */
  messageBytes: number;
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
  /** Segments of messages that wait to be sent; one that ends its message says so. */
  readonly outgoing: Segment[];
  /** Whether the peer knows of it. */
  known: boolean;
  finishing: boolean;
  incoming: MessageReader;
}

interface Segment {
  readonly bytes: Uint8Array;
  at: number;
  readonly ends: boolean;
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
    const segment = state?.outgoing[0];
    if (!segment) return this.next();
    state.known = true;
    const bytes = segment.bytes.subarray(segment.at, segment.at + CHUNK_BYTES);
    segment.at += bytes.length;
    this.#outgoingBytes -= bytes.length;
    const isWhole = segment.at === segment.bytes.length;
    if (isWhole) state.outgoing.shift();
    if (state.outgoing.length > 0) this.#ready.add(port);
    else if (state.finishing) this.#close(port, "released", true);
    return { kind: isWhole && segment.ends ? "last" : "part", port, bytes };
  }

  /** @throws {WorkerError} what no honest peer sends. */
  deliver(frame: PortFrame): void {
    const state = this.#open.get(frame.port) ?? this.#opened(frame);
    // Closed here while it was on the way.
    if (!state) return;
    if (frame.kind === "close") return this.#close(frame.port, frame.code, false);
    const { incoming } = state;
    const before = incoming.sizeBytes;
    const refusal = caught(() => incoming.push(frame.bytes));
    this.#incomingBytes += incoming.sizeBytes - before;
    if (refusal) return this.#close(frame.port, refusal.code, true);
    if (this.#incomingBytes > this.limits.sessionBytes) {
      throw new WorkerError(
        "too-large",
        `more than ${this.limits.sessionBytes} bytes came at once`,
      );
    }
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
      incoming: new MessageReader(this.limits.messageBytes),
    };
    open.set(number, state);
    return state;
  }

  #post(number: number, message: unknown, transfer: readonly Transferable[]): void {
    const state = this.#open.get(number);
    // comlink says goodbye to ports whose proxies were collected.
    if (!state) return;
    let segments: Uint8Array[] = [];
    const refusal = caught(() => segments = this.#segments(state, message, transfer));
    if (refusal) {
      state.guard.unsent?.(refusal);
      throw refusal;
    }
    for (const [i, bytes] of segments.entries()) {
      this.#outgoingBytes += bytes.length;
      state.outgoing.push({ bytes, at: 0, ends: i === segments.length - 1 });
    }
    this.#ready.add(number);
    this.wake();
  }

  /** What is to be sent. @throws {WorkerError} `not-plain`, `too-large`, `too-much-waiting`. */
  #segments(state: State, message: unknown, transfer: readonly Transferable[]): Uint8Array[] {
    for (const moved of transfer) {
      if (!(moved instanceof MessagePort)) continue;
      moved.close();
      throw new WorkerError("not-plain", "functions and ports do not travel to another machine");
    }
    const { messageBytes, sessionBytes } = this.limits;
    const segments = writeMessage(state.guard.outgoing(message), transfer);
    const size = segments.reduce((sum, { length }) => sum + length, 0);
    if (size > messageBytes) throw tooLarge(size, messageBytes);
    if (this.#outgoingBytes + size > sessionBytes) {
      throw new WorkerError("too-much-waiting", `${this.#outgoingBytes} bytes wait to be sent`);
    }
    return segments;
  }

  #whole(number: number, state: State): void {
    const { incoming } = state;
    this.#incomingBytes -= incoming.sizeBytes;
    state.incoming = new MessageReader(this.limits.messageBytes);
    let data: unknown;
    const refusal = caught(() => data = state.guard.incoming(incoming.finish()));
    if (refusal) return this.#close(number, refusal.code, true);
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
    this.#incomingBytes -= state.incoming.sizeBytes;
    for (const { bytes, at } of state.outgoing) this.#outgoingBytes -= bytes.length - at;
    if (tell && state.known) this.#closes.push({ kind: "close", port: number, code });
    state.guard.closed(code);
    this.wake();
  }
}

/** The refusal that `act` throws, if it does. */
function caught(act: () => void): WorkerError | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof WorkerError) return error;
    throw error;
  }
}
