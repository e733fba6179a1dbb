/**
 * The frames of a remote link: each is one binary message of a WebSocket. The first byte tells its
 * kind. Parts, last parts and closes are numbered by counting, and are kept until they are acknowledged.
 *
 * @module
 */
import { WorkerError } from "./worker_link.ts";

/** How much of a message goes into one frame, so that messages of several ports take turns. */
export const CHUNK_BYTES = 1 << 18;

/** One frame. */
export type Frame =
  /** A piece of a message on a port, or its last piece. */
  | { readonly kind: "part" | "last"; readonly port: number; readonly bytes: Uint8Array }
  /** Nothing more comes or goes on a port; the code tells why. */
  | { readonly kind: "close"; readonly port: number; readonly code: string }
  /** How many numbered frames have come so far. */
  | { readonly kind: "ack"; readonly frames: number }
  | { readonly kind: "ping" | "pong"; readonly stamp: number }
  /** The session is over. */
  | { readonly kind: "bye"; readonly code: string };

const KINDS = ["part", "last", "close", "ack", "ping", "pong", "bye"] as const;

/** Kind and a number: of a port, of frames, a stamp. */
const HEADER_BYTES = 9;

/** Codes are words that a program compares: lower case, joined by hyphens. */
export function isCode(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,59}$/.test(text);
}

/** Makes the bytes of a frame. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const body = bodyOf(frame);
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  bytes[0] = KINDS.indexOf(frame.kind);
  new DataView(bytes.buffer).setFloat64(1, numberOf(frame));
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/**
 * Reads a frame that came from outside. Pieces are views into it.
 *
 * @throws {WorkerError} `bad-frame`, `frame-too-large`.
 */
export function decodeFrame(data: unknown): Frame {
  if (!(data instanceof ArrayBuffer)) throw bad("is no binary message");
  if (data.byteLength > HEADER_BYTES + CHUNK_BYTES) {
    throw new WorkerError("frame-too-large", `a frame of ${data.byteLength} bytes came`);
  }
  if (data.byteLength < HEADER_BYTES) throw bad(`has ${data.byteLength} bytes only`);
  const view = new DataView(data);
  const kind = KINDS[view.getUint8(0)];
  const number = view.getFloat64(1);
  const body = new Uint8Array(data, HEADER_BYTES);
  if (kind === undefined) throw bad(`is of the unknown kind ${view.getUint8(0)}`);
  if (!Number.isSafeInteger(number) || number < 0) throw bad("holds no number of its kind");
  switch (kind) {
    case "part":
    case "last":
      return { kind, port: number, bytes: body };
    case "close":
      return { kind, port: number, code: codeOf(body) };
    case "bye":
      return { kind, code: codeOf(body) };
    case "ack":
      return { kind, frames: number };
    default:
      return { kind, stamp: number };
  }
}

function numberOf(frame: Frame): number {
  if ("port" in frame) return frame.port;
  if ("frames" in frame) return frame.frames;
  return "stamp" in frame ? frame.stamp : 0;
}

function bodyOf(frame: Frame): Uint8Array {
  if ("bytes" in frame) return frame.bytes;
  return "code" in frame ? new TextEncoder().encode(frame.code) : new Uint8Array();
}

function codeOf(body: Uint8Array): string {
  const code = String.fromCharCode(...body.subarray(0, 100));
  if (!isCode(code) || body.length > 100) throw bad("holds no code");
  return code;
}

function bad(what: string): WorkerError {
  return new WorkerError("bad-frame", `a frame ${what}`);
}
