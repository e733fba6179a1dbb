/**
 * Files of which parts are read: what a page has as a `Blob` and a process as an open file.
 *
 * @module
 */

/** Bytes at a place that need not all be in memory. */
export interface ByteFile {
  readonly sizeBytes: number;
  /** The bytes from `begin` to before `end`, both within the file; fewer where it was cut since. */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A blob, or bytes in memory, as a file. */
export function byteFileOf(source: Blob | Uint8Array | ByteFile): ByteFile {
  if (source instanceof Uint8Array) {
    return {
      sizeBytes: source.byteLength,
      read: (begin, end) => Promise.resolve(source.slice(begin, end)),
    };
  }
  if (!(source instanceof Blob)) return source;
  return {
    sizeBytes: source.size,
    read: async (begin, end) => new Uint8Array(await source.slice(begin, end).arrayBuffer()),
  };
}
