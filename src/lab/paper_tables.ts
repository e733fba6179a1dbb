/**
 * The paper's tables 1, 3 and 4 and its figure 4, in miniature, beside the paper's own numbers. What was
 * not run, or not measured, says so.
 *
 * @module
 */
import type { RateCurve, ResultColumn, ResultRow, ResultTable } from "../plot/mod.ts";
import type { AblationReport, CellReport } from "./ablation_report.ts";
import {
  PAPER,
  PAPER_FIGURE_4,
  PAPER_TABLE_1,
  PAPER_TABLE_3,
  PAPER_TABLE_4,
  type PaperRow,
} from "./paper_results.ts";
import { amount, count, percent, points, rateFigure, seedLinks } from "./report_figures.ts";

const OTHERS =
  `${PAPER}; models of 32 and 72 billion parameters on SWE-bench Verified, so only the ` +
  "order of rows and the signs of differences can be compared";

/** Recipes, by what was fine-tuned on. */
export function tableOne(report: AblationReport): ResultTable {
  return {
    title: "Table 1: recipes",
    caption: `${captionOf(report)} Beside it, resolved of SWE-bench Verified: ${OTHERS}.`,
    columns: COLUMNS,
    rows: PAPER_TABLE_1.map((row) => rowOf(row, report)),
  };
}

/** What each kind of data adds. */
export function tableFour(report: AblationReport): ResultTable {
  return {
    title: "Table 4: what each kind of data adds",
    caption: `${captionOf(report)} Without fine-tuning above, with the strong one below. ` +
      `Beside it, resolved of SWE-bench Verified: ${OTHERS}.`,
    columns: COLUMNS,
    rows: PAPER_TABLE_4.map((row) => rowOf(row, report)),
  };
}

const COLUMNS: readonly ResultColumn[] = [
  { name: "mid-training", group: "recipe" },
  { name: "fine-tuning", group: "recipe" },
  {
    name: "resolved",
    group: "here, in miniature",
    about: "The mean over seeds, with its 95 % interval",
  },
  {
    name: "tokens",
    group: "here, in miniature",
    numeric: true,
    about: "Of mid-training; below, those in its loss",
  },
  { name: "32B", group: "the paper", numeric: true },
  { name: "72B", group: "the paper", numeric: true },
  { name: "tokens", group: "the paper", numeric: true, about: "Of mid-training" },
  { name: "data", group: "the paper" },
];

function rowOf(
  { mid, sft, small, large, data, midTokens, note }: PaperRow,
  report: AblationReport,
) {
  const cell = counterpart(report, mid, sft);
  const row: ResultRow = {
    muted: cell === undefined,
    cells: [
      mid,
      cell?.sft ?? sft,
      cell ? rateFigure(cell, cell.seeds) : "not run",
      cell ? tokensOf(cell) : null,
      small === null ? null : small.toFixed(1),
      large === null ? null : `${note?.startsWith("read off") ? "≈ " : ""}${large.toFixed(1)}`,
      midTokens === 0 ? "none" : amount(midTokens),
      note === undefined ? data : { text: data, detail: note },
    ],
  };
  return row;
}

function tokensOf({ midTokens, midLossTokens }: CellReport) {
  if (midTokens === 0) return "none";
  return { text: amount(midTokens), detail: `${amount(midLossTokens)} in the loss` };
}

/** The cell of that name; of a sweep over sizes, the largest that every mid-training in it has. */
function counterpart(
  { cells, sweeps }: AblationReport,
  mid: string,
  sft: string,
): CellReport | undefined {
  const all = sweeps.filter((sweep) => sweep.sft === sft);
  const sizes = all.map(({ points }) => new Set(points.map(({ tokens }) => tokens)));
  const common = sizes.reduce((common, sizes) => common.intersection(sizes), sizes[0] ?? new Set());
  const points = all.find((sweep) => sweep.mid === mid)?.points ?? [];
  const [largest] = points.toSorted((a, b) =>
    Number(common.has(b.tokens)) - Number(common.has(a.tokens)) || b.tokens - a.tokens
  );
  const name = largest?.cell ?? `${mid} / ${sft}`;
  return cells.find((cell) => cell.name === name);
}

/** How much there is behind the figures. */
export function captionOf({ cells, seeds, parameters, spec }: AblationReport): string {
  const tasks = Math.max(0, ...cells.map(({ tasks }) => tasks));
  return `Resolved of ${count(tasks, "held-out MiniSWE task")} at temperature 0 by models of ` +
    `${parameters.toLocaleString("en")} parameters, ${count(seeds.length, "seed")} ` +
    `(${seeds.join(", ")})${
      spec.evaluate.apart === true ? ", each on tasks of its own" : ""
    }, with ` +
    "95 % intervals.";
}

/** What mid-training does to other abilities. */
export function tableThree(report: AblationReport): ResultTable {
  const zeroShot = report.cells.filter(({ sft }) => sft === "none");
  const base = zeroShot.find(({ mid }) => mid === "none");
  const measured = zeroShot.filter(({ transfer }) => transfer !== null);
  const rows = measured.flatMap((cell) =>
    PAPER_TABLE_3.map(({ here, paper, small, large }): ResultRow => {
      const rate = cell.transfer?.[here];
      const before = base?.transfer?.[here];
      const isPaperRecipe = cell.mid === "ctx+env";
      return {
        cells: [
          cell.mid,
          HERE[here],
          rate ? { ...rateFigure(rate, []), links: seedLinks(cell) } : null,
          cell === base || !rate || !before ? null : points(rate.resolved - before.resolved),
          paper,
          ...isPaperRecipe ? [changed(small), changed(large)] : [null, null],
        ],
      };
    })
  );
  return {
    title: "Table 3: what else changes",
    caption:
      "Functions to complete, in HumanEval's shape, and questions of multiple choice about " +
      "functions that no training saw, without fine-tuning. Beside it the paper's base and its " +
      `model after mid-training on D_ctx_py + D_env: ${PAPER}. Of its six benchmarks these two have ` +
      "a counterpart here, and GPQA asks about science, not about code.",
    columns: [
      { name: "mid-training", group: "here, in miniature" },
      { name: "benchmark", group: "here, in miniature" },
      { name: "right", group: "here, in miniature" },
      {
        name: "points",
        group: "here, in miniature",
        numeric: true,
        about: "Against no mid-training",
      },
      { name: "benchmark", group: "the paper" },
      { name: "32B", group: "the paper", numeric: true },
      { name: "72B", group: "the paper", numeric: true },
    ],
    rows,
    empty:
      "Not measured: the spec's measure.transfer says how many functions and questions to ask, " +
      "of cells without fine-tuning.",
  };
}

const HERE = { humanEval: "functions to complete", choices: "multiple choice" } as const;

function changed([before, after]: readonly [number, number]) {
  return {
    text: `${before.toFixed(1)} → ${after.toFixed(1)}`,
    detail: points((after - before) / 100),
  };
}

/** Resolved without fine-tuning along mid-training. */
export function figureFour({ midCurves }: AblationReport): RateCurve[] {
  return midCurves.map(({ mid, points, fit }) => ({
    name: mid,
    points: points.map(({ tokens, resolved, low, high }) => ({
      at: tokens,
      value: resolved,
      low,
      high,
    })),
    fit,
  }));
}

/** The paper's own, by steps. */
export function paperFigureFour(): RateCurve[] {
  return (["large", "small"] as const).map((size) => ({
    name: size === "large" ? "72B" : "32B",
    points: PAPER_FIGURE_4.points.map((point) => ({ at: point.step, value: point[size] })),
    fit: PAPER_FIGURE_4.fits[size],
  }));
}

/** Figure 4's points with the runs that they were measured on. */
export function figureFourTable({ midCurves }: AblationReport): ResultTable {
  return {
    title: "Figure 4 in numbers",
    columns: [
      { name: "mid-training" },
      { name: "tokens", numeric: true },
      { name: "resolved" },
      { name: "fit" },
    ],
    rows: midCurves.flatMap(({ mid, points: along, fit }) =>
      along.map((point): ResultRow => ({
        cells: [
          mid,
          amount(point.tokens),
          rateFigure(point, point.seeds),
          fit
            ? `${percent(fit.intercept + fit.slope * Math.log10(point.tokens))} (R² ${
              fit.r2.toFixed(2)
            })`
            : null,
        ],
      }))
    ),
    empty: "Not measured: the spec's measure.alongMid names the shares of mid-training at which " +
      "models are let loose on tasks.",
  };
}
