/**
 * The tables of a report that are ours alone: every cell, the comparisons that were planned, what else
 * was measured, what was found in training data, and the runs that all of it comes from.
 *
 * @module
 */
import type { RateCurve, ResultRow, ResultTable } from "../plot/mod.ts";
import { type AblationReport, ACTION_PARTS, type CellComparison } from "./ablation_report.ts";
import { captionOf } from "./paper_tables.ts";
import {
  amount,
  count,
  countFigure,
  percent,
  points,
  pText,
  rateFigure,
  runHref,
  seedLinks,
} from "./report_figures.ts";

/** Every cell with its tokens. */
export function cellTable(report: AblationReport): ResultTable {
  return {
    title: "Every cell",
    caption: `${captionOf(report)} Tokens are means over seeds: read in all of training, in ` +
      "mid-training, in fine-tuning, and those in the loss.",
    columns: [
      { name: "mid-training" },
      { name: "fine-tuning" },
      { name: "resolved" },
      { name: "test-hard", about: "Tasks of kinds that were not trained on" },
      {
        name: "recovered",
        about: "Of tasks in which a test run failed, those resolved all the same",
      },
      { name: "tokens", numeric: true },
      { name: "mid-training", numeric: true, group: "of them" },
      { name: "fine-tuning", numeric: true, group: "of them" },
      { name: "in the loss", numeric: true, group: "of them" },
      {
        name: "tasks seen",
        numeric: true,
        about: "Different tasks in mid-training and fine-tuning",
      },
      {
        name: "points a million",
        numeric: true,
        about: "Points that a million tokens of mid-training add to the cell without",
      },
    ],
    rows: report.cells.map((cell): ResultRow => ({
      cells: [
        cell.mid,
        cell.sft,
        rateFigure(cell, cell.seeds),
        cell.hard && rateFigure(cell.hard, []),
        cell.recovered && rateFigure(cell.recovered, []),
        amount(cell.tokens),
        amount(cell.midTokens),
        amount(cell.sftTokens),
        amount(cell.lossTokens),
        cell.distinctTasks.toLocaleString("en", { maximumFractionDigits: 0 }),
        cell.pointsPerMillionTokens?.toFixed(2) ?? null,
      ],
    })),
    empty: "No cell has been run yet.",
  };
}

/** The comparisons that were fixed before the run; the one that decides comes first. */
export function comparisonTable(report: AblationReport): ResultTable {
  const { cells, comparisons, primary, seeds } = report;
  const runOf = (name: string, seed: number) =>
    cells.find((cell) => cell.name === name)?.seeds.find((rate) => rate.seed === seed)?.run ?? "";
  const isPrimary = ({ first, second, split }: CellComparison) =>
    primary !== null && primary.comparison.first === first &&
    primary.comparison.second === second && primary.comparison.split === split;
  const others = comparisons.filter((comparison) => !isPrimary(comparison));
  const rows = [...primary ? [primary.comparison] : [], ...others].map((comparison): ResultRow => {
    const { first, second, split, difference, low, high, pairedT, signFlip, overTasks } =
      comparison;
    const [only] = comparison.seeds;
    return {
      cells: [
        isPrimary(comparison) ? { text: "decides", detail: `for ${primary?.decided}` } : "",
        first,
        second,
        split,
        {
          text: points(difference),
          detail: `${points(low)} to ${points(high)}`,
          links: comparison.seeds.map(({ seed, difference }) => ({
            text: `seed ${seed}: ${points(difference)}`,
            href: runHref(runOf(second, seed)),
            about: `run ${runOf(second, seed)} against run ${runOf(first, seed)}`,
          })),
        },
        {
          text: comparison.seeds.map(({ onlyFirst }) => onlyFirst).join(", "),
          detail: "the first alone",
        },
        {
          text: comparison.seeds.map(({ onlySecond }) => onlySecond).join(", "),
          detail: "the second alone",
        },
        seeds.length > 1
          ? pairedT && { text: pText(pairedT.pValue), detail: `t = ${pairedT.t.toFixed(2)}` }
          : only
          ? { text: pText(only.pValue), detail: "exact McNemar" }
          : null,
        seeds.length > 1 ? pText(signFlip) : null,
        pText(overTasks),
      ],
    };
  });
  return {
    title: "Comparisons",
    caption:
      `Planned before the run, on the same tasks: the second cell's rate minus the first's, in ` +
      `points, the mean of ${
        count(seeds.length, "seed")
      } with a 95 % interval; by seed, tasks that ` +
      "one of the two resolved alone; and how often chance would make a difference as large.",
    columns: [
      { name: "" },
      { name: "first" },
      { name: "second" },
      { name: "tasks" },
      { name: "second − first" },
      { name: "resolved by", group: "tasks, by seed" },
      { name: "resolved by", group: "tasks, by seed" },
      { name: seeds.length > 1 ? "paired t" : "paired", group: "p" },
      { name: "signs", group: "p", about: "Signs of the seeds' differences, turned in all ways" },
      {
        name: "over tasks",
        group: "p",
        about: "Signs of the tasks' differences: says nothing about other seeds",
      },
    ],
    rows,
    empty: "The spec plans no comparison: its compare lists pairs of cells.",
  };
}

/** What the resolved rate does not show. */
export function measureTable({ cells }: AblationReport): ResultTable {
  const roles = [
    ...new Set(cells.flatMap(({ heldOut }) => Object.keys(heldOut ?? {}))),
  ].sort((a, b) => Number(b === "all") - Number(a === "all"));
  const measured = cells.filter(({ accuracy, heldOut }) => accuracy !== null || heldOut !== null);
  return {
    title: "Step by step",
    caption:
      "On conversations of the teacher about held-out tasks: how often the model's next action " +
      "is the teacher's, part by part, after everything before it was right; and the loss of " +
      "held-out text by role, in nats a token. Over all seeds.",
    columns: [
      { name: "mid-training" },
      { name: "fine-tuning" },
      ...ACTION_PARTS.map((part) => ({ name: part, group: "right", about: PARTS[part] })),
      ...roles.map((role) => ({ name: role, group: "loss, nats", numeric: true })),
      { name: "runs" },
    ],
    rows: measured.map((cell): ResultRow => ({
      cells: [
        cell.mid,
        cell.sft,
        ...ACTION_PARTS.map((part) => cell.accuracy && countFigure(cell.accuracy[part])),
        ...roles.map((role) => nats(cell.heldOut?.[role]?.lossNats, 2)),
        { text: "", links: seedLinks(cell) },
      ],
    })),
    empty: "Not measured: the spec's measure.oracle and measure.heldOut say on how many tasks.",
  };
}

const PARTS = {
  tool: "The tool that is called, over all steps",
  view: "The path of a file that is looked at",
  path: "The path of a file that is edited",
  name: "The name of the function that is rewritten",
  body: "The function as it is written anew",
} as const;

/** Resolved by how much was fine-tuned on. */
export function sweepCurves({ sweeps }: AblationReport): RateCurve[] {
  return sweeps.map(({ mid, points }) => ({
    name: mid,
    points: points.map(({ tokens, resolved, low, high }) => ({
      at: tokens,
      value: resolved,
      low,
      high,
    })),
  }));
}

/** How much fine-tuning a half takes. */
export function sweepTable({ sweeps }: AblationReport): ResultTable {
  const told = { within: "", never: "more than ", always: "less than " };
  return {
    title: "Tokens of fine-tuning until a half is resolved",
    columns: [{ name: "mid-training" }, { name: "fine-tuning" }, { name: "tokens" }, {
      name: "by seed",
    }],
    rows: sweeps.map(({ mid, sft, half, halfBySeed }): ResultRow => ({
      cells: [
        mid,
        sft,
        `${told[half.reached]}${amount(half.tokens)}`,
        halfBySeed.map(({ seed, reached, tokens }) => `${seed}: ${told[reached]}${amount(tokens)}`)
          .join(", "),
      ],
    })),
    empty: "No sweep was run: a fine-tuning recipe of the spec may have several sizes.",
  };
}

/** What of the evaluated tasks is in training data. */
export function contaminationTable({ contamination }: AblationReport): ResultTable {
  return {
    title: "What of the held-out tasks is in the training data",
    caption: contamination.method,
    columns: [
      { name: "data" },
      { name: "documents", numeric: true },
      { name: "names", numeric: true, group: "of held-out tasks" },
      { name: "modules", numeric: true, group: "of held-out tasks" },
      { name: "functions", numeric: true, group: "of held-out tasks" },
      {
        name: "tasks by 13-grams",
        numeric: true,
        group: "of held-out tasks",
        about: "Of whose own 13-grams a half or more occur in one document",
      },
      { name: "worst share", numeric: true },
    ],
    rows: Object.entries(contamination.kinds).map(([kind, found]): ResultRow => ({
      cells: [
        kind,
        found.documents.toLocaleString("en"),
        ...[found.names, found.modules, found.functions, found.tasks].map(String),
        percent(found.worstShare),
      ],
    })),
    empty: "Not looked for.",
  };
}

/** Every stage that was trained: where all figures come from. */
export function runTable(
  { stages }: AblationReport,
  folder: string | null,
): ResultTable {
  const files = ["spec.json", "events.jsonl", "stage.json"];
  return {
    title: "Runs",
    caption: folder === null
      ? "A stage is known by a hash of its data, its settings and the stage before it. Its files are " +
        "in the folder of the run that made it."
      : "A stage is known by a hash of its data, its settings and the stage before it.",
    columns: [
      { name: "run" },
      { name: "stage" },
      { name: "seed", numeric: true },
      { name: "after" },
      { name: "tokens", numeric: true },
      { name: "in the loss", numeric: true },
      { name: "epochs", numeric: true },
      { name: "tasks", numeric: true },
      { name: "loss, nats", numeric: true },
      { name: "data" },
      ...folder === null ? [] : [{ name: "files" }],
    ],
    rows: stages.map((stage): ResultRow => ({
      id: runHref(stage.key).slice(1),
      cells: [
        stage.key,
        stage.name,
        stage.seed,
        stage.parent === null
          ? "noise"
          : { text: "", links: [{ text: stage.parent, href: runHref(stage.parent) }] },
        stage.tokens.toLocaleString("en"),
        stage.lossTokens.toLocaleString("en"),
        stage.epochs.toFixed(2),
        stage.tasks.toLocaleString("en"),
        nats(stage.lossNats, 3),
        stage.sources.map(({ kind, tokens, repeats }) =>
          `${kind} ${amount(tokens)}${repeats === 1 ? "" : ` × ${Number(repeats.toFixed(2))}`}`
        ).join(", "),
        {
          text: "",
          links: files.map((file) => ({
            text: file,
            href: `${folder ?? ""}stages/${stage.key}/${file}`,
          })),
        },
      ],
    })),
    empty: "Nothing has been trained yet.",
  };
}

/** NaN is null in JSON. */
function nats(loss: number | null | undefined, digits: number): string | null {
  return Number.isFinite(loss) ? Number(loss).toFixed(digits) : null;
}
