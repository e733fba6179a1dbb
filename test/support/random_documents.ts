/**
 * Documents of random tokens, for statistics of n-grams.
 *
 * @module
 */
import type { DocumentTokens } from "../../src/stats/mod.ts";
import { seededRandom } from "./random.ts";

/**
 * N tokens below V, few of them frequent as in text, in documents of 0 to 2,000 tokens: the same for
 * the same seed.
 */
export function randomDocuments(N: number, V = 1000, seed = 8): DocumentTokens {
  const random = seededRandom(seed);
  const tokens = Uint32Array.from({ length: N }, () => Math.floor(V ** random()) - 1);
  const offsets = [0];
  while (offsets.at(-1)! < N) {
    offsets.push(Math.min(N, offsets.at(-1)! + Math.floor(random() * 2000)));
  }
  return { tokens, offsets: Uint32Array.from(offsets) };
}

/** Documents of the given tokens. */
export function documentsFrom(...documents: readonly (readonly number[])[]): DocumentTokens {
  const offsets = [0];
  for (const { length } of documents) offsets.push(offsets.at(-1)! + length);
  return { tokens: Uint32Array.from(documents.flat()), offsets: Uint32Array.from(offsets) };
}

/** The documents `begin` to before `end`, on their own. */
export function sliceDocuments(
  { tokens, offsets }: DocumentTokens,
  begin: number,
  end: number,
): DocumentTokens {
  const start = offsets[begin]!;
  return {
    tokens: tokens.slice(start, offsets[end]),
    offsets: offsets.slice(begin, end + 1).map((offset) => offset - start),
  };
}
