/**
 * Corpora side by side: their names, colours and marks, the same in every chart that compares them.
 *
 * @module
 */
import type { CorpusFigures } from "../corpus/mod.ts";
import type { CorpusStatistics } from "../stats/mod.ts";
import { legend } from "./chart.ts";

/** A corpus with a name, as the workbench measures it. */
export interface ComparedCorpus {
  /** Short: it stands on axes and in legends. */
  readonly name: string;
  readonly figures: CorpusFigures;
  readonly statistics: Pick<CorpusStatistics, "trajectories" | "tokens" | "tokenizer">;
}

/** The fill of corpus number `i`, of Okabe and Ito's colours; past the last one they begin anew. */
export function corpusColor(i: number): string {
  const [name, color] = COLORS[i % COLORS.length] ?? COLORS[0];
  return `var(--bottega-corpus-${name}, ${color})`;
}

/** What the colours of corpora mean. */
export function corpusLegend(
  document: Document,
  corpora: readonly Pick<ComparedCorpus, "name">[],
): HTMLElement {
  return legend(
    document,
    corpora.map(({ name }, i) => ({ sign: "■", color: corpusColor(i), label: name })),
  );
}

/** As many pixels as the longest of some names takes, about. */
export function nameWidth(names: readonly string[], least = 60): number {
  return Math.max(least, 14 + 6.4 * Math.max(0, ...names.map(({ length }) => length)));
}

const COLORS = [
  ["blue", "light-dark(#0072b2, #4a9fd8)"],
  ["orange", "#e69f00"],
  ["green", "#009e73"],
  ["purple", "#cc79a7"],
  ["vermilion", "#d55e00"],
  ["sky", "#56b4e9"],
] as const;
