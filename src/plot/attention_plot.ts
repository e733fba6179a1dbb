/**
 * How much each token sees of each other one, as a picture.
 *
 * @module
 */
import { chartFigure, type ChartOptions } from "./chart.ts";
import { documentOf, elementBuilder } from "./element.ts";
import { opacityImage } from "./opacity_image.ts";

/** Options of {@linkcode attentionPlot}. */
export interface AttentionPlotOptions extends ChartOptions {
  readonly title?: string;
  /** A token whose row is marked. */
  readonly row?: number;
}

/**
 * A square of N rows, the tokens that look, and N columns, what they look at; darker for more. The
 * square root of the weight is drawn, so that small ones are seen.
 *
 * @param weights (N, N), from 0 to 1.
 * @throws {RangeError} where they are not N².
 */
export function attentionPlot(
  weights: Float32Array,
  N: number,
  { title = "Attention", row, width = 420, ...options }: AttentionPlotOptions = {},
): HTMLElement {
  if (weights.length !== N * N) {
    throw new RangeError(`${weights.length} weights are not ${N} × ${N}.`);
  }
  const document = documentOf(options);
  const element = elementBuilder(document);
  const image = opacityImage(weights.map((weight) => Math.sqrt(weight)), N, N);
  const side = Math.min(width, 420);
  const square = element(
    "div",
    {
      role: "img",
      "aria-label": `${title}: ${N} × ${N} weights`,
      style: `position: relative; width: ${side}px; max-width: 100%; aspect-ratio: 1;
        border: 1px solid var(--bottega-line)`,
    },
    element("div", {
      style: `position: absolute; inset: 0; background: var(--bottega-accent);
        mask: url(${image}) 0 0 / 100% 100%; image-rendering: pixelated`,
    }),
    row !== undefined && element("div", {
      style: `position: absolute; inset: ${100 * row / N}% 0 auto; height: ${100 / N}%;
        min-height: 2px; background: light-dark(#d55e00, #ff8a3d); opacity: 0.6`,
    }),
  );
  const caption = "rows look, columns are looked at; the first token is at the top left";
  return chartFigure(document, { title, subtitle: caption, body: [square] });
}
