/**
 * Shares along an amount of something, over a logarithmic axis: how a resolved rate grows with tokens or
 * steps, with its intervals and the straight line that fits it.
 *
 * @module
 */
import { dot, line, link, pointer, text, tip } from "@observablehq/plot";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  legend,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { documentOf, elementBuilder } from "./element.ts";
import { countAxis } from "./log_axis.ts";
import { formatQuantity, formatShare, formatShort } from "./number_format.ts";

/** A share at an amount. */
export interface CurvePoint {
  /** Above 0. */
  readonly at: number;
  /** From 0 to 1. */
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** One line. */
export interface RateCurve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** value = intercept + slope · log₁₀(at). */
  readonly fit?:
    | { readonly slope: number; readonly intercept: number; readonly r2?: number }
    | null
    | undefined;
}

/** What a {@linkcode rateCurves} says, and what its axis counts. */
export interface RateCurvesOptions extends ChartOptions {
  readonly title: string;
  readonly subtitle?: string | undefined;
  /** What `at` counts: "tokens of mid-training". */
  readonly label: string;
  readonly height?: number | undefined;
  /** Said where no curve has a point. */
  readonly empty?: string | undefined;
}

/** Of Okabe and Ito, in an order that keeps the first ones apart; signs differ too. */
const COLORS = ["#009e73", "#d55e00", "#0072b2", "#cc79a7", "#e69f00", "#56b4e9"];
const SYMBOLS = ["circle", "square", "triangle", "diamond2", "cross", "star"] as const;
const SIGNS = ["●", "■", "▲", "◆", "✚", "★"];

/** Lines of shares; a dashed line is the fit. */
export function rateCurves(
  curves: readonly RateCurve[],
  { title, subtitle, label, height = 260, empty, ...options }: RateCurvesOptions,
): HTMLElement {
  const document = documentOf(options);
  const points = curves.flatMap(({ name, points }, n) =>
    points.filter(({ at }) => at > 0).map((point) => ({ ...point, name, ...styleOf(n) }))
  );
  if (points.length === 0) {
    const told = empty ?? "Nothing was measured.";
    const body = [elementBuilder(document)("p", { class: "empty" }, told)];
    return chartFigure(document, { title, subtitle, body });
  }
  const amounts = points.map(({ at }) => at);
  const domain = [Math.min(...amounts) / 1.15, Math.max(...amounts) * 1.15] as const;
  const fitted = curves.flatMap(({ fit }, n) => {
    if (!fit) return [];
    const { slope, intercept } = fit;
    const ends = domain.map((at) => ({ at, value: intercept + slope * Math.log10(at) }));
    return [clipped(ends[0]!, ends[1]!, styleOf(n).color)].flat();
  });
  const tall = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  return chartFigure(document, {
    title,
    subtitle,
    body: [
      legend(
        document,
        curves.map(({ name, fit }, n) => ({
          sign: styleOf(n).sign,
          color: styleOf(n).color,
          label: fit?.r2 === undefined ? name : `${name} (R² ${fit.r2.toFixed(2)})`,
        })),
      ),
      drawPlot(document, {
        width: options.width ?? DEFAULT_WIDTH,
        height,
        marginLeft: 46,
        marginRight: 16,
        ariaLabel: title,
        ariaDescription: points.map(pointText).join("; "),
        x: { ...countAxis(...domain), tickFormat: formatShort, label },
        y: {
          domain: [0, Math.max(0.1, ...points.map(({ value, high }) => high ?? value)) * 1.02],
          tickFormat: formatShare,
          label: "resolved",
          grid: true,
          ticks: 5,
        },
        color: { type: "identity" },
        marks: [
          link(fitted, {
            x1: "x1",
            x2: "x2",
            y1: "y1",
            y2: "y2",
            stroke: "color",
            strokeDasharray: "5 4",
            strokeOpacity: 0.8,
          }),
          line(points, { x: "at", y: "value", z: "name", stroke: "color", strokeOpacity: 0.35 }),
          link(tall, {
            x1: "at",
            x2: "at",
            y1: "low",
            y2: "high",
            stroke: "color",
            strokeWidth: 2,
            strokeOpacity: 0.5,
          }),
          ...SYMBOLS.map((symbol) =>
            dot(points.filter((point) => point.symbol === symbol), {
              x: "at",
              y: "value",
              symbol,
              fill: "color",
              r: 4,
            })
          ),
          text(points.length === 1 ? points : [], {
            x: "at",
            y: "value",
            dy: -10,
            text: ({ value }: CurvePoint) => formatShare(value),
          }),
          tip(
            points,
            pointer({ x: "at", y: "value", title: pointText, lineHeight: TIP_LINE_HEIGHT }),
          ),
        ],
      }),
    ],
  });

  function pointText({ name, at, value, low, high }: CurvePoint & { name: string }): string {
    const interval = low === undefined || high === undefined
      ? ""
      : `, ${formatShare(low)} to ${formatShare(high)}`;
    return `${name}: ${formatShare(value)}${interval} at ${formatQuantity(at, label, label)}`;
  }
}

function styleOf(n: number) {
  return {
    color: COLORS[n % COLORS.length] ?? "",
    symbol: SYMBOLS[n % SYMBOLS.length],
    sign: SIGNS[n % SIGNS.length] ?? "",
  };
}

interface End {
  readonly at: number;
  readonly value: number;
}

/** The part of a line over the logarithm that is above 0. */
function clipped(first: End, last: End, color: string) {
  const [from, to] = [first, last].map(({ at, value }) => ({ x: Math.log10(at), y: value }));
  if (!from || !to || (from.y < 0 && to.y < 0)) return [];
  const zero = from.x + (to.x - from.x) * from.y / (from.y - to.y);
  const inside = ({ x, y }: { x: number; y: number }) => y >= 0 ? { x, y } : { x: zero, y: 0 };
  const [a, b] = [inside(from), inside(to)];
  return [{ x1: 10 ** a.x, y1: a.y, x2: 10 ** b.x, y2: b.y, color }];
}
