/**
 * zlib and SHA-1 of Deno and Node.
 *
 * @module
 */

import { createHash } from "node:crypto";
import zlib from "node:zlib";
import type { Codec } from "./codec.ts";
import { inflate } from "./inflate.ts";

/** A call of zlib costs more than inflating as few bytes as this. */
const SMALL_BYTES = 400;

/** See {@linkcode Codec}. */
export const nativeCodec: Codec = {
  inflate(input, start, sizeBytes) {
    if (sizeBytes < SMALL_BYTES) return inflate(input, start, sizeBytes);
    try {
      // With `info` it gives the engine too, which the types do not tell. A chunk that is filled to
      // its end would make it allocate another one.
      const { buffer, engine } = zlib.inflateSync(input.subarray(start), {
        info: true,
        maxOutputLength: sizeBytes + 1,
        chunkSize: sizeBytes + 1,
      }) as unknown as { buffer: Uint8Array<ArrayBuffer>; engine: { bytesWritten: number } };
      if (buffer.length === sizeBytes) {
        // No Buffer, whose `slice` does not copy; and nothing that keeps a whole shared chunk alive.
        const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, sizeBytes);
        const own = bytes.buffer.byteLength > sizeBytes + 1 ? bytes.slice() : bytes;
        return { bytes: own, end: start + engine.bytesWritten };
      }
    } catch (error) {
      if (codeOf(error) === "Z_BUF_ERROR") return undefined;
      if (codeOf(error) !== "ERR_BUFFER_TOO_LARGE") {
        throw new RangeError("a zlib stream is damaged", { cause: error });
      }
    }
    throw new RangeError("a zlib stream is not as long as announced");
  },
  sha1(...parts) {
    const hash = createHash("sha1");
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
