/**
 * A table of results as a paper prints it: figures with their intervals, columns in groups, and links
 * from each figure to what it comes from.
 *
 * @module
 */
import {
  type Child,
  documentOf,
  elementBuilder,
  styleElement,
  type ViewOptions,
} from "./element.ts";
import { BASE_STYLE } from "./style.ts";

/** Something that a figure leads to. */
export interface ResultLink {
  readonly text: string;
  /** `#…` leads to a row of that id, in the same page. */
  readonly href: string;
  readonly about?: string | undefined;
}

/** A figure of a table. */
export interface ResultFigure {
  readonly text: string;
  /** Shares of 0 to 1, drawn as a dot on its interval. */
  readonly rate?: { readonly value: number; readonly low: number; readonly high: number };
  /** Said below, smaller. */
  readonly detail?: string | undefined;
  readonly links?: readonly ResultLink[];
}

/** What stands in a table; null is what was not measured. */
export type ResultCell = string | number | null | ResultFigure;

/** A column of a table. */
export interface ResultColumn {
  readonly name: string;
  /** What it means, for those who point at it. */
  readonly about?: string;
  /** Neighbours of the same group have one heading above them. */
  readonly group?: string;
  /** Numbers stand right. */
  readonly numeric?: boolean;
}

/** A row of a table. */
export interface ResultRow {
  readonly cells: readonly ResultCell[];
  /** Where links lead. */
  readonly id?: string;
  /** What is not ours, or not there. */
  readonly muted?: boolean;
}

/** A table. */
export interface ResultTable {
  readonly title: string;
  /** What was measured, on how much, and where the figures of others come from. */
  readonly caption?: string | undefined;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly ResultRow[];
  /** Said in place of rows where there are none. */
  readonly empty?: string | undefined;
}

/**
 * Draws a table of results.
 *
 * @example
 * ```ts ignore
 * display(resultTable({
 *   title: "Resolved",
 *   columns: [{ name: "recipe" }, { name: "resolved" }],
 *   rows: [{ cells: ["ctx", { text: "40%", rate: { value: 0.4, low: 0.3, high: 0.5 } }] }],
 * }));
 * ```
 */
export function resultTable(table: ResultTable, options: ViewOptions = {}): HTMLElement {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const { title, caption, columns, rows, empty = "There is nothing to show yet." } = table;
  const root = element(
    "figure",
    { class: "bottega-view bottega-results", role: "group", "aria-label": title },
    styleElement(document, BASE_STYLE, RESULTS_STYLE),
    element(
      "figcaption",
      {},
      element("strong", {}, title),
      caption !== undefined && element("div", { class: "muted" }, caption),
    ),
  );
  if (rows.length === 0) {
    root.append(element("p", { class: "empty" }, empty));
    return root;
  }
  const head = element("thead");
  if (columns.some(({ group }) => group !== undefined)) head.append(groupRow());
  head.append(element(
    "tr",
    {},
    ...columns.map(({ name, about, numeric = false }) =>
      element("th", { scope: "col", title: about, class: numeric && "numeric" }, name)
    ),
  ));
  const body = element(
    "tbody",
    {},
    ...rows.map(({ cells, id, muted = false }) =>
      element(
        "tr",
        { id, class: muted && "muted", tabindex: id !== undefined && -1 },
        ...columns.map(({ numeric = false }, n) =>
          element(
            n === 0 ? "th" : "td",
            { scope: n === 0 && "row", class: numeric && "numeric" },
            ...cellContent(cells[n] ?? null),
          )
        ),
      )
    ),
  );
  root.append(element(
    "div",
    { class: "scroll", role: "region", "aria-label": title, tabindex: 0 },
    element("table", {}, head, body),
  ));
  return root;

  function groupRow(): HTMLElement {
    const groups: { name: string; span: number }[] = [];
    for (const { group = "" } of columns) {
      const last = groups.at(-1);
      if (last?.name === group) last.span++;
      else groups.push({ name: group, span: 1 });
    }
    return element(
      "tr",
      { class: "groups" },
      ...groups.map(({ name, span }) =>
        name === ""
          ? element("td", { colspan: span })
          : element("th", { colspan: span, scope: "colgroup" }, name)
      ),
    );
  }

  function cellContent(cell: ResultCell): Child[] {
    if (cell === null) return [element("span", { class: "muted", title: "not measured" }, "–")];
    if (typeof cell !== "object") return [cell];
    const { text, rate, detail, links = [] } = cell;
    return [
      element("span", { class: "figure" }, text),
      rate && element(
        "span",
        {
          class: "interval",
          role: "img",
          "aria-label": `${percent(rate.low)} to ${percent(rate.high)}`,
          title: `95 % interval: ${percent(rate.low)} to ${percent(rate.high)}`,
          style: `--low: ${percent(rate.low)}; --high: ${percent(rate.high)}; --value: ${
            percent(rate.value)
          }`,
        },
      ),
      detail !== undefined && element("span", { class: "detail muted" }, detail),
      links.length > 0 && element(
        "span",
        { class: "links" },
        ...links.map(({ text, href, about }) => element("a", { href, title: about }, text)),
      ),
    ];
  }
}

function percent(share: number): string {
  return `${Number((100 * Math.max(0, Math.min(1, share))).toFixed(1))}%`;
}

const RESULTS_STYLE = `
.bottega-results { max-width: 100%; margin: 0 0 1.8em; }
.bottega-results figcaption { margin: 0 0 6px; font: inherit; color: inherit; }
.bottega-results figcaption .muted { max-width: 100ch; }
.bottega-results .scroll { overflow-x: auto; }
.bottega-results table { width: auto; border-collapse: collapse; font: inherit; font-variant-numeric: tabular-nums; }
.bottega-results :is(th, td) { padding: 4px 14px 4px 0; border: 0; border-bottom: 1px solid var(--bottega-line); text-align: left; vertical-align: top; white-space: nowrap; font-weight: normal; background: none; }
.bottega-results thead th { padding-top: 0; vertical-align: bottom; color: var(--bottega-muted); }
.bottega-results thead tr:last-child :is(th, td) { border-bottom: 1px solid currentColor; }
.bottega-results .groups :is(th, td) { border-bottom: 0; }
.bottega-results .groups th { color: inherit; font-weight: 600; }
.bottega-results tbody th { font-weight: 600; }
.bottega-results .numeric { text-align: right; }
.bottega-results .figure { font-weight: inherit; }
.bottega-results .interval {
  display: inline-block; position: relative; width: 110px; height: 11px; margin-left: 8px; vertical-align: -1px;
  background: linear-gradient(var(--bottega-line), var(--bottega-line)) center / 100% 1px no-repeat;
}
.bottega-results .interval::before {
  content: ""; position: absolute; top: 4px; height: 3px; left: var(--low); width: calc(var(--high) - var(--low)); min-width: 2px;
  border-radius: 2px; background: var(--bottega-resolved, #009e73); opacity: 0.55;
}
.bottega-results .interval::after {
  content: ""; position: absolute; top: 2px; left: calc(var(--value) - 3.5px); width: 7px; height: 7px; border-radius: 50%;
  background: var(--bottega-resolved, #009e73);
}
.bottega-results .detail { display: block; width: max-content; max-width: 34ch; white-space: normal; font-size: 11px; }
.bottega-results .numeric .detail { margin-left: auto; }
.bottega-results .links { display: block; font-size: 11px; }
.bottega-results .links a { margin-right: 8px; color: var(--bottega-accent); }
.bottega-results tr:target, .bottega-results tr:focus { background: var(--bottega-selected); outline: none; }
`;
