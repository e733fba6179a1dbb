/**
 * Mixtures: how often each source is repeated, so that it has its share of the tokens.
 *
 * @module
 */
import { CorpusError } from "./corpus_error.ts";

/** What a source asks for. */
export interface MixtureShare {
  readonly name: string;
  /** Tokens of the source, each once. */
  readonly tokens: number;
  /** How many times each of its tokens is wanted; 1 unless it says otherwise. */
  readonly repeats?: number | undefined;
  /** Its share of the mixture, against the sum of all weights. */
  readonly weight?: number | undefined;
}

/**
 * How often each source goes into the mixture. Without weights it is `repeats`, as in the pass ×3 of
 * daVinci-Dev (arXiv 2601.18418, section 3.2). With weights, shares of the tokens are as the weights,
 * and the sources are repeated as little as can be with none below its own `repeats`: nothing is
 * left out.
 *
 * @throws {CorpusError} `bad-option` for a weight or a number of repeats that is not above 0, for
 * weights that some sources have and others lack, for a weight on a source of no tokens.
 * @example
 * ```ts
 * import { mixtureRepeats } from "bottega";
 * const shares = [{ name: "ctx", tokens: 900, weight: 1 }, { name: "env", tokens: 100, weight: 1 }];
 * console.log(mixtureRepeats(shares)); // [1, 9]
 * ```
 */
export function mixtureRepeats(sources: readonly MixtureShare[]): number[] {
  for (const { name, repeats = 1, weight = 1 } of sources) {
    checkPositive(name, "repeats", repeats);
    checkPositive(name, "weight", weight);
  }
  const repeats = sources.map((source) => source.repeats ?? 1);
  const weighted = sources.filter(({ weight }) => weight !== undefined);
  if (weighted.length === 0) return repeats;
  const without = sources.find(({ weight }) => weight === undefined);
  if (without) {
    throw new CorpusError(
      "bad-option",
      `${without.name} has no weight, and other sources have one. Give a weight to each or to none.`,
    );
  }
  const empty = sources.find(({ tokens }) => tokens === 0);
  if (empty) {
    throw new CorpusError(
      "bad-option",
      `${empty.name} has no tokens, and no repetition gives it a weight of ${empty.weight}.`,
    );
  }
  const unscaled = sources.map(({ weight = 1, tokens }) => weight / tokens);
  const scale = Math.max(...unscaled.map((share, i) => (repeats[i] ?? 1) / share));
  return unscaled.map((share) => share * scale);
}

function checkPositive(name: string, what: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new CorpusError("bad-option", `${name} has ${what} ${value}. Give a number above 0.`);
}
