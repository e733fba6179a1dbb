/**
 * How agents behave: which tools they call, how often they test and revise.
 *
 * @module
 */
import { axisY, barX, pointerX, rectY, ruleY, text, tip } from "@observablehq/plot";
import type { AgentBehaviour } from "../stats/mod.ts";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { nameWidth } from "./compared_corpora.ts";
import { documentOf, elementBuilder } from "./element.ts";
import { formatCount, formatQuantity, formatShare, formatShort } from "./number_format.ts";

/** How many trajectories have so many of something. */
interface Bin {
  readonly count: number;
  readonly trajectories: number;
}

const MOST_TOOLS = 20;
const ROW_PX = 19;
/** From here on counts share the last bar. */
const MOST_COUNTED = 12;

/** Bars of the tools that were called most. */
export function toolPlot(
  { tools, actions }: Pick<AgentBehaviour, "tools" | "actions">,
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const title = "Actions by tool";
  if (tools.length === 0) return nothing(document, title);
  const shown = tools.slice(0, MOST_TOOLS).map(({ tool, count }) => ({ tool: brief(tool), count }));
  const numbers = shown.map((_, i) => i);
  const svg = drawPlot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 10 + shown.length * ROW_PX,
    marginLeft: nameWidth(shown.map(({ tool }) => tool)),
    marginRight: 92,
    marginTop: 4,
    marginBottom: 4,
    ariaLabel: title,
    ariaDescription: shown.map(({ tool, count }) => `${tool} ${count}`).join(", "),
    x: { axis: null },
    y: { domain: numbers, padding: 0.25, label: null },
    marks: [
      axisY({ tickSize: 0, tickFormat: (i: number) => shown[i]?.tool ?? "" }),
      barX(shown, { x: "count", y: numbers, fill: "var(--bottega-action, #009e73)" }),
      text(shown, {
        x: "count",
        y: numbers,
        text: ({ count }: { count: number }) =>
          `${formatShort(count)} · ${formatShare(count / Math.max(1, actions))}`,
        textAnchor: "start",
        dx: 5,
      }),
    ],
  });
  const rest = tools.length - shown.length;
  return chartFigure(document, {
    title,
    subtitle: formatQuantity(actions, "action") + (rest > 0 ? `; ${rest} more tools` : ""),
    body: [svg],
  });
}

/** How many edits, test runs and edit–test–revise cycles trajectories have: three histograms. */
export function behaviourPlot(
  behaviour: AgentBehaviour,
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const title = "Edits, tests, revisions";
  const { trajectories, tested, revised, byTrajectory, actions } = behaviour;
  if (actions === 0) return nothing(document, title);
  const share = (count: number) => formatShare(count / Math.max(1, trajectories));
  const width = options.width ?? DEFAULT_WIDTH;
  const panels = [["edits", 1], ["test runs", 2], ["revisions after a test", 3]] as const;
  return chartFigure(document, {
    title,
    subtitle: `${share(tested)} of ${formatQuantity(trajectories, "trajectory", "trajectories")} ` +
      `ran a test, ${share(revised)} came back to edit after one`,
    body: panels.map(([label, column]) =>
      histogram(document, width, label, bins(byTrajectory, column))
    ),
  });
}

function histogram(document: Document, width: number, label: string, all: readonly Bin[]) {
  const name = (count: number) => count === MOST_COUNTED ? `${count} or more` : formatCount(count);
  return drawPlot(document, {
    width,
    height: 104,
    marginLeft: 48,
    marginTop: 14,
    marginBottom: 34,
    ariaLabel: `Trajectories by ${label}`,
    ariaDescription: all.map(({ count, trajectories }) => `${name(count)}: ${trajectories}`).join(
      ", ",
    ),
    x: {
      domain: [-0.5, MOST_COUNTED + 0.5],
      ticks: all.map(({ count }) => count),
      tickFormat: (count: number) => count === MOST_COUNTED ? `${count}+` : `${count}`,
      label: `${label} in a trajectory`,
    },
    y: {
      label: "trajectories",
      ticks: 2,
      tickFormat: (n: number) => Number.isInteger(n) ? formatCount(n) : "",
    },
    marks: [
      rectY(all, {
        x1: ({ count }: Bin) => count - 0.4,
        x2: ({ count }: Bin) => count + 0.4,
        y: "trajectories",
        fill: "var(--bottega-accent)",
        fillOpacity: 0.85,
      }),
      ruleY([0], { strokeOpacity: 0.6 }),
      tip(
        all,
        pointerX({
          x: "count",
          y: "trajectories",
          title: ({ count, trajectories }: Bin) =>
            `${name(count)} ${label}\n${
              formatQuantity(trajectories, "trajectory", "trajectories")
            }`,
          lineHeight: TIP_LINE_HEIGHT,
        }),
      ),
    ],
  });
}

function bins(byTrajectory: Uint32Array, column: number): Bin[] {
  const counts = new Array<number>(MOST_COUNTED + 1).fill(0);
  for (let i = column; i < byTrajectory.length; i += 4) {
    counts[Math.min(MOST_COUNTED, byTrajectory[i]!)]! += 1;
  }
  return counts.map((trajectories, count) => ({ count, trajectories }));
}

function brief(tool: string): string {
  return tool.length > 34 ? `${tool.slice(0, 33)}…` : tool;
}

function nothing(document: Document, title: string): HTMLElement {
  const note = elementBuilder(document)("p", { class: "empty" }, "There are no actions.");
  return chartFigure(document, { title, body: [note] });
}
