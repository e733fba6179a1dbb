/**
 * How well a corpus packs at each context length, before anything is packed.
 *
 * @module
 */
import { packRows } from "./pack_rows.ts";

/** A context length, and how full its rows get. */
export interface PackingEfficiency {
  /** T */
  readonly context: number;
  readonly rows: number;
  /** Tokens in the rows, padding left out: the same for each context. */
  readonly tokens: number;
  /** Share of the rows' slots that hold a token; 1 for no tokens. */
  readonly filled: number;
  /** Documents longer than the context. */
  readonly cut: number;
  /** Tokens in documents longer than the context: those whose document is seen in pieces only. */
  readonly tokensCut: number;
}

/** The contexts that are compared unless others are asked for. */
export const CONTEXTS = [2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072] as const;

/**
 * Packs lengths alone, as `packSamples` packs documents. Mergeable: the lengths of a whole corpus are
 * those of its shards. Cost: about 0.1 s a million documents and context.
 *
 * @param lengths (K) tokens of each document.
 * @example
 * ```ts
 * import { packingEfficiency } from "bottega";
 * const [at8] = packingEfficiency(Uint32Array.of(3, 5, 4), [8]);
 * console.log(at8?.rows, at8?.filled); // 2, 0.75
 * ```
 */
export function packingEfficiency(
  lengths: Uint32Array,
  contexts: readonly number[] = CONTEXTS,
): PackingEfficiency[] {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  return contexts.map((context) => {
    const { rows } = packRows(pieceLengths(lengths, context), context, 0);
    const long = lengths.filter((length) => length > context);
    return {
      context,
      rows,
      tokens,
      filled: rows === 0 ? 1 : tokens / (rows * context),
      cut: long.length,
      tokensCut: long.reduce((sum, length) => sum + length, 0),
    };
  });
}

/** The lengths of the pieces that documents are cut into, document after document. */
export function pieceLengths(lengths: Uint32Array, context: number): Uint32Array {
  const count = lengths.reduce((sum, length) => sum + Math.ceil(length / context), 0);
  const pieces = new Uint32Array(count);
  let piece = 0;
  for (const length of lengths) {
    for (let at = 0; at < length; at += context) pieces[piece++] = Math.min(context, length - at);
  }
  return pieces;
}
