/**
 * Tokens back to text, whole or as they arrive, and where each token lies in it.
 *
 * @module
 */
import type { TokenBytes } from "./token_bytes.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import { utf8 } from "./utf8.ts";

/** Turns tokens into text as they arrive: characters come out whole. */
export interface TokenStream {
  /**
   * The text that is certain with these tokens: the bytes of a character that is not whole yet are
   * held back.
   *
   * @throws {TokenizerError} `unknown-token`
   */
  push(tokens: Iterable<number>): string;
  /** What was held back, as U+FFFD; the stream begins anew. */
  end(): string;
}

/** Turns the tokens of one vocabulary into bytes and text. */
export class TokenDecoder {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  readonly #offsets: Uint32Array;

  constructor(name: string, { bytes, offsets }: TokenBytes) {
    this.#name = name;
    this.#bytes = bytes;
    this.#offsets = offsets;
  }

  /** @throws {TokenizerError} `unknown-token` */
  bytes(tokens: Iterable<number>): Uint8Array<ArrayBuffer> {
    const ids = tokens instanceof Uint32Array ? tokens : [...tokens];
    const ends = this.offsets(ids);
    const bytes = new Uint8Array(ends[ids.length]!);
    for (let i = 0; i < ids.length; i++) {
      const from = this.#offsets[ids[i]!]!;
      const at = ends[i]!;
      const n = ends[i + 1]! - at;
      for (let k = 0; k < n; k++) bytes[at + k] = this.#bytes[from + k]!;
    }
    return bytes;
  }

  /** (N+1) where each of N tokens begins, in bytes. @throws {TokenizerError} `unknown-token` */
  offsets(tokens: ArrayLike<number>): Uint32Array<ArrayBuffer> {
    const ends = new Uint32Array(tokens.length + 1);
    for (let i = 0; i < tokens.length; i++) {
      const id = tokens[i]!;
      const from = this.#offsets[id];
      const to = this.#offsets[id + 1];
      if (from === undefined || to === undefined || from === to) throw this.#unknown(id);
      ends[i + 1] = ends[i]! + to - from;
    }
    return ends;
  }

  /**
   * (N+1) where each of N tokens begins, in UTF-16 units; one that begins within a character counts
   * from where that begins. The last entry is the length of the text.
   *
   * @throws {TokenizerError} `unknown-token`
   */
  textOffsets(tokens: ArrayLike<number>): Uint32Array<ArrayBuffer> {
    const offsets = this.offsets(tokens);
    let units = 0;
    let begun = 0;
    for (let i = 0; i < tokens.length; i++) {
      const from = this.#offsets[tokens[i]!]!;
      const to = from + offsets[i + 1]! - offsets[i]!;
      const isInside = ((this.#bytes[from] ?? 0) & 0xc0) === 0x80;
      offsets[i] = isInside ? begun : units;
      for (let at = from; at < to; at++) {
        const byte = this.#bytes[at]!;
        if ((byte & 0xc0) === 0x80) continue;
        begun = units;
        units += byte >= 0xf0 ? 2 : 1;
      }
    }
    offsets[tokens.length] = units;
    return offsets;
  }

  /** A stream of its own. */
  stream(): TokenStream {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (tokens) => decoder.decode(this.bytes(tokens), { stream: true }),
      end: () => decoder.decode(),
    };
  }

  /** @throws {TokenizerError} `unknown-token` */
  text(tokens: Iterable<number>): string {
    return utf8.decode(this.bytes(tokens));
  }

  #unknown(id: number): TokenizerError {
    return new TokenizerError(
      "unknown-token",
      `${this.#name} has no token ${id}; ids are 0 to ${this.#offsets.length - 2}`,
    );
  }
}
