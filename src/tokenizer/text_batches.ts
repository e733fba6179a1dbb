/**
 * Texts on their way to workers: as UTF-8 in batches of even size, long texts in slices.
 *
 * @module
 */
import type { SplitRule } from "./split_rule.ts";
import { blockEnd } from "./text_blocks.ts";
import { concatenateTokens } from "./concatenate_tokens.ts";

/** Texts in UTF-8, one after the other. */
export interface TextBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each text ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** Their tokens, one after the other. */
export interface TokenBatch {
  readonly tokens: Uint32Array<ArrayBuffer>;
  /** Where each text's tokens end. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** The texts of a batch. */
export function* textsOf({ bytes, ends }: TextBatch): Generator<Uint8Array> {
  for (let i = 0; i < ends.length; i++) yield bytes.subarray(ends[i - 1] ?? 0, ends[i]);
}

/** The tokens of a batch, text by text. */
export function encodeBatch(
  batch: TextBatch,
  encode: (text: Uint8Array) => Uint32Array,
): TokenBatch {
  const texts = Array.from(textsOf(batch), (text) => encode(text));
  let end = 0;
  return {
    tokens: concatenateTokens(texts),
    ends: Uint32Array.from(texts, ({ length }) => end += length),
  };
}

/** A batch, and which of its slices are the last of their text. */
export interface SlicedBatch extends TextBatch {
  readonly isLast: readonly boolean[];
  /** Of all slices, in units of strings or bytes. */
  readonly length: number;
}

/** Units or bytes of a slice, and of a batch: some 10 ms of work. */
const SIZE = 1 << 18;

/** Memory of a batch: all but filled, it takes a slice more. A text that may not be cut has more. */
export const BATCH_BYTES = 2 * SIZE;

/**
 * Fills batches with texts, in order.
 *
 * @param rule by which long texts may be cut
 * @param spare memory of earlier batches, of BATCH_BYTES each, taken before any is allocated
 */
export function textBatches(
  texts: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  rule: SplitRule,
  spare: ArrayBuffer[] = [],
): Iterable<SlicedBatch> | AsyncIterable<SlicedBatch> {
  const batcher = new Batcher(rule, spare);
  // Waiting for each of many short texts would cost more than to copy it.
  return Symbol.iterator in texts ? batchesOf(texts, batcher) : batchesOfStream(texts, batcher);
}

function* batchesOf(
  texts: Iterable<string | Uint8Array>,
  batcher: Batcher,
): Generator<SlicedBatch> {
  for (const text of texts) yield* batcher.add(text);
  yield* batcher.finish();
}

async function* batchesOfStream(
  texts: AsyncIterable<string | Uint8Array>,
  batcher: Batcher,
): AsyncGenerator<SlicedBatch> {
  for await (const text of texts) yield* batcher.add(text);
  yield* batcher.finish();
}

/** Takes texts and gives the batches that they fill. */
class Batcher {
  readonly #rule: SplitRule;
  readonly #spare: ArrayBuffer[];
  #batch: Batch;

  constructor(rule: SplitRule, spare: ArrayBuffer[]) {
    this.#rule = rule;
    this.#spare = spare;
    this.#batch = new Batch(spare.pop());
  }

  *add(text: string | Uint8Array): Generator<SlicedBatch> {
    let from = 0;
    do {
      const to = blockEnd(text, from, SIZE, this.#rule);
      const whole = from === 0 && to === text.length;
      const slice = typeof text === "string" ? text.slice(from, to) : text.subarray(from, to);
      this.#batch.add(whole ? text : slice, to === text.length);
      from = to;
      if (this.#batch.size < SIZE) continue;
      yield this.#batch.finish();
      this.#batch = new Batch(this.#spare.pop());
    } while (from < text.length);
  }

  *finish(): Generator<SlicedBatch> {
    if (this.#batch.texts > 0) yield this.#batch.finish();
  }
}

class Batch {
  #bytes: Uint8Array<ArrayBuffer>;
  #ends: number[] = [];
  #isLast: boolean[] = [];
  #length = 0;
  size = 0;

  constructor(memory = new ArrayBuffer(BATCH_BYTES)) {
    this.#bytes = new Uint8Array(memory);
  }

  get texts(): number {
    return this.#ends.length;
  }

  add(text: string | Uint8Array, isLast: boolean): void {
    if (typeof text === "string") {
      // Three bytes a unit at worst, one where it is ASCII.
      this.#reserve(text.length);
      let { read, written } = encoder.encodeInto(text, this.#bytes.subarray(this.size));
      if (read < text.length) {
        this.#reserve(3 * text.length);
        ({ read, written } = encoder.encodeInto(text, this.#bytes.subarray(this.size)));
      }
      this.size += written;
    } else {
      this.#reserve(text.length);
      this.#bytes.set(text, this.size);
      this.size += text.length;
    }
    this.#length += text.length;
    this.#ends.push(this.size);
    this.#isLast.push(isLast);
  }

  finish(): SlicedBatch {
    return {
      bytes: this.#bytes.subarray(0, this.size),
      ends: Uint32Array.from(this.#ends),
      isLast: this.#isLast,
      length: this.#length,
    };
  }

  #reserve(more: number): void {
    if (this.size + more <= this.#bytes.length) return;
    const bytes = new Uint8Array(2 * (this.size + more));
    bytes.set(this.#bytes.subarray(0, this.size));
    this.#bytes = bytes;
  }
}

const encoder = new TextEncoder();
