/**
 * Shares with their intervals beside each other: who resolves how much, and how sure that is.
 *
 * @module
 */
import { dot, pointerY, ruleX, ruleY, text, tip } from "@observablehq/plot";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { documentOf } from "./element.ts";
import { formatCount, formatShare } from "./number_format.ts";

/** A share of tasks and the interval that holds the truth in 95 of 100 cases. */
export interface PlottedRate {
  readonly name: string;
  /** From 0 to 1. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many tasks it is of. */
  readonly total?: number | undefined;
}

/** What a {@linkcode ratePlot} says above itself. */
export interface RatePlotOptions extends ChartOptions {
  readonly title?: string | undefined;
  readonly subtitle?: string | undefined;
}

const ROW_HEIGHT = 28;

/**
 * One line a share: a dot, its interval, its number; in the order given.
 *
 * @example
 * ```ts ignore
 * display(ratePlot([{ name: "teacher", value: 0.6, low: 0.46, high: 0.72 }], { width }));
 * ```
 */
export function ratePlot(
  rates: readonly PlottedRate[],
  options: RatePlotOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const { title = "Resolved", subtitle = "share of tasks, with 95 % intervals" } = options;
  const names = rates.map(({ name }) => name);
  const longest = Math.max(0, ...names.map(({ length }) => length));
  return chartFigure(document, {
    title,
    subtitle,
    body: [drawPlot(document, {
      width: options.width ?? DEFAULT_WIDTH,
      height: 46 + ROW_HEIGHT * Math.max(1, rates.length),
      marginLeft: Math.min(200, 24 + 6.5 * longest),
      marginRight: 52,
      ariaLabel: title,
      ariaDescription: rates.map(rateText).join("; "),
      x: { domain: [0, 1], tickFormat: formatShare, label: "resolved", grid: true, ticks: 6 },
      y: { domain: names, label: null },
      color: { type: "identity" },
      marks: [
        ruleX([0], { strokeOpacity: 0.4 }),
        ruleY(rates, {
          y: "name",
          x1: "low",
          x2: "high",
          stroke: COLOR,
          strokeWidth: 3,
          strokeOpacity: 0.55,
        }),
        dot(rates, { y: "name", x: "value", fill: COLOR, r: 5 }),
        text(rates, {
          y: "name",
          x: 1,
          dx: 8,
          textAnchor: "start",
          text: ({ value }: PlottedRate) => formatShare(value),
        }),
        tip(
          rates,
          pointerY({ y: "name", x: "value", title: rateText, lineHeight: TIP_LINE_HEIGHT }),
        ),
      ],
    })],
  });
}

const COLOR = "var(--bottega-resolved, #009e73)";

function rateText({ name, value, low, high, total }: PlottedRate): string {
  const of = total === undefined ? "" : ` of ${formatCount(total)} tasks`;
  return `${name}: ${formatShare(value)}${of}, ${formatShare(low)} to ${formatShare(high)}`;
}
