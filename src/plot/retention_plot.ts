/**
 * What became of a corpus's units: how many each filter removed, and what a context length keeps.
 *
 * @module
 */
import { barX, pointerY, text, tip } from "@observablehq/plot";
import type { Amount, Retention } from "../corpus/mod.ts";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  legend,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { documentOf } from "./element.ts";
import {
  formatContext,
  formatCount,
  formatQuantity,
  formatShare,
  formatShort,
} from "./number_format.ts";

/** Options of {@linkcode retentionPlot}. */
export interface RetentionPlotOptions extends ChartOptions {
  /** What the bars are as long as; units by default. */
  readonly by?: "units" | "tokens" | undefined;
}

/** A bar from `low` to `high`. */
interface Bar {
  readonly label: string;
  readonly amount: Amount;
  readonly low: number;
  readonly high: number;
  readonly color: string;
}

const KEPT = "var(--bottega-kept, #009e73)";
const REMOVED = "var(--bottega-removed, #d55e00)";
const ALL = "var(--bottega-all, #999999)";
const MARGIN_LEFT = 116;
const BAR_HEIGHT = 24;

/**
 * Bars from all units down to those that are kept: each filter takes its piece off the end. Below,
 * the samples that a context length would keep, were it the only bound.
 */
export function retentionPlot(
  retention: Retention,
  { by = "units", ...options }: RetentionPlotOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const width = options.width ?? DEFAULT_WIDTH;
  const { all, kept, dropped, within, omitted } = retention;
  const all1 = Math.max(1, all[by]);
  let end = all[by];
  const removed = Object.entries(dropped)
    .sort(([, a], [, b]) => b[by] - a[by] || b.units - a.units)
    .map(([label, amount]): Bar => {
      const high = end;
      end -= amount[by];
      return { label, amount, low: end, high, color: REMOVED };
    });
  const bars: Bar[] = [
    { label: "looked at", amount: all, low: 0, high: all[by], color: ALL },
    ...removed,
    { label: "kept", amount: kept, low: 0, high: kept[by], color: KEPT },
  ];
  const contexts = Object.entries(within).map(([length, amount]): Bar => ({
    label: `up to ${formatContext(Number(length))}`,
    amount,
    low: 0,
    high: amount[by],
    color: KEPT,
  }));
  const draw = (bars: readonly Bar[], label: string) =>
    drawBars(document, width, bars, { by, all: all1, label });
  const lost = Object.entries(omitted).map(([reason, count]) => `${formatCount(count)} ${reason}`);
  return chartFigure(document, {
    title: "What the filters left",
    subtitle: `${formatQuantity(kept.units, "sample")} of ${formatQuantity(all.units, "unit")}, ` +
      `${formatShort(kept.tokens)} tokens`,
    body: [
      legend(document, [
        { sign: "■", color: REMOVED, label: "removed" },
        { sign: "■", color: KEPT, label: "kept" },
      ]),
      draw(bars, "Units by what became of them"),
      draw(contexts, "Samples that a context length keeps"),
      lost.length > 0 ? note(document, `Changes that no sample tells: ${lost.join(", ")}.`) : null,
    ],
  });
}

function drawBars(
  document: Document,
  width: number,
  bars: readonly Bar[],
  { by, all, label }: { by: "units" | "tokens"; all: number; label: string },
) {
  const share = ({ amount }: Bar) => formatShare(amount[by] / all);
  return drawPlot(document, {
    width,
    height: bars.length * BAR_HEIGHT + 8,
    marginLeft: MARGIN_LEFT,
    marginRight: 84,
    marginTop: 4,
    marginBottom: 4,
    ariaLabel: label,
    ariaDescription: bars.map((bar) => `${bar.label} ${formatCount(bar.amount[by])}`).join(", "),
    x: { axis: null, domain: [0, all] },
    y: { label: null, domain: bars.map(({ label }) => label), tickSize: 0, padding: 0.25 },
    color: { type: "identity" },
    marks: [
      barX(bars, { x1: "low", x2: "high", y: "label", fill: "color" }),
      text(bars, {
        x: "high",
        y: "label",
        text: (bar: Bar) => `${formatShort(bar.amount[by])} · ${share(bar)}`,
        textAnchor: "start",
        dx: 5,
      }),
      tip(
        bars,
        pointerY({
          x: "high",
          y: "label",
          title: (bar: Bar) =>
            `${bar.label}\n${formatQuantity(bar.amount.units, "unit")}, ` +
            `${formatCount(bar.amount.tokens)} tokens`,
          lineHeight: TIP_LINE_HEIGHT,
        }),
      ),
    ],
  });
}

function note(document: Document, words: string): HTMLElement {
  const paragraph = document.createElement("p");
  paragraph.className = "muted";
  paragraph.textContent = words;
  return paragraph;
}
