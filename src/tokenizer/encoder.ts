/**
 * Ordinary text to tokens: cut into pieces, one probe for a piece that is a token, merges for the
 * rest. Nothing is allocated for a piece or a token but the result.
 *
 * @module
 */
import { mergePiece } from "./merge_piece.ts";
import { type MergeRule, NO_RANK, PairTable } from "./pair_table.ts";
import { PieceCache } from "./piece_cache.ts";
import { createSplitter, type Splitter } from "./split_text.ts";
import { blockEnd } from "./text_blocks.ts";
import { PADDING, TokenTable } from "./token_table.ts";
import { TokenizerError } from "./tokenizer_error.ts";
import { isUtf8, utf8 } from "./utf8.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Texts are encoded in blocks of so many bytes or UTF-16 units, which fit the processor's cache. */
const BLOCK = 1 << 15;

/** Turns ordinary text into the tokens of one vocabulary. */
export class Encoder {
  readonly #vocabulary: Vocabulary;
  readonly #split: Splitter;
  /** The tokens that pieces may be. */
  readonly table: TokenTable;
  readonly #rule: MergeRule;
  /** (256) the token of each single byte. */
  readonly byteTokens: Uint32Array;
  readonly #cache = new PieceCache();
  /** By id: 1 where merging a token's bytes gives that token, 2 where it does not; else unknown. */
  readonly #whole: Uint8Array | null;
  #bytes = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);
  #ends = new Int32Array();
  #out = new Uint32Array();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#allocate(3 * BLOCK);
    this.#split = createSplitter(vocabulary.split);
    const { tokens, merges } = vocabulary;
    this.table = new TokenTable(tokens, (id) => !vocabulary.apart.has(id));
    this.#whole = vocabulary.wholePieces ? null : new Uint8Array(tokens.offsets.length);
    const table = this.table;
    this.#rule = merges ? new PairTable(merges.pairs, merges.merged) : {
      // The rank of a merge is the id of what it makes.
      rank: (_left, _right, from, to) => {
        const id = table.find(this.#view, this.#bytes, from, to);
        return id < 0 ? NO_RANK : id;
      },
      merged: (rank) => rank,
    };
    const single = new Uint8Array(1 + PADDING);
    const view = new DataView(single.buffer);
    this.byteTokens = Uint32Array.from({ length: 256 }, (_, byte) => {
      single[0] = byte;
      const id = table.find(view, single, 0, 1);
      if (id < 0 && isInUtf8(byte)) {
        const hex = byte.toString(16).padStart(2, "0");
        throw new TokenizerError(
          "bad-vocabulary",
          `${vocabulary.name} has no token for byte ${hex}`,
        );
      }
      return Math.max(0, id);
    });
  }

  /** The tokens of `text`. Lone surrogates and invalid UTF-8 count as U+FFFD, as in TextDecoder. */
  encode(text: string | Uint8Array): Uint32Array<ArrayBuffer> {
    const { normalization, prefixSpace } = this.#vocabulary;
    const isNormal = !normalization || (normalization === "NFC" && isComposed(text));
    if (typeof text !== "string") {
      if (isNormal && !prefixSpace && isUtf8(text)) return this.#encode(text, this.#copy);
      text = utf8.decode(text);
    }
    if (!isNormal) text = text.normalize(normalization);
    if (prefixSpace && text !== "" && !text.startsWith(" ")) text = ` ${text}`;
    return this.#encode(text, this.#write);
  }

  /** Writes the tokens of one piece to `out` and gives how many they are. */
  encodePiece(piece: Uint8Array, out: Uint32Array, at: number): number {
    const length = this.#copy(piece, 0, piece.length);
    const id = this.table.find(this.#view, this.#bytes, 0, length);
    const count = id >= 0 && this.#whole === null
      ? (this.#out[0] = id, 1)
      : this.#encodeRest(0, length, id, this.table.hash, 0);
    out.set(this.#out.subarray(0, count), at);
    return count;
  }

  #encode<T extends string | Uint8Array>(
    text: T,
    load: (text: T, from: number, to: number) => number,
  ): Uint32Array<ArrayBuffer> {
    const n = text.length;
    let tokens: Uint32Array<ArrayBuffer> | null = null;
    let count = 0;
    for (let from = 0, to; from < n; from = to) {
      to = blockEnd(text, from, BLOCK, this.#vocabulary.split);
      const written = this.#encodeBlock(load.call(this, text, from, to));
      if (from === 0 && to === n) return this.#out.slice(0, written);
      if (tokens === null || count + written > tokens.length) {
        // As many again as this far, for what is left.
        const grown = Math.ceil(1.1 * (count + written) * n / to) + 64;
        const next: Uint32Array<ArrayBuffer> = new Uint32Array(grown);
        if (tokens) next.set(tokens.subarray(0, count));
        tokens = next;
      }
      tokens.set(this.#out.subarray(0, written), count);
      count += written;
    }
    return tokens ? tokens.slice(0, count) : new Uint32Array(0);
  }

  #write(text: string, from: number, to: number): number {
    this.#reserve(3 * (to - from));
    const block = from === 0 && to === text.length ? text : text.slice(from, to);
    return encoder.encodeInto(block, this.#bytes).written;
  }

  #copy(text: Uint8Array, from: number, to: number): number {
    this.#reserve(to - from);
    this.#bytes.set(text.subarray(from, to));
    return to - from;
  }

  #reserve(bytes: number): void {
    // What a text without a space needed is given back after it.
    const isEnough = bytes <= this.#ends.length;
    if (!isEnough || this.#ends.length > Math.max(4 * BLOCK, 16 * bytes)) {
      this.#allocate(Math.max(3 * BLOCK, bytes));
    }
  }

  #allocate(bytes: number): void {
    this.#bytes = new Uint8Array(bytes + PADDING);
    this.#view = new DataView(this.#bytes.buffer);
    this.#ends = new Int32Array(bytes);
    this.#out = new Uint32Array(bytes);
  }

  /** The number of tokens that the first `length` bytes become, in `#out`. */
  #encodeBlock(length: number): number {
    const bytes = this.#bytes;
    const view = this.#view;
    const ends = this.#ends;
    const out = this.#out;
    const table = this.table;
    const pieces = this.#split(bytes, length, ends);
    let n = 0;
    for (let i = 0, from = 0; i < pieces; i++) {
      const to = ends[i]!;
      const id = table.find(view, bytes, from, to);
      if (id >= 0 && (this.#whole === null || this.#whole[id] === 1)) out[n++] = id;
      else n += this.#encodeRest(from, to, id, table.hash, n);
      from = to;
    }
    return n;
  }

  /** A piece that is not known to be a token. @param id of the token that has its bytes, or -1 */
  #encodeRest(from: number, to: number, id: number, hash: number, n: number): number {
    const out = this.#out;
    const known = this.#cache.find(this.#bytes, from, to, hash, out, n);
    if (known > 0) return known;
    const count = mergePiece(this.#bytes, from, to, this.#rule, this.byteTokens, out, n);
    if (id >= 0 && this.#whole) {
      this.#whole[id] = count === 1 && out[n] === id ? 1 : 2;
      if (this.#whole[id] === 1) return count;
    }
    this.#cache.add(this.#bytes, from, to, hash, out, n, count);
    return count;
  }
}

const encoder = new TextEncoder();

/** Whether UTF-8 has such a byte; a vocabulary may lack the others. */
function isInUtf8(byte: number): boolean {
  return byte < 0xc0 || (byte > 0xc1 && byte < 0xf5);
}

/** Below U+0300 every text is in NFC. */
function isComposed(text: string | Uint8Array): boolean {
  return typeof text === "string"
    ? !/[\u0300-\uffff]/.test(text)
    : text.every((byte) => byte < 0xcc);
}
