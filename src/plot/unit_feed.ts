/**
 * Units of change as they become samples, or do not: a list that grows while a corpus is made.
 *
 * @module
 */
import { documentOf, elementBuilder, styleElement, type ViewOptions } from "./element.ts";
import { formatCount, formatQuantity } from "./number_format.ts";
import { BASE_STYLE } from "./style.ts";

/** A unit, and what became of it. */
export interface FedUnit {
  readonly id: string;
  readonly title: string;
  /** Why it is not in the corpus; nothing if it is. */
  readonly reason?: string | undefined;
  readonly tokens: number;
}

/** The list. */
export interface UnitFeed extends HTMLElement {
  /** Puts a unit on top. */
  add(unit: FedUnit): void;
}

/** As many as are kept in the page. */
const MOST_SHOWN = 200;

/** An empty list; the newest unit stands on top. */
export function unitFeed(options: ViewOptions = {}): UnitFeed {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const counts = { kept: 0, dropped: 0, tokens: 0 };
  const summary = element("div", { class: "summary", role: "status" }, "No units yet.");
  const list = element("ol", { tabindex: 0, "aria-label": "Units, newest first" });
  const root = element(
    "section",
    { class: "bottega-view bottega-feed", "aria-label": "Units" },
    styleElement(document, BASE_STYLE, FEED_STYLE),
    summary,
    list,
  );
  const add = ({ id, title, reason, tokens }: FedUnit) => {
    counts[reason === undefined ? "kept" : "dropped"]++;
    if (reason === undefined) counts.tokens += tokens;
    summary.textContent = `${formatQuantity(counts.kept, "sample")} of ` +
      `${formatQuantity(counts.tokens, "token")}, ${formatCount(counts.dropped)} left out`;
    list.prepend(element(
      "li",
      { class: reason === undefined ? "kept" : "dropped" },
      element("span", { class: "sign", "aria-hidden": "true" }, reason === undefined ? "●" : "✕"),
      element("span", { class: "title", title: id }, title || id),
      element(
        "span",
        { class: "muted" },
        reason ?? formatQuantity(tokens, "token"),
      ),
    ));
    if (list.childElementCount > MOST_SHOWN) list.lastElementChild?.remove();
  };
  return Object.assign(root, { add });
}

const FEED_STYLE = `
.bottega-feed { border: 1px solid var(--bottega-line); border-radius: 6px; overflow: hidden; }
.bottega-feed .summary { padding: 7px 14px; border-bottom: 1px solid var(--bottega-line); background: var(--bottega-surface); }
.bottega-feed ol { max-height: 220px; margin: 0; padding: 4px 0; overflow: auto; list-style: none; }
.bottega-feed li { display: grid; grid-template-columns: 18px minmax(0, 1fr) auto; gap: 6px; max-width: none; padding: 1px 14px; }
.bottega-feed .title { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bottega-feed .kept .sign { color: var(--bottega-kept, #009e73); }
.bottega-feed .dropped { color: var(--bottega-muted); }
.bottega-feed .dropped .sign { color: var(--bottega-removed, #d55e00); }
`;
