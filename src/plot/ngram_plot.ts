/**
 * How much corpora repeat themselves: the share of different n-grams among all.
 *
 * @module
 */
import { dot, line, pointer, ruleY, tip } from "@observablehq/plot";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { type ComparedCorpus, corpusColor, corpusLegend } from "./compared_corpora.ts";
import { documentOf } from "./element.ts";
import { formatCount, formatShare } from "./number_format.ts";

/** A corpus's n-grams of one n. */
interface Point {
  readonly corpus: string;
  readonly color: string;
  readonly n: number;
  readonly unique: number;
  readonly text: string;
}

/** A line for each corpus, from its shortest n-grams to its longest: low where much is repeated. */
export function ngramPlot(
  corpora: readonly ComparedCorpus[],
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const points = corpora.flatMap(({ name, figures }, i) =>
    figures.ngrams.map(({ n, unique, distinct, total, sampled }): Point => ({
      corpus: name,
      color: corpusColor(i),
      n,
      unique,
      text: `${name}, n = ${n}\n${sampled > 1 ? "about " : ""}${formatCount(distinct)} different ` +
        `of ${formatCount(total)}, ${formatShare(unique)}`,
    }))
  );
  const sizes = [...new Set(points.map(({ n }) => n))].toSorted((a, b) => a - b);
  const svg = drawPlot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 240,
    marginLeft: 48,
    marginBottom: 38,
    ariaLabel: "Share of different n-grams",
    ariaDescription: points.map(({ text }) => text.replaceAll("\n", ": ")).join("; "),
    x: { type: "point", domain: sizes, label: "n", padding: 0.3 },
    y: { domain: [0, 100], percent: true, label: "different of all, %", grid: true, ticks: 5 },
    color: { type: "identity" },
    marks: [
      ruleY([0], { strokeOpacity: 0.6 }),
      line(points, { x: "n", y: "unique", z: "corpus", stroke: "color", strokeWidth: 2 }),
      dot(points, { x: "n", y: "unique", fill: "color", r: 4 }),
      tip(points, pointer({ x: "n", y: "unique", title: "text", lineHeight: TIP_LINE_HEIGHT })),
    ],
  });
  return chartFigure(document, {
    title: "How many n-grams are different",
    subtitle: "the lower, the more it repeats itself; larger corpora repeat more",
    body: [corpusLegend(document, corpora), svg],
  });
}
