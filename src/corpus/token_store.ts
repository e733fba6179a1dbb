/**
 * Where tokens wait between being counted and being packed.
 *
 * @module
 */

/** Tokens and their flags, in the order in which they came. */
export interface TokenStore {
  /** Adds tokens at the end, a flag for each. */
  append(tokens: Uint32Array, flags: Uint8Array): void;
  /** Copies tokens and flags from `offset` on into arrays of equal length. */
  read(offset: number, tokens: Uint32Array, flags: Uint8Array): void;
}

/** A store in memory, 5 bytes a token, and twice that while it grows. */
export function memoryStore(): TokenStore {
  let tokens = new Uint32Array(1 << 16);
  let flags = new Uint8Array(1 << 16);
  let length = 0;
  return {
    append(more, moreFlags) {
      const end = length + more.length;
      if (end > tokens.length) {
        tokens = grown(tokens, new Uint32Array(Math.max(end, 2 * tokens.length)));
        flags = grown(flags, new Uint8Array(tokens.length));
      }
      tokens.set(more, length);
      flags.set(moreFlags, length);
      length = end;
    },
    read(offset, into, intoFlags) {
      into.set(tokens.subarray(offset, offset + into.length));
      intoFlags.set(flags.subarray(offset, offset + into.length));
    },
  };
}

function grown<A extends Uint32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
