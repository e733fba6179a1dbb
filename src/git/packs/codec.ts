/**
 * How packs are unpacked and named: by the runtime's own zlib and SHA-1 where it can be called
 * without waiting (Deno, Node), else by ours.
 *
 * @module
 */

import { hasDisk } from "../storage.ts";
import { inflate, type Inflated } from "./inflate.ts";
import { sha1 } from "./sha1.ts";

/** Both functions as {@linkcode inflate} and {@linkcode sha1}. */
export interface Codec {
  inflate(input: Uint8Array, start: number, sizeBytes: number): Inflated | undefined;
  sha1(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
}

/** Ours, which runs everywhere. */
export const portableCodec: Codec = { inflate, sha1 };

/** The fastest one that this environment has. */
export async function loadCodec(): Promise<Codec> {
  return hasDisk() ? (await import("./native_codec.ts")).nativeCodec : portableCodec;
}
