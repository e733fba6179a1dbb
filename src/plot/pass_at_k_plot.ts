/**
 * What more attempts bring: the chance that one of k succeeds, a line a policy.
 *
 * @module
 */
import { dot, line, pointer, text, tip } from "@observablehq/plot";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { documentOf } from "./element.ts";
import { formatShare } from "./number_format.ts";

/** pass@k of a policy. */
export interface PassAtK {
  readonly name: string;
  readonly k: number;
  /** From 0 to 1. */
  readonly value: number;
}

/** Lines over k; each has its name at its end, and a sign of its own. */
export function passAtKPlot(points: readonly PassAtK[], options: ChartOptions = {}): HTMLElement {
  const document = documentOf(options);
  const names = [...new Set(points.map(({ name }) => name))];
  const most = Math.max(1, ...points.map(({ k }) => k));
  const longest = Math.max(0, ...names.map(({ length }) => length));
  return chartFigure(document, {
    title: "pass@k",
    subtitle: "chance that at least one of k attempts resolves a task",
    body: [drawPlot(document, {
      width: options.width ?? DEFAULT_WIDTH,
      height: 260,
      marginLeft: 44,
      marginRight: Math.min(200, 24 + 6.5 * longest),
      ariaLabel: "pass@k",
      ariaDescription: points.map(pointText).join("; "),
      x: { domain: [1, Math.max(2, most)], ticks: most, tickFormat: "d", label: "attempts k" },
      y: { domain: [0, 1], tickFormat: formatShare, label: "resolved", grid: true, ticks: 5 },
      symbol: { domain: names },
      marks: [
        line(points, { x: "k", y: "value", z: "name", stroke: COLOR, strokeOpacity: 0.6 }),
        dot(points, { x: "k", y: "value", symbol: "name", stroke: COLOR, r: 4 }),
        text(points.filter(({ k }) => k === most), {
          x: "k",
          y: "value",
          dx: 8,
          textAnchor: "start",
          text: "name",
        }),
        tip(points, pointer({ x: "k", y: "value", title: pointText, lineHeight: TIP_LINE_HEIGHT })),
      ],
    })],
  });
}

const COLOR = "var(--bottega-resolved, #009e73)";

function pointText({ name, k, value }: PassAtK): string {
  return `${name}, pass@${k}: ${formatShare(value)}`;
}
