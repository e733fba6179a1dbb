/**
 * Tokens that wait on disk, so that a corpus need not fit into memory.
 *
 * @module
 */
import type { TokenStore } from "./token_store.ts";

/** A store in two temporary files, which are gone when it is disposed of. */
export function spoolStore(folder?: string): TokenStore & Disposable {
  const options = folder === undefined ? {} : { dir: folder };
  const paths = ["tokens", "flags"].map((suffix) =>
    Deno.makeTempFileSync({ ...options, prefix: "bottega-", suffix: `.${suffix}` })
  );
  const [tokenFile, flagFile] = paths.map((path) =>
    Deno.openSync(path, { read: true, write: true })
  ) as [Deno.FsFile, Deno.FsFile];
  return {
    append(tokens, flags) {
      writeAt(tokenFile, 0, Deno.SeekMode.End, bytesOf(tokens));
      writeAt(flagFile, 0, Deno.SeekMode.End, flags);
    },
    read(offset, tokens, flags) {
      readAt(tokenFile, offset * tokens.BYTES_PER_ELEMENT, bytesOf(tokens));
      readAt(flagFile, offset, flags);
    },
    [Symbol.dispose]() {
      tokenFile.close();
      flagFile.close();
      for (const path of paths) Deno.removeSync(path);
    },
  };
}

function writeAt(file: Deno.FsFile, offset: number, from: Deno.SeekMode, bytes: Uint8Array): void {
  file.seekSync(offset, from);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function readAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): void {
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) throw new Error(`the spooled tokens end before byte ${offset + at}`);
    at += count;
  }
}

function bytesOf(tokens: Uint32Array): Uint8Array {
  return new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
}
