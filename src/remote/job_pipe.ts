/**
 * What a worker and the processes of its jobs say to each other, over pipes: packed values, each after
 * its length.
 *
 * @module
 */
import type { DeviceChoice, Progress } from "../gpu/mod.ts";
import { packValue, unpackValue } from "./frame_value.ts";

/** A method is called. */
export interface JobCall {
  readonly call: number;
  readonly method: string;
  readonly request: unknown;
}

/** To the process. */
export type JobRequest = JobCall | { readonly cancel: number };

/** From the process; `call` is the number that the request had. */
export type JobAnswer =
  & { readonly call: number }
  & (
    | { readonly progress: Progress }
    | { readonly event: unknown }
    | { readonly result: unknown }
    | { readonly failure: JobFailure }
  );

/** An error as it crosses. */
export interface JobFailure {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** The bytes of a message. */
export function frameOf(message: JobRequest | JobAnswer): Uint8Array<ArrayBuffer> {
  const packed = packValue(message);
  const frame = new Uint8Array(HEAD_BYTES + packed.length);
  new DataView(frame.buffer).setUint32(0, packed.length);
  frame.set(packed, HEAD_BYTES);
  return frame;
}

/** Finds the messages in bytes that come in pieces of any size. */
export function openFrames(onMessage: (message: unknown) => void): (piece: Uint8Array) => void {
  let pieces: Uint8Array[] = [];
  let length = 0;
  /** Takes `count` bytes from the front, if they are there. */
  const take = (count: number): Uint8Array | null => {
    if (length < count) return null;
    const whole = pieces.length === 1 && pieces[0] ? pieces[0] : joined(pieces, length);
    pieces = whole.length > count ? [whole.subarray(count)] : [];
    length -= count;
    return whole.subarray(0, count);
  };
  let body: number | null = null;
  return (piece) => {
    pieces.push(piece);
    length += piece.length;
    for (;;) {
      const part = take(body ?? HEAD_BYTES);
      if (part === null) return;
      if (body === null) {
        body = new DataView(part.buffer, part.byteOffset).getUint32(0);
      } else {
        body = null;
        onMessage(unpackValue(part));
      }
    }
  };
}

/** The call that a process answers unasked, when it is ready. */
export const READY = 0;

/** What the process writes to its standard error before it ends itself for its memory. */
export const MEMORY_MARK = "bottega: the job has reached its limit of memory";

/** The variable by which a process is told its settings, as JSON. */
export const JOB_SETTINGS = "BOTTEGA_JOB";

/** What a process may do. */
export interface JobSettings {
  /** What it may take, in bytes of resident memory; more ends it. */
  readonly memoryBytes: number;
  /** Whether it may run code that was sent along; then it starts no programs. */
  readonly allowCode: boolean;
  /** Where it computes, whatever it is asked; `auto` leaves the choice to who asks. */
  readonly device: DeviceChoice;
}

const HEAD_BYTES = 4;

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
