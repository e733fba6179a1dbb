/**
 * One end of a session: numbered frames that arrive in order and once, over one socket after another.
 * What the peer has not acknowledged is sent again on the next socket.
 *
 * @module
 */
import { decodeFrame, encodeFrame, type Frame } from "./frame.ts";
import { WorkerError } from "./worker_link.ts";

/** The frames of ports: those that are numbered. */
export type PortFrame = Extract<Frame, { readonly port: number }>;

/** What a session works for. */
export interface SessionOwner {
  /** The next frame to send; null where there is none. */
  next(): PortFrame | null;
  /** @throws {WorkerError} where the peer may not send it; that ends the session. */
  deliver(frame: PortFrame): void;
  /** The socket is gone, and not by our will. */
  cut(): void;
  /** Nothing goes on. */
  ended(reason: WorkerError): void;
}

/** How many bytes may be on the way without an acknowledgement. */
const WINDOW_BYTES = 32 << 20;

/** More is not handed to a socket that has this much to write, so that messages can take turns. */
const HIGH_WATER_BYTES = 8 << 20;

/** How soon a socket that had too much to write is looked at again. */
const PUMP_MS = 1;

/** What has come is acknowledged after so many bytes, or after a moment. */
const ACK_BYTES = 1 << 20;
const ACK_MS = 25;

/** A peer that was not heard for so many heartbeats is cut off. */
const SILENT_BEATS = 3;

/** One end of a session. */
export class Session {
  /** How many numbered frames have come. */
  received = 0;
  /** Of the last ping, there and back. */
  latencyMs = 0;

  #socket: WebSocket | null = null;
  #ended: WorkerError | null = null;
  /** Numbered frames that the peer has not acknowledged, and how many it has. */
  #unacknowledged: Uint8Array<ArrayBuffer>[] = [];
  #unacknowledgedBytes = 0;
  #acknowledged = 0;
  /** Bytes that came and were not acknowledged by us. */
  #owedBytes = 0;
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #pumpTimer: ReturnType<typeof setTimeout> | undefined;
  #beatTimer: ReturnType<typeof setInterval> | undefined;
  #heardMs = 0;

  constructor(readonly owner: SessionOwner, readonly heartbeatMs: number) {}

  get attached(): boolean {
    return this.#socket !== null;
  }

  /** Why it has ended; null while it goes on. */
  get ended(): WorkerError | null {
    return this.#ended;
  }

  /** Goes on over an open socket, whose peer has got `peerReceived` numbered frames. */
  attach(socket: WebSocket, peerReceived: number): void {
    if (this.#ended) return socket.close();
    const old = this.#socket;
    this.#socket = null;
    old?.close();
    this.#acknowledge(peerReceived);
    if (this.#ended) return socket.close();
    this.#socket = socket;
    this.#heardMs = performance.now();
    socket.addEventListener("message", ({ data }) => {
      if (this.#socket === socket) this.#receive(data);
    });
    for (const type of ["close", "error"] as const) {
      socket.addEventListener(type, () => this.#cut(socket));
    }
    clearInterval(this.#beatTimer);
    this.#beatTimer = setInterval(() => this.#beat(), this.heartbeatMs);
    this.#ping();
    for (const bytes of this.#unacknowledged) socket.send(bytes);
    this.pump();
  }

  /** Sends what the owner has, as far as the peer keeps up. */
  pump(): void {
    while (this.#socket !== null && this.#unacknowledgedBytes < WINDOW_BYTES) {
      if (this.#socket.bufferedAmount >= HIGH_WATER_BYTES) {
        // Sockets do not tell when they have written.
        this.#pumpTimer ??= setTimeout(() => {
          this.#pumpTimer = undefined;
          this.pump();
        }, PUMP_MS);
        return;
      }
      const frame = this.owner.next();
      if (frame === null) return;
      const bytes = encodeFrame(frame);
      this.#unacknowledged.push(bytes);
      this.#unacknowledgedBytes += bytes.length;
      this.#transmit(bytes);
    }
  }

  /** Ends it, and tells the peer why. */
  end(reason: WorkerError): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#send({ kind: "bye", code: reason.code });
    const socket = this.#socket;
    this.#socket = null;
    clearInterval(this.#beatTimer);
    clearTimeout(this.#ackTimer);
    clearTimeout(this.#pumpTimer);
    this.#unacknowledged = [];
    socket?.close(1000);
    this.owner.ended(reason);
  }

  #receive(data: unknown): void {
    this.#heardMs = performance.now();
    try {
      this.#take(decodeFrame(data));
    } catch (error) {
      this.end(error instanceof WorkerError ? error : new WorkerError("failed", String(error)));
    }
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case "ack":
        this.#acknowledge(frame.frames);
        return this.pump();
      case "ping":
        return this.#send({ kind: "pong", stamp: frame.stamp });
      case "pong":
        this.latencyMs = Math.max(0, performance.now() - frame.stamp / 1000);
        return;
      case "bye":
        return this.end(new WorkerError(frame.code, `the peer ended the link: ${frame.code}`));
      default:
        this.received++;
        this.#owe("bytes" in frame ? frame.bytes.length : 0);
        this.owner.deliver(frame);
    }
  }

  #acknowledge(frames: number): void {
    const count = frames - this.#acknowledged;
    if (count < 0 || count > this.#unacknowledged.length) {
      const sent = this.#acknowledged + this.#unacknowledged.length;
      return this.end(
        new WorkerError("bad-frame", `the peer has got ${frames} frames of ${sent}, it says`),
      );
    }
    for (const bytes of this.#unacknowledged.splice(0, count)) {
      this.#unacknowledgedBytes -= bytes.length;
    }
    this.#acknowledged = frames;
  }

  #owe(bytes: number): void {
    this.#owedBytes += bytes;
    if (this.#owedBytes >= ACK_BYTES) this.#tellReceived();
    else this.#ackTimer ??= setTimeout(() => this.#tellReceived(), ACK_MS);
  }

  #tellReceived(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#owedBytes = 0;
    this.#send({ kind: "ack", frames: this.received });
  }

  #beat(): void {
    const socket = this.#socket;
    if (socket === null) return;
    // Timers of a hidden page sleep: a peer whose frames wait to be read is not silent.
    const silentMs = performance.now() - this.#heardMs;
    if (silentMs > SILENT_BEATS * this.heartbeatMs) this.#cut(socket);
    else this.#ping();
  }

  #ping(): void {
    this.#send({ kind: "ping", stamp: Math.floor(performance.now() * 1000) });
  }

  #send(frame: Frame): void {
    this.#transmit(encodeFrame(frame));
  }

  #transmit(bytes: Uint8Array<ArrayBuffer>): void {
    const socket = this.#socket;
    if (socket === null || socket.readyState !== socket.OPEN) return;
    // Only a peer that asks and never reads lets this grow beyond the window.
    if (socket.bufferedAmount > 2 * WINDOW_BYTES) this.#cut(socket);
    else socket.send(bytes);
  }

  #cut(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    clearInterval(this.#beatTimer);
    socket.close();
    this.owner.cut();
  }
}
