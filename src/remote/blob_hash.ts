/**
 * The SHA-256 of bytes that come piece by piece. Pages can only hash what is whole; Deno and Node hash
 * as it comes, and twice as fast.
 *
 * @module
 */
import { corrupt, verified } from "./blob_store.ts";

/** Checks the bytes of a blob as they come. */
export interface BlobCheck {
  /** What is there now: the first `count` bytes. */
  filled(count: number): void;
  /**
   * All bytes, once they are filled.
   *
   * @throws {WorkError} "corrupt" where they are not those of the hash.
   */
  finish(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Checks `bytes`, which somebody fills from their beginning on, by their hash. */
export function checkBlob(sha256: string, bytes: Uint8Array<ArrayBuffer>): BlobCheck {
  const hash = nodeCrypto()?.createHash("sha256");
  if (!hash) return { filled() {}, finish: () => verified(sha256, bytes) };
  let hashed = 0;
  return {
    filled(count) {
      hash.update(bytes.subarray(hashed, count));
      hashed = Math.max(hashed, count);
    },
    // deno-lint-ignore require-await -- wrong bytes must reject, not throw
    async finish() {
      const found = hash.update(bytes.subarray(hashed)).digest("hex");
      if (found !== sha256) throw corrupt(sha256, found);
      return bytes;
    },
  };
}

/** Where the runtime has it; an import would end up in the page's bundle. */
function nodeCrypto(): typeof import("node:crypto") | undefined {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  return process?.getBuiltinModule?.("node:crypto");
}
