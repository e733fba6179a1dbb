/**
 * What goes into rows: documents, each as often as it is wanted, cut where they are longer than a row.
 *
 * @module
 */
import type { Collected } from "./collect_documents.ts";
import { pieceLengths } from "./packing_efficiency.ts";
import { seededShuffle } from "./seeded_shuffle.ts";

/** Each document as often as it is wanted; of a fraction, documents by chance up to their share. */
export function pickDocuments(
  lengths: readonly number[],
  repeats: number,
  seed: number,
): Uint32Array {
  const picks: number[] = [];
  const whole = Math.floor(repeats);
  for (let copy = 0; copy < whole; copy++) {
    for (let i = 0; i < lengths.length; i++) picks.push(i);
  }
  let wanted = (repeats - whole) * lengths.reduce((sum, length) => sum + length, 0);
  for (const i of seededShuffle(lengths.length, seed)) {
    const length = lengths[i] ?? 0;
    // Taking it must come nearer to what is wanted than leaving it.
    if (2 * wanted < length) continue;
    picks.push(i);
    wanted -= length;
  }
  return Uint32Array.from(picks);
}

/** (P) what goes into rows. */
export interface Pieces {
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  /** The source of each, and the document in it. */
  readonly sources: Uint32Array;
  readonly documents: Uint32Array;
}

/** Cuts picked documents into context-long pieces and what is left of them. */
export function cutIntoPieces(
  sources: readonly Collected[],
  picks: readonly Uint32Array[],
  context: number,
): Pieces {
  const picked = sources.flatMap((source, s) =>
    Array.from(picks[s] ?? [], (i) => ({ source, s, i }))
  );
  const lengths = Uint32Array.from(picked, ({ source, i }) => source.lengths[i] ?? 0);
  const pieces = pieceLengths(lengths, context);
  const offsets = new Float64Array(pieces.length);
  const of = { sources: pieces.slice(), documents: pieces.slice() };
  let piece = 0;
  for (const { source, s, i } of picked) {
    const [start, length] = [source.offsets[i] ?? 0, source.lengths[i] ?? 0];
    for (let at = 0; at < length; at += context) {
      of.sources[piece] = s;
      of.documents[piece] = i;
      offsets[piece++] = start + at;
    }
  }
  return { offsets, lengths: pieces, ...of };
}

/** The pieces that are all of their document, each document once. */
export function wholeDocuments(
  collected: readonly Collected[],
  { sources, documents, lengths }: Pieces,
): Uint32Array {
  const seen = new Set<string>();
  return Uint32Array.from(
    sources.keys().filter((piece) => {
      const length = collected[sources[piece]!]!.lengths[documents[piece]!];
      const key = `${sources[piece]} ${documents[piece]}`;
      if (lengths[piece] !== length || seen.has(key)) return false;
      seen.add(key);
      return true;
    }),
  );
}

/** The picks of each source, with the documents of the added pieces. */
export function withAdded(
  picks: readonly Uint32Array[],
  { sources, documents }: Pieces,
  added: Uint32Array,
): Uint32Array[] {
  return picks.map((picked, s) => {
    const more = added.filter((piece) => sources[piece] === s).map((piece) => documents[piece]!);
    return Uint32Array.from([...picked, ...more]);
  });
}
