/**
 * How far corpora are from one another: a matrix of divergences.
 *
 * @module
 */
import { cell, pointer, text, tip } from "@observablehq/plot";
import type { Mismatch } from "../stats/mod.ts";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { nameWidth } from "./compared_corpora.ts";
import { documentOf } from "./element.ts";

/** The mismatch of corpora `a` and `b`, by name. */
export interface NamedMismatch {
  readonly a: string;
  readonly b: string;
  readonly mismatch: Mismatch;
}

/** Which divergence: of tokens, of n-grams by their n, of tools or of pairs of them. */
export type MismatchOf = "tokens" | "tools" | "toolPairs" | number;

/** Options of {@linkcode mismatchPlot}. */
export interface MismatchPlotOptions extends ChartOptions {
  /** Of tokens by default. */
  readonly of?: MismatchOf | undefined;
}

/** A field of the matrix. */
interface Field {
  readonly a: string;
  readonly b: string;
  readonly bits: number | null;
}

const FIELD_PX = 44;

/** A field for each pair that is given, in both directions: pale where they are alike. */
export function mismatchPlot(
  pairs: readonly NamedMismatch[],
  { of = "tokens", ...options }: MismatchPlotOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const names = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const fields = pairs.flatMap(({ a, b, mismatch }): Field[] => {
    const bits = bitsOf(mismatch, of);
    return a === b ? [{ a, b, bits }] : [{ a, b, bits }, { a: b, b: a, bits }];
  });
  const label = nameOf(of);
  const marginLeft = nameWidth(names);
  const width = Math.min(
    options.width ?? DEFAULT_WIDTH,
    marginLeft + 20 + names.length * Math.max(96, nameWidth(names)),
  );
  const svg = drawPlot(document, {
    width,
    height: 34 + names.length * FIELD_PX,
    marginLeft,
    marginTop: 26,
    marginBottom: 4,
    marginRight: 8,
    ariaLabel: `Divergence of ${label}`,
    ariaDescription: fields.map(({ a, b, bits }) => `${a} and ${b}: ${bitsText(bits)}`).join("; "),
    x: { label: null, domain: names, axis: "top", tickSize: 0, padding: 0.04 },
    y: { label: null, domain: names, tickSize: 0, padding: 0.04 },
    color: { type: "identity" },
    marks: [
      cell(fields, {
        x: "b",
        y: "a",
        fill: "var(--bottega-accent)",
        fillOpacity: ({ bits }: Field) => 0.04 + 0.66 * (bits ?? 0),
      }),
      text(fields, {
        x: "b",
        y: "a",
        text: ({ bits }: Field) => bits === null ? "—" : bits.toFixed(3),
        fill: "currentColor",
        fontSize: 12,
      }),
      tip(
        fields,
        pointer({
          x: "b",
          y: "a",
          title: ({ a, b, bits }: Field) => `${a} and ${b}\n${bitsText(bits)}`,
          lineHeight: TIP_LINE_HEIGHT,
        }),
      ),
    ],
  });
  return chartFigure(document, {
    title: `Mismatch of ${label}`,
    subtitle: "Jensen–Shannon divergence in bits: 0 is alike, 1 has nothing in common",
    body: [svg],
  });
}

function bitsOf(mismatch: Mismatch, of: MismatchOf): number | null {
  if (of === "tokens" || of === "tools" || of === "toolPairs") return mismatch[of];
  return mismatch.ngrams[of] ?? null;
}

function nameOf(of: MismatchOf): string {
  if (of === "toolPairs") return "pairs of tools";
  return typeof of === "number" ? `${of}-grams` : of;
}

function bitsText(bits: number | null): string {
  return bits === null ? "nothing to compare" : `${bits.toFixed(4)} bits`;
}
