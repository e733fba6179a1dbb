/**
 * The bytes of each token of a vocabulary, one after the other.
 *
 * @module
 */
import { PADDING } from "./token_table.ts";

/** The bytes of V tokens. */
export interface TokenBytes {
  /** All tokens' bytes by id, and some zeros behind them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** (V+1) where each token begins in `bytes`; an id that stands for nothing has no bytes. */
  readonly offsets: Uint32Array<ArrayBuffer>;
}

/** Lays the tokens' bytes one after the other. @param tokens by id; holes are allowed */
export function layTokenBytes(tokens: readonly (Uint8Array | undefined)[]): TokenBytes {
  const offsets = new Uint32Array(tokens.length + 1);
  for (let id = 0; id < tokens.length; id++) {
    offsets[id + 1] = offsets[id]! + (tokens[id]?.length ?? 0);
  }
  const bytes = new Uint8Array(offsets[tokens.length]! + PADDING);
  for (let id = 0; id < tokens.length; id++) {
    const token = tokens[id];
    if (token) bytes.set(token, offsets[id]);
  }
  return { bytes, offsets };
}

/** The same tokens with further ones, whose ids had no bytes. */
export function withTokens(
  { bytes, offsets }: TokenBytes,
  further: readonly { readonly id: number; readonly bytes: Uint8Array }[],
): TokenBytes {
  const sorted = further.toSorted((a, b) => a.id - b.id);
  const size = Math.max(offsets.length - 1, 1 + (sorted.at(-1)?.id ?? -1));
  const length = further.reduce((sum, token) => sum + token.bytes.length, bytes.length);
  const all = { bytes: new Uint8Array(length), offsets: new Uint32Array(size + 1) };
  const offsetOf = (id: number) => offsets[Math.min(id, offsets.length - 1)]!;
  let next = 0;
  let shift = 0;
  const copyTo = (end: number) => {
    all.bytes.set(bytes.subarray(offsetOf(next), offsetOf(end)), offsetOf(next) + shift);
    for (; next < end; next++) all.offsets[next] = offsetOf(next) + shift;
  };
  for (const token of sorted) {
    copyTo(token.id);
    all.bytes.set(token.bytes, offsetOf(token.id) + shift);
    all.offsets[next++] = offsetOf(token.id) + shift;
    shift += token.bytes.length;
  }
  copyTo(size);
  all.offsets[size] = offsetOf(size) + shift;
  return all;
}
