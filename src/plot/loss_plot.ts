/**
 * Loss curves that grow while models train, one colour a run.
 *
 * @module
 */
import { axisX, axisY, dot, gridY, lineY, ruleY } from "@observablehq/plot";
import { formatDuration } from "../gpu/mod.ts";
import type { EvaluationEvent, StepEvent, TrainingEvent } from "../train/mod.ts";
import { chartFigure, type ChartOptions, DEFAULT_WIDTH, drawPlot, legend } from "./chart.ts";
import { documentOf, elementBuilder } from "./element.ts";
import { formatShare, formatShort } from "./number_format.ts";

/** Options of {@linkcode lossPlot}. */
export interface LossPlotOptions extends ChartOptions {
  /** V: a line is drawn where guessing among so many tokens would be, at ln V. */
  readonly vocabularySize?: number | undefined;
  /** Runs that are there from the start, by name. */
  readonly runs?: Readonly<Record<string, readonly TrainingEvent[]>> | undefined;
}

/** Curves that are told events. */
export interface LossPlot extends HTMLElement {
  /** Adds an event to the curve of a run; cheap enough for thousands of calls a second. */
  readonly add: (run: string, event: TrainingEvent) => void;
}

interface Curve {
  readonly name: string;
  readonly color: string;
  readonly steps: StepEvent[];
  readonly heldOut: EvaluationEvent[];
}

const HEIGHT = 320;
const DRAW_EVERY_MS = 200;
/** Points of a curve that are drawn. */
const MOST_POINTS = 600;
/** Of Okabe and Ito, in an order that keeps the first ones apart. */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/**
 * Loss by step: pale as it was, strong as a running mean, dots on held-out data.
 *
 * @example
 * ```ts ignore
 * const plot = display(lossPlot({ width, vocabularySize: 257 }));
 * await workbench.train(spec, { data, onEvent: (event) => plot.add("small", event) });
 * ```
 */
export function lossPlot(options: LossPlotOptions = {}): LossPlot {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const curves = new Map<string, Curve>();
  const drawing = element("div", { class: "drawing" });
  const told = element("output", { class: "muted" });
  const title = "Loss, in nats a token";
  const body = [drawing, element("div", { class: "readout" }, told)];
  const figure = chartFigure(document, { title, body });
  let timer: ReturnType<typeof setTimeout> | undefined;

  function note(run: string, event: TrainingEvent): void {
    const curve = curves.get(run) ?? {
      name: run,
      color: COLORS[curves.size % COLORS.length] ?? "",
      steps: [],
      heldOut: [],
    };
    curves.set(run, curve);
    if (event.type === "step") curve.steps.push(event);
    if (event.type === "evaluation") curve.heldOut.push(event);
    if (event.type === "step") told.textContent = `${run}: ${describe(event)}`;
  }
  function draw(): void {
    timer = undefined;
    drawing.replaceChildren(...drawCurves(document, [...curves.values()], options));
  }

  for (const [run, events] of Object.entries(options.runs ?? {})) {
    for (const event of events) note(run, event);
  }
  draw();
  return Object.assign(figure, {
    add(run: string, event: TrainingEvent) {
      note(run, event);
      if (event.type === "end") {
        clearTimeout(timer);
        draw();
      } else timer ??= setTimeout(draw, DRAW_EVERY_MS);
    },
  });
}

function describe({ step, lossNats, tokensPerSecond, utilization, leftMs }: StepEvent): string {
  const left = leftMs > 0 ? `, ${formatDuration(leftMs)} left` : "";
  return `step ${step}, ${lossNats.toFixed(3)} nats, ${formatShort(tokensPerSecond)} tokens/s, ` +
    `${formatShare(utilization)} of the speed of matrix products${left}`;
}

function drawCurves(
  document: Document,
  curves: readonly Curve[],
  { width = DEFAULT_WIDTH, vocabularySize }: LossPlotOptions,
): Element[] {
  if (curves.every(({ steps, heldOut }) => steps.length + heldOut.length === 0)) {
    return [elementBuilder(document)("p", { class: "empty" }, "No step was done yet.")];
  }
  const guess = vocabularySize === undefined ? [] : [Math.log(vocabularySize)];
  const svg = drawPlot(document, {
    width,
    height: HEIGHT,
    marginLeft: 44,
    marginRight: 16,
    marginTop: 12,
    ariaLabel: "Loss by step",
    ariaDescription: curves.map(({ name, steps }) =>
      `${name}: ${steps.at(-1)?.lossNats.toFixed(3) ?? "nothing yet"}`
    ).join(", "),
    x: { label: "step" },
    y: { label: "nats", nice: true, zero: false },
    marks: [
      gridY({ strokeOpacity: 0.12 }),
      axisX({ ticks: 8, tickFormat: formatShort }),
      axisY({ ticks: 6 }),
      ruleY(guess, { strokeDasharray: "2 4", strokeOpacity: 0.6 }),
      ...curves.flatMap(({ color, steps, heldOut }) => [
        lineY(thinned(steps), { x: "step", y: "lossNats", stroke: color, strokeOpacity: 0.3 }),
        lineY(thinned(smoothed(steps)), {
          x: "step",
          y: "lossNats",
          stroke: color,
          strokeWidth: 2,
        }),
        lineY(heldOut, { x: "step", y: "lossNats", stroke: color, strokeDasharray: "4 3" }),
        dot(heldOut, { x: "step", y: "lossNats", fill: color, r: 3.5, tip: "x" }),
      ]),
    ],
  });
  const entries = curves.map(({ name, color }) => ({ sign: "▬", color, label: name }));
  const held = curves.some(({ heldOut }) => heldOut.length > 0)
    ? [{ sign: "●", color: "var(--bottega-muted)", label: "held out" }]
    : [];
  const guessing = guess.map((nats) => ({
    sign: "┄",
    color: "var(--bottega-muted)",
    label: `guessing, ${nats.toFixed(2)}`,
  }));
  return [legend(document, [...entries, ...held, ...guessing]), svg];
}

/** Means over the last twentieth of what is there. */
function smoothed(steps: readonly StepEvent[]): Pick<StepEvent, "step" | "lossNats">[] {
  const length = Math.max(1, Math.round(steps.length / 20));
  let sum = 0;
  return steps.map(({ step, lossNats }, i) => {
    sum += lossNats - (i >= length ? steps[i - length]?.lossNats ?? 0 : 0);
    return { step, lossNats: sum / Math.min(i + 1, length) };
  });
}

/** Every so many points, and the last one. */
function thinned<T>(points: readonly T[]): T[] {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}
