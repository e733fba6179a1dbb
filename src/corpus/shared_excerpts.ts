/**
 * What two texts have in common, to be shown side by side.
 *
 * @module
 */
import { ngramHashCpu, NO_NGRAM } from "../stats/mod.ts";
import type { Tokenizer } from "../tokenizer/mod.ts";

/** A stretch of a text that another one has too, and what stands around it. */
export interface Excerpt {
  readonly before: string;
  readonly shared: string;
  readonly after: string;
}

/** The same stretch in an item and in a document. */
export interface Excerpts {
  readonly inItem: Excerpt;
  readonly inDocument: Excerpt;
}

/**
 * The longest stretch of a document all of whose n-grams an item has, and its first n-gram's place in
 * the item, with 40 tokens around both.
 */
export function sharedExcerpts(
  item: Uint32Array,
  document: Uint32Array,
  n: number,
  tokenizer: Pick<Tokenizer, "decode">,
): Excerpts {
  const places = new Map<number, number>();
  for (const [i, key] of ngramKeys(item, n).entries()) {
    if (!Number.isNaN(key) && !places.has(key)) places.set(key, i);
  }
  let best = { start: 0, end: 0, inItem: 0 };
  let start = -1;
  const keys = ngramKeys(document, n);
  for (let i = 0; i <= keys.length; i++) {
    const isShared = i < keys.length && places.has(keys[i]!);
    if (isShared && start < 0) start = i;
    if (isShared || start < 0) continue;
    const end = i - 1 + n;
    if (end - start > best.end - best.start) {
      best = { start, end, inItem: places.get(keys[start]!) ?? 0 };
    }
    start = -1;
  }
  const length = best.end - best.start;
  const itemEnd = Math.min(item.length, best.inItem + length);
  return {
    inItem: excerpt(item, best.inItem, itemEnd, tokenizer),
    inDocument: excerpt(document, best.start, best.end, tokenizer),
  };
}

function excerpt(
  tokens: Uint32Array,
  start: number,
  end: number,
  tokenizer: Pick<Tokenizer, "decode">,
): Excerpt {
  const cut = Math.min(end, start + MOST_SHOWN);
  return {
    before: tokenizer.decode(tokens.subarray(Math.max(0, start - AROUND), start)),
    shared: tokenizer.decode(tokens.subarray(start, cut)) + (cut < end ? " …" : ""),
    after: cut < end ? "" : tokenizer.decode(tokens.subarray(end, end + AROUND)),
  };
}

/** 53 bits of each n-gram's hash as one number, NaN where none begins: enough to find an excerpt. */
function ngramKeys(tokens: Uint32Array, n: number): number[] {
  const hashes = ngramHashCpu({ tokens, offsets: Uint32Array.of(0, tokens.length) }, n);
  return Array.from({ length: tokens.length }, (_, i) => {
    const high = hashes[2 * i + 1]!;
    return high === NO_NGRAM ? NaN : (high & 0x1fffff) * 2 ** 32 + hashes[2 * i]!;
  });
}

const AROUND = 40;
const MOST_SHOWN = 400;
