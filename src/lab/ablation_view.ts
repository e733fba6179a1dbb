/**
 * A report to read: the paper's tables and figure in miniature, then everything else that was found,
 * each figure with links to the runs that it comes from.
 *
 * @module
 */
import { rateCurves, type ResultTable, resultTable } from "../plot/mod.ts";
import type { AblationReport, PrimaryResult } from "./ablation_report.ts";
import {
  captionOf,
  figureFour,
  figureFourTable,
  paperFigureFour,
  tableFour,
  tableOne,
  tableThree,
} from "./paper_tables.ts";
import { PAPER } from "./paper_results.ts";
import { points, pText } from "./report_figures.ts";
import {
  cellTable,
  comparisonTable,
  contaminationTable,
  measureTable,
  runTable,
  sweepCurves,
  sweepTable,
} from "./report_tables.ts";
import { recoveryTable, tagsOf, tagTable } from "./tag_tables.ts";

/** The parts of a report, in their order. */
export const REPORT_PARTS = [
  "summary",
  "table 1",
  "comparisons",
  "figure 4",
  "sweep",
  "table 4",
  "table 3",
  "cells",
  "steps",
  "tags",
  "contamination",
  "runs",
  "spec",
] as const;

/** One of {@linkcode REPORT_PARTS}. */
export type ReportPart = typeof REPORT_PARTS[number];

/** Options of {@linkcode ablationView}. */
export interface AblationViewOptions {
  /** Where elements are made; the global `document` by default. */
  readonly document?: Document | undefined;
  /** Of charts, in CSS pixels. */
  readonly width?: number | undefined;
  /** Which parts; all by default. */
  readonly parts?: readonly ReportPart[] | undefined;
  /** Where the run's files are, as links go: "" or with a slash at its end. Without it none is linked. */
  readonly folder?: string | undefined;
}

/**
 * The report as an element, for a notebook's cell or a page.
 *
 * @example
 * ```ts ignore
 * const { report } = await workbench.ablate(spec);
 * display(ablationView(report, { width, parts: ["summary", "table 1"] }));
 * ```
 */
export function ablationView(
  report: AblationReport,
  options: AblationViewOptions = {},
): HTMLElement {
  const document = options.document ?? globalThis.document;
  const root = document.createElement("article");
  root.className = "bottega-ablation";
  root.setAttribute("aria-label", `Ablation ${report.name}`);
  for (const part of options.parts ?? REPORT_PARTS) {
    const section = document.createElement("section");
    section.dataset.part = part;
    section.append(...drawPart(part, report, { ...options, document }));
    root.append(section);
  }
  root.addEventListener("click", (event) => follow(event, root));
  return root;
}

type Drawing = AblationViewOptions & { readonly document: Document };

function drawPart(part: ReportPart, report: AblationReport, options: Drawing): Node[] {
  const { document, folder } = options;
  const table = (table: ResultTable) => resultTable(table, { document });
  switch (part) {
    case "summary":
      return summary(report, options);
    case "table 1":
      return [table(tableOne(report))];
    case "comparisons":
      return [table(comparisonTable(report))];
    case "figure 4":
      return figureFourOf(report, options);
    case "sweep":
      return report.sweeps.length === 0 ? [table(sweepTable(report))] : [
        rateCurves(sweepCurves(report), {
          ...options,
          title: "Resolved by how much was fine-tuned on",
          subtitle: captionOf(report),
          label: "tokens of fine-tuning",
        }),
        table(sweepTable(report)),
      ];
    case "table 4":
      return [table(tableFour(report))];
    case "table 3":
      return [table(tableThree(report))];
    case "cells":
      return [table(cellTable(report))];
    case "steps":
      return [table(measureTable(report))];
    case "tags":
      return [
        ...tagsOf(report).map((tag) => table(tagTable(report, tag))),
        ...report.cells.some(({ recoveredByTag }) => recoveredByTag !== undefined)
          ? [table(recoveryTable(report))]
          : [],
      ];
    case "contamination":
      return [table(contaminationTable(report))];
    case "runs":
      return [table(runTable(report, folder ?? null))];
    case "spec":
      return [specOf(report, options)];
  }
}

function summary(report: AblationReport, { document, folder }: Drawing): Node[] {
  const { name, about, copied, specKey, primary, stages } = report;
  const paragraph = (...children: (Node | string)[]) => {
    const element = document.createElement("p");
    element.append(...children);
    return element;
  };
  const heading = document.createElement("h2");
  heading.textContent = name;
  const shares = copied.map((share) => `${(100 * share).toFixed(1)}%`).join(", ");
  const adapters = new Set(stages.flatMap(({ adapter = [] }) => adapter));
  const trainedOn = [...adapters].join(" and ") || "a device that was not recorded";
  const spec = folder === undefined
    ? document.createElement("code")
    : Object.assign(document.createElement("a"), { href: `${folder}spec.json` });
  spec.textContent = specKey;
  return [
    heading,
    ...about === "" ? [] : [paragraph(about)],
    paragraph(
      `${captionOf(report)} The base copies ${shares} of names that it has not seen, by seed. ` +
        `Trained on ${trainedOn}; spec `,
      spec,
      ".",
    ),
    paragraph(primary === null ? "No comparison was named to decide." : verdict(primary)),
  ];
}

/** What the planned comparison says, in a sentence. */
function verdict({ comparison, alpha, pValue, test, decided }: PrimaryResult): string {
  const { first, second, split, difference, low, high } = comparison;
  const measured = `${points(difference)} points (${points(low)} to ${points(high)})`;
  const how = `p ${pValue < 0.001 ? "" : "= "}${pText(pValue)}, ${test}, at a level of ${alpha}`;
  const planned = `The comparison that was to decide, on ${split}: "${second}" against "${first}"`;
  if (decided === "neither") {
    return `${planned} differs by ${measured}, which does not tell them apart (${how}).`;
  }
  const better = decided === "first" ? first : second;
  return `${planned} differs by ${measured}: "${better}" resolves more (${how}).`;
}

function figureFourOf(report: AblationReport, options: Drawing): Node[] {
  const curves = figureFour(report);
  const title = "Figure 4: resolved without fine-tuning, along mid-training";
  return [
    rateCurves(curves, {
      ...options,
      title,
      subtitle: "here, in miniature; dashed: a straight line over the logarithm",
      label: "tokens of mid-training",
      empty:
        "Not measured: the spec's measure.alongMid names the shares of mid-training at which " +
        "models are let loose on tasks.",
    }),
    rateCurves(paperFigureFour(), {
      ...options,
      title: "Figure 4 of the paper",
      subtitle: `${PAPER}: mid-training on D_ctx_py + D_env, 46.4B tokens in all; digitised`,
      label: "steps of mid-training",
    }),
    ...curves.length === 0 ? [] : [resultTable(figureFourTable(report), options)],
  ];
}

function specOf({ spec, specKey }: AblationReport, { document }: Drawing): Node {
  const details = document.createElement("details");
  const name = document.createElement("summary");
  name.textContent = `The spec, ${specKey}: all that this report depends on`;
  const text = document.createElement("pre");
  text.textContent = JSON.stringify(spec, null, 2);
  details.append(name, text);
  return details;
}

/** Links to rows lead there without a change of the page's address, which may be a notebook's. */
function follow(event: Event, root: HTMLElement): void {
  const link = (event.target as Element | null)?.closest?.("a[href^='#']");
  const id = link?.getAttribute("href")?.slice(1);
  if (id === undefined) return;
  event.preventDefault();
  const rows = [...root.querySelectorAll<HTMLElement>("tr[id]")];
  const row = rows.find((row) => row.id === id) ?? root.ownerDocument.getElementById(id);
  row?.scrollIntoView({ block: "center", behavior: "smooth" });
  row?.focus({ preventScroll: true });
}
