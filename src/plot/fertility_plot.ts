/**
 * What vocabularies make of corpora: tokens by byte, by line.
 *
 * @module
 */
import { barX, text } from "@observablehq/plot";
import { chartFigure, type ChartOptions, DEFAULT_WIDTH, drawPlot } from "./chart.ts";
import { type ComparedCorpus, corpusColor, corpusLegend, nameWidth } from "./compared_corpora.ts";
import { documentOf } from "./element.ts";

/** Options of {@linkcode fertilityPlot}. */
export interface FertilityPlotOptions extends ChartOptions {
  /** What tokens are counted by; bytes by default. */
  readonly by?: "byte" | "line" | undefined;
}

/** A corpus under a vocabulary. */
interface Bar {
  readonly corpus: string;
  readonly color: string;
  readonly tokenizer: string;
  readonly value: number;
}

const BAR_PX = 17;

/** A bar for each vocabulary and corpus: the shorter, the more text fits into a context. */
export function fertilityPlot(
  corpora: readonly ComparedCorpus[],
  { by = "byte", ...options }: FertilityPlotOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const bars = corpora.flatMap(({ name, figures }, i) =>
    figures.fertility.map(({ tokenizer, perByte, perLine }): Bar => ({
      corpus: name,
      color: corpusColor(i),
      tokenizer,
      value: by === "byte" ? perByte : perLine,
    }))
  );
  const tokenizers = [...new Set(bars.map(({ tokenizer }) => tokenizer))];
  const digits = by === "byte" ? 3 : 1;
  const svg = drawPlot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 20 + tokenizers.length * (corpora.length * BAR_PX + 12),
    marginLeft: nameWidth(tokenizers),
    marginRight: 52,
    marginTop: 4,
    marginBottom: 8,
    ariaLabel: `Tokens a ${by}`,
    ariaDescription: bars.map(({ corpus, tokenizer, value }) =>
      `${corpus} with ${tokenizer}: ${value.toFixed(digits)}`
    ).join(", "),
    x: { axis: null, domain: [0, Math.max(1e-9, ...bars.map(({ value }) => value))] },
    y: { axis: null, domain: corpora.map(({ name }) => name), padding: 0.12 },
    fy: { label: null, domain: tokenizers, axis: "left", padding: 0.08 },
    color: { type: "identity" },
    marks: [
      barX(bars, { fy: "tokenizer", y: "corpus", x: "value", fill: "color", fillOpacity: 0.85 }),
      text(bars, {
        fy: "tokenizer",
        y: "corpus",
        x: "value",
        text: ({ value }: Bar) => value.toFixed(digits),
        textAnchor: "start",
        dx: 5,
      }),
    ],
  });
  return chartFigure(document, {
    title: `Tokens a ${by}`,
    subtitle: "by vocabulary; the fewer, the more text fits into a context",
    body: [corpusLegend(document, corpora), svg],
  });
}
