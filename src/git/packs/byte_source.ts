/**
 * Bytes of a pack, had by place: of one in memory, or of a file of which only some windows are in
 * memory at a time.
 *
 * @module
 */

import type { RandomAccessFile } from "../storage.ts";

/** Bytes at a place. */
export interface ByteSource {
  readonly sizeBytes: number;
  /**
   * `length` bytes from `start` on, fewer at the end; to be looked at, not changed, and not kept
   * beyond the next call.
   */
  read(start: number, length: number): Uint8Array;
  close(): void;
}

/** Bytes that are all in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: (start, length) => bytes.subarray(start, start + length),
    close() {},
  };
}

const WINDOW_BYTES = 2 ** 18;
const MOST_WINDOWS = 32;

/** Bytes of a file; keeps at most 8 MiB of them in memory, what was used last. */
export function fileSource(file: RandomAccessFile): ByteSource {
  const { sizeBytes } = file;
  const windows = new Map<number, Uint8Array<ArrayBuffer>>();

  function window(index: number): Uint8Array<ArrayBuffer> {
    const known = windows.get(index);
    if (known !== undefined) {
      windows.delete(index);
      windows.set(index, known);
      return known;
    }
    const [oldest] = windows.keys();
    let room = new ArrayBuffer(0);
    if (windows.size >= MOST_WINDOWS && oldest !== undefined) {
      room = windows.get(oldest)?.buffer ?? room;
      windows.delete(oldest);
    }
    if (room.byteLength < WINDOW_BYTES) room = new ArrayBuffer(WINDOW_BYTES);
    const bytes = file.read(index * WINDOW_BYTES, new Uint8Array(room));
    windows.set(index, bytes);
    return bytes;
  }
  return {
    sizeBytes,
    read(start, length) {
      const index = Math.floor(start / WINDOW_BYTES);
      const within = start - index * WINDOW_BYTES;
      const end = Math.min(start + length, sizeBytes) - index * WINDOW_BYTES;
      if (end <= WINDOW_BYTES) return window(index).subarray(within, end);
      return file.read(start, new Uint8Array(Math.min(length, sizeBytes - start)));
    },
    close() {
      windows.clear();
      file.close();
    },
  };
}
