/**
 * The tables of a report that tell tasks apart by what they are: by the kind of mistake, by what reveals
 * it, by what the issue names.
 *
 * @module
 */
import type { ResultRow, ResultTable } from "../plot/mod.ts";
import type { AblationReport } from "./ablation_report.ts";
import { countFigure } from "./report_figures.ts";

/** Resolved by what the tasks are. */
export function tagTable({ cells }: AblationReport, tag: string): ResultTable {
  const values = [...new Set(cells.flatMap(({ byTag }) => Object.keys(byTag[tag] ?? {})))].sort();
  return {
    title: `Resolved by ${tag}`,
    caption: "Over all seeds.",
    columns: [{ name: tag }, ...cells.map(({ name }) => ({ name }))],
    rows: values.map((value): ResultRow => ({
      cells: [
        value === "" ? "none" : value,
        ...cells.map(({ byTag }) => countFigure(byTag[tag]?.[value] ?? { right: 0, of: 0 })),
      ],
    })),
    empty: "No cell has been run yet.",
  };
}

/** Of the runs in which a test failed after the agent's own edit, those resolved all the same, by bug. */
export function recoveryTable({ cells }: AblationReport): ResultTable {
  const counted = cells.flatMap(({ name, recoveredByTag }) => {
    const bugs = recoveredByTag?.["bug"] ?? {};
    return Object.keys(bugs).length > 0 ? [{ name, bugs }] : [];
  });
  const kinds = [...new Set(counted.flatMap(({ bugs }) => Object.keys(bugs)))].sort();
  return {
    title: "Recovered by bug",
    caption:
      "Of runs in which a test failed after the agent's own edit, those that were resolved all " +
      "the same. Over all seeds.",
    columns: [{ name: "bug" }, ...counted.map(({ name }) => ({ name }))],
    rows: kinds.map((kind): ResultRow => ({
      cells: [kind, ...counted.map(({ bugs }) => countFigure(bugs[kind] ?? { right: 0, of: 0 }))],
    })),
    empty: "In no run did a test fail after an edit.",
  };
}

/** The tags that tasks have, and whose values tell them apart. */
export function tagsOf({ cells }: AblationReport): string[] {
  const [first] = cells;
  return Object.entries(first?.byTag ?? {}).filter(([, values]) => Object.keys(values).length > 1)
    .map(([tag]) => tag);
}
