/**
 * Keys and values of several sequences in the memory of the processor, for a decoder that gets the past
 * as an input. What a sequence has in common with one before it is not computed again.
 *
 * @module
 */

import type { DecoderConfig } from "./config.ts";

/** What the cache is asked for. */
export interface CacheShape extends Pick<DecoderConfig, "layers" | "kvHeads" | "headSize"> {
  /** Sequences that are kept. */
  readonly rows: number;
}

/** Tensors (rows, KV, capacity, D), two for each layer, and the tokens that they are of. */
export class KeyValueCache {
  /** Keys and values of each layer in turn. */
  readonly tensors: Float32Array[];
  #capacity = STEP;
  /** Of each row the tokens whose keys and values it holds. */
  readonly #tokens: number[][];

  constructor(readonly shape: CacheShape) {
    const { layers, rows } = shape;
    this.tensors = Array.from({ length: 2 * layers }, () => new Float32Array(rows * this.#rowSize));
    this.#tokens = Array.from({ length: rows }, () => []);
  }

  /** Places of a row. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Tokens of a row. */
  lengthOf(row: number): number {
    return this.#tokens[row]?.length ?? 0;
  }

  /**
   * Gives each prompt the row of its number, with what that holds of it already: all but its last token
   * at most, since a run needs one.
   */
  seat(prompts: readonly (readonly number[])[]): void {
    const { rows } = this.shape;
    const fits = prompts.flatMap((prompt, seat) =>
      this.#tokens.map((tokens, row) => ({ seat, row, length: commonLength(tokens, prompt) }))
    ).sort((a, b) => b.length - a.length);
    const rowOf = new Map<number, number>();
    const taken = new Set<number>();
    for (const { seat, row } of fits) {
      if (rowOf.has(seat) || taken.has(row)) continue;
      rowOf.set(seat, row);
      taken.add(row);
    }
    // Where what was in each row is now.
    const placeOf = Array.from({ length: rows }, (_, row) => row);
    for (const [seat, prompt] of prompts.entries()) {
      const row = rowOf.get(seat) ?? seat;
      const place = placeOf[row] ?? seat;
      const other = placeOf.indexOf(seat);
      this.swap(seat, place);
      placeOf[row] = seat;
      placeOf[other] = place;
      const tokens = this.#tokens[seat] ?? [];
      tokens.length = Math.min(commonLength(tokens, prompt), prompt.length - 1);
    }
    // What nobody goes on with would only take room.
    for (const tokens of this.#tokens.slice(prompts.length)) tokens.length = 0;
    this.#reserve(this.#longest);
  }

  /** Has two rows change places. */
  swap(a: number, b: number): void {
    if (a === b) return;
    const size = this.#rowSize;
    for (const tensor of this.tensors) {
      const kept = tensor.slice(a * size, (a + 1) * size);
      tensor.copyWithin(a * size, b * size, (b + 1) * size);
      tensor.set(kept, b * size);
    }
    const [first = [], second = []] = [this.#tokens[a], this.#tokens[b]];
    this.#tokens[a] = second;
    this.#tokens[b] = first;
  }

  /** Makes room for so many tokens a row, and not for many more: all of it is handed in each time. */
  #reserve(length: number): void {
    const capacity = Math.max(1, Math.ceil(length / STEP)) * STEP;
    if (capacity === this.#capacity) return;
    const { kvHeads, headSize: D, rows } = this.shape;
    const before = this.#capacity * D;
    const after = capacity * D;
    const kept = Math.min(before, after);
    for (const [i, tensor] of this.tensors.entries()) {
      const moved = new Float32Array(rows * kvHeads * after);
      for (let head = 0; head < rows * kvHeads; head++) {
        moved.set(tensor.subarray(head * before, head * before + kept), head * after);
      }
      this.tensors[i] = moved;
    }
    this.#capacity = capacity;
  }

  /** The first rows of a tensor, or `count` from one on: (count, KV, capacity, D). */
  rows(tensor: number, first: number, count: number): Float32Array {
    const size = this.#rowSize;
    return this.tensors[tensor]?.subarray(first * size, (first + count) * size) ??
      new Float32Array();
  }

  /**
   * Puts what a run made behind what a row has.
   *
   * @param present Of each tensor (count, KV, T, D), of which row `from` is this row's.
   */
  append(
    row: number,
    tokens: readonly number[],
    present: readonly Float32Array[],
    from: number,
  ): void {
    const { kvHeads, headSize: D } = this.shape;
    const begin = this.lengthOf(row);
    this.#reserve(Math.max(this.#longest, begin + tokens.length));
    const size = tokens.length * D;
    for (const [i, tensor] of this.tensors.entries()) {
      for (let head = 0; head < kvHeads; head++) {
        const source = (from * kvHeads + head) * size;
        const target = ((row * kvHeads + head) * this.#capacity + begin) * D;
        tensor.set(present[i]?.subarray(source, source + size) ?? [], target);
      }
    }
    this.#tokens[row]?.push(...tokens);
  }

  get #longest(): number {
    return Math.max(...this.#tokens.map(({ length }) => length));
  }

  get #rowSize(): number {
    return this.shape.kvHeads * this.#capacity * this.shape.headSize;
  }
}

/** Capacity grows by so many places. */
const STEP = 32;

function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
