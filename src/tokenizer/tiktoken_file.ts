/**
 * Reads `.tiktoken` files: a token a line, its bytes in base64 and its id, which is its rank.
 *
 * @module
 */
import type { TokenBytes } from "./token_bytes.ts";
import { PADDING } from "./token_table.ts";
import { TokenizerError } from "./tokenizer_error.ts";

/**
 * The tokens of a file. About 25 ms for 200,000.
 *
 * @param count how many tokens the file must hold
 * @throws {TokenizerError} `bad-vocabulary` with the line that is not `BASE64 ID`, and where lines
 *   are missing.
 */
export function readTiktoken(file: Uint8Array, name: string, count: number): TokenBytes {
  const offsets = new Uint32Array(2 * count + 2);
  const bytes = new Uint8Array(Math.ceil(file.length * 3 / 4) + PADDING);
  const end = file.length;
  let id = -1;
  let lines = 0;
  let to = 0;
  const bad = (what: string) =>
    new TokenizerError("bad-vocabulary", `${name}, line ${lines + 1}: ${what}`);

  for (let at = 0; at < end; lines++) {
    const start = at;
    for (; at + 4 <= end; at += 4, to += 3) {
      const a = BASE64[file[at]!]!;
      const b = BASE64[file[at + 1]!]!;
      const c = BASE64[file[at + 2]!]!;
      const d = BASE64[file[at + 3]!]!;
      if ((a | b | c | d) > 63) break;
      bytes[to] = a << 2 | b >> 4;
      bytes[to + 1] = b << 4 | c >> 2;
      bytes[to + 2] = c << 6 | d;
    }
    let bits = 0;
    let held = 0;
    for (; at < end; at++) {
      const digit = BASE64[file[at]!]!;
      if (digit > 63) break;
      bits = bits << 6 | digit;
      held += 6;
      if (held < 8) continue;
      held -= 8;
      bytes[to++] = bits >> held;
    }
    while (file[at] === PAD) at++;
    const whole = (at - start) % 4 === 0 && at > start;
    if (!whole || file[at] !== BLANK) throw bad(`no token in base64: ${quote(file, start)}`);
    const digits = ++at;
    let rank = 0;
    for (let digit; (digit = file[at]! - ZERO) >= 0 && digit <= 9; at++) rank = 10 * rank + digit;
    if (at === digits || (at < end && file[at] !== LINE_END)) {
      throw bad(`no id behind the token: ${quote(file, start)}`);
    }
    if (rank <= id || rank >= offsets.length - 1) {
      throw bad(`id ${rank} cannot follow ${id} in a vocabulary of ${count} tokens`);
    }
    // Ids that are left out have no bytes.
    const from = offsets[id + 1]!;
    while (++id < rank) offsets[id + 1] = from;
    offsets[rank + 1] = to;
    at++;
  }
  if (lines !== count) {
    throw bad(`the file ends after ${lines} tokens of ${count}; it was cut short, fetch it anew`);
  }
  return { bytes: bytes.subarray(0, to + PADDING), offsets: offsets.slice(0, id + 2) };
}

const PAD = 0x3d;
const BLANK = 0x20;
const LINE_END = 0x0a;
const ZERO = 0x30;

/** The value of each base64 digit; 64 for all other bytes. */
const BASE64 = new Uint8Array(256).fill(64);
for (let i = 0; i < 64; i++) {
  BASE64["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".charCodeAt(i)] = i;
}

function quote(file: Uint8Array, start: number): string {
  const line = new TextDecoder().decode(file.subarray(start, start + 60)).split("\n", 1)[0];
  return JSON.stringify(line);
}
