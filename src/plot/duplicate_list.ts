/**
 * Near duplicates: how much of a corpus repeats other documents, and which ones.
 *
 * @module
 */
import type { DuplicateFigures } from "../corpus/mod.ts";
import { documentOf, elementBuilder, styleElement, type ViewOptions } from "./element.ts";
import { formatCount, formatQuantity, formatShare } from "./number_format.ts";
import { BASE_STYLE } from "./style.ts";

/** Options of {@linkcode duplicateList}. */
export interface DuplicateListOptions extends ViewOptions {
  /** What a document is called, by its index; by default its number. */
  readonly nameOf?: ((document: number) => string) | undefined;
}

const MOST_CLUSTERS = 20;
const MOST_NAMES = 6;

/** The share of near duplicates, and the largest clusters with the names of their documents. */
export function duplicateList(
  { documents, duplicates, threshold, clusters }: DuplicateFigures,
  { nameOf = (document) => `document ${document + 1}`, ...options }: DuplicateListOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const share = formatShare(duplicates / Math.max(1, documents));
  return element(
    "div",
    { class: "bottega-view bottega-duplicates" },
    styleElement(document, BASE_STYLE, DUPLICATE_STYLE),
    element("strong", {}, "Near duplicates "),
    element(
      "span",
      { class: "muted" },
      `${formatCount(duplicates)} of ${formatQuantity(documents, "document")} (${share}) repeat ` +
        `another one nearly, similar by ${threshold} or more`,
    ),
    clusters.length > 0 &&
      element(
        "ol",
        {},
        ...clusters.slice(0, MOST_CLUSTERS).map((cluster) =>
          element(
            "li",
            {},
            element("span", { class: "muted" }, `${formatCount(cluster.length)} alike: `),
            cluster.slice(0, MOST_NAMES).map(nameOf).join(" · ") +
              (cluster.length > MOST_NAMES ? " · …" : ""),
          )
        ),
      ),
  );
}

const DUPLICATE_STYLE = `
.bottega-duplicates ol { max-height: 220px; margin: 6px 0 0; padding: 0 0 0 24px; overflow: auto; }
.bottega-duplicates li { padding: 2px 0; overflow-wrap: anywhere; }
`;
