/**
 * What trajectories are made of: their tokens by role, over all of them and in each one.
 *
 * @module
 */
import { barX, pointerX, rectY, text, tip } from "@observablehq/plot";
import type { CorpusStatistics } from "../stats/mod.ts";
import {
  chartFigure,
  type ChartOptions,
  DEFAULT_WIDTH,
  drawPlot,
  legend,
  TIP_LINE_HEIGHT,
} from "./chart.ts";
import { documentOf } from "./element.ts";
import { formatCount, formatQuantity, formatShare, formatShort } from "./number_format.ts";
import { roleColor } from "./palette.ts";

/** A stretch of a stacked bar: tokens `low` to `high` of trajectory number `rank` by length. */
interface Stretch {
  readonly role: string;
  readonly low: number;
  readonly high: number;
  readonly rank: number;
}

/** More bars than this are thinner than a pixel or two. */
const MOST_BARS = 200;
const MARGIN_LEFT = 56;

/**
 * Tokens by role: the shares overall as one bar, and below it one thin bar for each trajectory,
 * longest first. Above 200 trajectories every n-th by length is drawn.
 */
export function rolePlot(
  statistics: CorpusStatistics,
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const width = options.width ?? DEFAULT_WIDTH;
  const { lengths, tokenizer, tokens, trajectories } = statistics;
  const ranks = sampledRanks(lengths);
  return chartFigure(document, {
    title: "Tokens by role",
    subtitle: `${formatShort(tokens)} ${tokenizer} tokens in ` +
      formatQuantity(trajectories, "trajectory", "trajectories") +
      (ranks.length < trajectories ? `, ${ranks.length} drawn below` : ""),
    body: [
      legend(
        document,
        occurring(statistics).map(({ role, count }) => ({
          sign: "■",
          color: roleColor(role),
          label: `${role} ${formatShare(count / Math.max(1, tokens))}`,
        })),
      ),
      sharesPlot(document, width, statistics),
      trajectoriesPlot(document, width, statistics, ranks),
    ],
  });
}

/** A role that has tokens, its number and how many it has. */
interface RoleCount {
  readonly role: string;
  readonly column: number;
  readonly count: number;
}

/** The roles that have tokens at all: a corpus of samples uses a few of many. */
function occurring({ roles, byRole }: CorpusStatistics): RoleCount[] {
  return roles.map((role, column) => ({ role, column, count: byRole[role] ?? 0 }))
    .filter(({ count }) => count > 0);
}

function sharesPlot(document: Document, width: number, statistics: CorpusStatistics) {
  const all = Math.max(1, statistics.tokens);
  const stretches = stack(occurring(statistics), 0);
  const share = ({ low, high }: Stretch) => (high - low) / all;
  return drawPlot(document, {
    width,
    height: 40,
    marginLeft: MARGIN_LEFT,
    marginTop: 4,
    marginBottom: 4,
    axis: null,
    ariaLabel: "Share of each role in all tokens",
    ariaDescription: stretches.map((stretch) => `${stretch.role} ${formatShare(share(stretch))}`)
      .join(", "),
    color: { type: "identity" },
    marks: [
      barX(stretches, { x1: "low", x2: "high", fill: ({ role }: Stretch) => roleColor(role) }),
      text(stretches.filter((stretch) => share(stretch) * width > 60), {
        x: ({ low, high }: Stretch) => (low + high) / 2,
        text: (stretch: Stretch) => formatShare(share(stretch)),
        // The bars have the same colours on a light and on a dark page.
        fill: "black",
      }),
      tip(
        stretches,
        pointerX({
          x1: "low",
          x2: "high",
          title: (stretch: Stretch) =>
            `${stretch.role}\n${formatCount(stretch.high - stretch.low)} tokens, ` +
            formatShare(share(stretch)),
          lineHeight: TIP_LINE_HEIGHT,
        }),
      ),
    ],
  });
}

function trajectoriesPlot(
  document: Document,
  width: number,
  statistics: CorpusStatistics,
  ranks: readonly RankedTrajectory[],
) {
  const bars = ranks.flatMap(({ trajectory }, rank) =>
    stack(tokensByRole(statistics, trajectory), rank)
  );
  return drawPlot(document, {
    width,
    height: 220,
    marginLeft: MARGIN_LEFT,
    ariaLabel: "Tokens by role of each trajectory, longest first",
    x: { axis: null, domain: [0, ranks.length] },
    y: { label: "tokens", tickFormat: formatShort, ticks: 5, grid: true },
    color: { type: "identity" },
    marks: [
      rectY(bars, {
        x1: "rank",
        x2: ({ rank }: Stretch) => rank + 1,
        y1: "low",
        y2: "high",
        fill: ({ role }: Stretch) => roleColor(role),
        insetRight: ranks.length > 100 ? 0 : 1,
        shapeRendering: "crispEdges",
      }),
      tip(
        ranks,
        pointerX({
          x: (_: RankedTrajectory, i: number) => i + 0.5,
          y: "tokens",
          title: (ranked: RankedTrajectory) => rankedText(statistics, ranked),
          lineHeight: TIP_LINE_HEIGHT,
        }),
      ),
    ],
  });
}

/** A trajectory and its place by length, 1 the longest. */
interface RankedTrajectory {
  readonly trajectory: number;
  readonly place: number;
  readonly tokens: number;
}

/** All trajectories by length, or evenly chosen ones among them, the longest always. */
function sampledRanks(lengths: Uint32Array): RankedTrajectory[] {
  const longestFirst = Array.from(lengths, (tokens, trajectory) => ({ tokens, trajectory }))
    .sort((a, b) => b.tokens - a.tokens);
  const count = Math.min(MOST_BARS, longestFirst.length);
  return Array.from({ length: count }, (_, i) => Math.floor(i * longestFirst.length / count))
    .flatMap((at) => {
      const found = longestFirst[at];
      return found ? [{ ...found, place: at + 1 }] : [];
    });
}

/** Tokens of one trajectory by the roles that occur in the corpus. */
function tokensByRole(statistics: CorpusStatistics, trajectory: number): RoleCount[] {
  const start = trajectory * statistics.roles.length;
  return occurring(statistics).map(({ role, column }) => ({
    role,
    column,
    count: statistics.lengthsByRole[start + column] ?? 0,
  }));
}

/** Counts by role, laid end to end. */
function stack(counts: readonly RoleCount[], rank: number): Stretch[] {
  let high = 0;
  return counts.map(({ role, count }) => {
    const low = high;
    high += count;
    return { role, low, high, rank };
  });
}

function rankedText(statistics: CorpusStatistics, ranked: RankedTrajectory): string {
  const counts = tokensByRole(statistics, ranked.trajectory);
  return [
    `${formatCount(ranked.tokens)} tokens, number ${formatCount(ranked.place)} by length`,
    ...counts.map(({ role, count }) => `${role} ${formatCount(count)}`),
  ].join("\n");
}
