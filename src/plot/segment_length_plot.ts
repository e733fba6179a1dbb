/**
 * How long samples, steps and segments are: quantiles of each, on one scale of tokens.
 *
 * @module
 */
import { barX, dot, pointerY, text, tip } from "@observablehq/plot";
import type { LengthFigures } from "../corpus/mod.ts";
import type { LengthSummary } from "../stats/mod.ts";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  legend,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { documentOf } from "./element.ts";
import { logExtent, tokenAxis } from "./log_axis.ts";
import { formatCount, formatShort } from "./number_format.ts";
import { roleColor } from "./palette.ts";

/** Lengths of one kind. */
interface Row extends LengthSummary {
  readonly what: string;
  readonly color: string;
}

const ROW_PX = 30;
const MARGIN_LEFT = 92;
const MARGIN_RIGHT = 64;

/** A bar from the 10th to the 90th percentile for samples, steps and each role, with its median. */
export function segmentLengthPlot(
  { sample, step, roles }: LengthFigures,
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const width = options.width ?? DEFAULT_WIDTH;
  const whole = "var(--bottega-accent)";
  const rows: Row[] = [
    { what: "sample", color: whole, ...sample },
    ...(step.count > 0 ? [{ what: "step", color: whole, ...step }] : []),
    ...Object.entries(roles).map(([role, summary]) => ({
      what: role,
      color: roleColor(role),
      ...summary,
    })),
  ];
  const [low, high] = logExtent(rows.flatMap(({ p10, max }) => [p10, max]), 1.3);
  const least = (value: number) => Math.max(1, value);
  const svg = drawPlot(document, {
    width,
    height: 56 + rows.length * ROW_PX,
    marginLeft: MARGIN_LEFT,
    marginRight: MARGIN_RIGHT,
    marginTop: 8,
    marginBottom: 38,
    ariaLabel: "Lengths of samples, steps and segments",
    ariaDescription: rows.map(({ what, count, p50, max }) =>
      `${formatCount(count)} × ${what}: half of them up to ${
        formatCount(p50)
      } tokens, the longest ` +
      formatCount(max)
    ).join("; "),
    x: { ...tokenAxis(low, high, width - MARGIN_LEFT - MARGIN_RIGHT), label: "tokens", grid: true },
    y: { label: null, domain: rows.map(({ what }) => what), tickSize: 0, padding: 0.45 },
    color: { type: "identity" },
    marks: [
      barX(rows, {
        x1: (row: Row) => least(row.p10),
        x2: (row: Row) => least(row.p90),
        y: "what",
        fill: "color",
        fillOpacity: 0.75,
      }),
      dot(rows, { x: (row: Row) => least(row.p50), y: "what", fill: "currentColor", r: 4 }),
      dot(rows, { x: (row: Row) => least(row.p99), y: "what", stroke: "currentColor", r: 2.5 }),
      dot(rows, {
        x: (row: Row) => least(row.max),
        y: "what",
        stroke: "currentColor",
        symbol: "times",
        r: 3,
      }),
      text(rows, {
        frameAnchor: "right",
        y: "what",
        text: ({ count }: Row) => `× ${formatShort(count)}`,
        textAnchor: "start",
        dx: 8,
      }),
      tip(
        rows,
        pointerY({
          x: (row: Row) => least(row.p50),
          y: "what",
          title: rowText,
          lineHeight: TIP_LINE_HEIGHT,
        }),
      ),
    ],
  });
  return chartFigure(document, {
    title: "Lengths by sample, step and role",
    body: [
      legend(document, [
        { sign: "■", color: whole, label: "10th to 90th percentile" },
        { sign: "●", color: "currentColor", label: "median" },
        { sign: "○", color: "currentColor", label: "99th" },
        { sign: "×", color: "currentColor", label: "longest" },
      ]),
      svg,
    ],
  });
}

function rowText({ what, count, p10, p50, p90, p99, max, tokens }: Row): string {
  return [
    `${formatCount(count)} × ${what}, ${formatShort(tokens)} tokens`,
    `10th percentile ${formatCount(p10)}`,
    `median ${formatCount(p50)}`,
    `90th ${formatCount(p90)}, 99th ${formatCount(p99)}`,
    `longest ${formatCount(max)}`,
  ].join("\n");
}
