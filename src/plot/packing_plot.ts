/**
 * How corpora pack: the share of slots filled at each context length, and what has to be cut.
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
import { formatContext, formatQuantity, formatShare } from "./number_format.ts";

/** A corpus at a context length. */
interface Point {
  readonly corpus: string;
  readonly color: string;
  readonly context: string;
  readonly filled: number;
  /** Share of tokens in documents that do not fit. */
  readonly cut: number;
  readonly text: string;
}

/** Two panels of one line a corpus: slots filled, and tokens in documents longer than the context. */
export function packingPlot(
  corpora: readonly ComparedCorpus[],
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const width = options.width ?? DEFAULT_WIDTH;
  const points = corpora.flatMap(({ name, figures }, i) =>
    figures.packing.map(({ context, rows, tokens, filled, cut, tokensCut }): Point => ({
      corpus: name,
      color: corpusColor(i),
      context: formatContext(context),
      filled,
      cut: tokensCut / Math.max(1, tokens),
      text: `${name} at ${formatContext(context)}\n${formatQuantity(rows, "row")}, ` +
        `${formatShare(filled)} filled\n${formatQuantity(cut, "document")} cut, ` +
        `${formatShare(tokensCut / Math.max(1, tokens))} of the tokens`,
    }))
  );
  const contexts = [...new Set(points.map(({ context }) => context))];
  const panel = (what: "filled" | "cut", label: string) =>
    drawPlot(document, {
      width,
      height: 180,
      marginLeft: 48,
      marginBottom: 38,
      ariaLabel: label,
      ariaDescription: points.map((point) =>
        `${point.corpus} at ${point.context}: ${formatShare(point[what])}`
      ).join(", "),
      x: { type: "point", domain: contexts, label: "context in tokens (k = 1,024)" },
      y: { domain: [0, 100], percent: true, label, grid: true, ticks: 5 },
      color: { type: "identity" },
      marks: [
        ruleY([0], { strokeOpacity: 0.6 }),
        line(points, { x: "context", y: what, z: "corpus", stroke: "color", strokeWidth: 2 }),
        dot(points, { x: "context", y: what, fill: "color", r: 4 }),
        tip(
          points,
          pointer({ x: "context", y: what, title: "text", lineHeight: TIP_LINE_HEIGHT }),
        ),
      ],
    });
  return chartFigure(document, {
    title: "Packing",
    subtitle: "rows of a context length, whole documents best-fit into them",
    body: [
      corpusLegend(document, corpora),
      panel("filled", "slots filled, %"),
      panel("cut", "tokens in documents that are cut, %"),
    ],
  });
}
