/**
 * What of a benchmark is in a corpus, side by side with it.
 *
 * @module
 */
import type { DecontaminationReport, Excerpt, ShownLeak } from "../corpus/mod.ts";
import {
  documentOf,
  type ElementBuilder,
  elementBuilder,
  styleElement,
  type ViewOptions,
} from "./element.ts";
import { formatCount, formatQuantity, formatShare } from "./number_format.ts";
import { BASE_STYLE } from "./style.ts";

/** The account of a decontamination, and its worst leaks: item on the left, document on the right. */
export function leakList(report: DecontaminationReport, options: ViewOptions = {}): HTMLElement {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const { documents, contaminated, items, leakedItems, shortItems, threshold, n, worst } = report;
  return element(
    "div",
    { class: "bottega-view bottega-leaks" },
    styleElement(document, BASE_STYLE, LEAK_STYLE),
    element(
      "p",
      {},
      element(
        "strong",
        {},
        `${formatCount(contaminated)} of ${formatQuantity(documents, "document")}`,
      ),
      ` hold ${formatShare(threshold)} or more of an item's ${n}-grams; `,
      `${formatCount(leakedItems)} of ${formatQuantity(items, "item")} leaked` +
        (shortItems > 0 ? `, ${formatCount(shortItems)} too short to tell.` : "."),
    ),
    worst.length === 0 &&
      element("p", { class: "muted" }, "No item shares anything with a document."),
    ...worst.map((leak) => leakRow(element, leak, threshold)),
  );
}

function leakRow(element: ElementBuilder, leak: ShownLeak, threshold: number): HTMLElement {
  const { item, document, shared, ngrams, leakage, inItem, inDocument } = leak;
  const isOut = leakage >= threshold;
  return element(
    "details",
    { class: isOut ? "out" : "in" },
    element(
      "summary",
      {},
      element("span", { class: "share" }, formatShare(leakage)),
      ` of ${item} in ${document} `,
      element("span", { class: "muted" }, `${formatCount(shared)} of ${formatCount(ngrams)}`),
    ),
    element(
      "div",
      { class: "sides" },
      side(element, item, inItem),
      side(element, document, inDocument),
    ),
  );
}

function side(element: ElementBuilder, name: string, { before, shared, after }: Excerpt) {
  return element(
    "div",
    {},
    element("div", { class: "muted" }, name),
    element("pre", {}, before, element("mark", {}, shared), after),
  );
}

const LEAK_STYLE = `
.bottega-leaks summary { padding: 3px 0; cursor: pointer; overflow-wrap: anywhere; }
.bottega-leaks .share { font-weight: 600; }
.bottega-leaks .out .share { color: var(--bottega-unresolved, #d55e00); }
.bottega-leaks .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 12px; padding: 4px 0 10px; }
.bottega-leaks pre { max-height: 260px; margin: 2px 0 0; padding: 8px 10px; overflow: auto; border: 1px solid var(--bottega-line); border-radius: 6px; background: var(--bottega-surface); font: 12px/1.5 var(--bottega-mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.bottega-leaks mark { background: var(--bottega-selected); color: inherit; }
`;
