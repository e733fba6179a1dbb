/**
 * One training sample, read from top to bottom: its text as a model sees it, each stretch in the
 * colour of its role.
 *
 * @module
 */
import type { Sample } from "../corpus/mod.ts";
import { ANSWER_ROLES } from "../corpus/mod.ts";
import { legend } from "./chart.ts";
import { documentOf, elementBuilder, styleElement, type ViewOptions } from "./element.ts";
import { foldedText } from "./folded_text.ts";
import { formatCount, formatQuantity, formatShare } from "./number_format.ts";
import { roleColor } from "./palette.ts";
import { BASE_STYLE } from "./style.ts";

/** Options of {@linkcode sampleView}. */
export interface SampleViewOptions extends ViewOptions {
  /** What stands above it; the sample's id by default. */
  readonly title?: string | undefined;
  /** Its length, where it has been counted. */
  readonly tokens?: number | undefined;
  /** Greatest height of the text in CSS pixels. */
  readonly height?: number | undefined;
  /** Longer stretches than so many lines are folded. */
  readonly foldLines?: number | undefined;
  /** Whether what training masks is paler: all that is no answer of the agent. */
  readonly mask?: boolean | undefined;
}

const ANSWERS: ReadonlySet<string> = new Set(ANSWER_ROLES);

/** A sample to read. With null it says how to choose one. */
export function sampleView(
  sample: Sample | null | undefined,
  { title, tokens, height = 640, foldLines = 24, mask = false, ...options }: SampleViewOptions = {},
): HTMLElement {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const root = element(
    "section",
    { class: "bottega-view bottega-sample", "aria-label": "Sample" },
    styleElement(document, BASE_STYLE, SAMPLE_STYLE),
  );
  if (!sample) {
    root.append(element("p", { class: "empty" }, "Select a sample in the table to read it here."));
    return root;
  }
  const { segments, commits = [], text, kind, base, texts } = sample;
  const facts = [
    kind,
    tokens === undefined
      ? formatQuantity(text.length, "character")
      : formatQuantity(tokens, "token"),
    commits.length > 0 && formatQuantity(commits.length, "commit"),
    commits.length > 0 &&
    formatQuantity(commits.reduce((sum, { edits }) => sum + edits.length, 0), "edit"),
    base !== null && `base ${base.slice(0, 12)}`,
    texts !== undefined && texts !== "original" && `words ${texts.replace("-", " ")}`,
  ];
  root.append(
    element(
      "header",
      {},
      element("strong", { class: "id" }, title ?? sample.id),
      element("div", { class: "muted" }, facts.filter(Boolean).join(" · ")),
      legend(
        document,
        rolesOf(sample).map(({ role, share }) => ({
          sign: "■",
          color: roleColor(role),
          label: `${role} ${formatShare(share)}`,
        })),
      ),
    ),
    element(
      "div",
      {
        class: "segments",
        role: "region",
        "aria-label": "Text",
        tabindex: 0,
        style: `max-height: min(${height}px, 85vh)`,
      },
      ...segments.slice(0, MOST_SEGMENTS).map(({ role, text }, i) =>
        element(
          "div",
          {
            class: `segment ${role}${mask && !ANSWERS.has(role) ? " masked" : ""}`,
            style: `--role: ${roleColor(role)}`,
            title: role,
          },
          foldedText(document, text.replace(/\n$/, ""), {
            foldLines,
            open: false,
            key: String(i),
            pattern: null,
            diff: role === "edit" && kind === "general",
          }),
        )
      ),
      segments.length > MOST_SEGMENTS &&
        element(
          "p",
          { class: "muted" },
          `and ${formatCount(segments.length - MOST_SEGMENTS)} more stretches`,
        ),
    ),
  );
  return root;
}

/** More than this a page need not hold; a sample of the paper's length has a tenth of it. */
const MOST_SEGMENTS = 2_000;

/** Roles in the order in which they come up, each with its share of the characters. */
function rolesOf({ segments, text }: Sample): { role: string; share: number }[] {
  const sizes = new Map<string, number>();
  for (const { role, text } of segments) sizes.set(role, (sizes.get(role) ?? 0) + text.length);
  return [...sizes].map(([role, size]) => ({ role, share: size / Math.max(1, text.length) }));
}

const SAMPLE_STYLE = `
.bottega-sample { border: 1px solid var(--bottega-line); border-radius: 6px; background: var(--bottega-background); overflow: hidden; }
.bottega-sample header { padding: 10px 14px; border-bottom: 1px solid var(--bottega-line); background: var(--bottega-surface); }
.bottega-sample .id { font-size: 15px; overflow-wrap: anywhere; }
.bottega-sample .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin-top: 4px; }
.bottega-sample .segments { overflow: auto; padding: 6px 0; }
.bottega-sample .segment {
  padding: 1px 14px 1px 11px;
  border-left: 4px solid var(--role);
  background: color-mix(in srgb, var(--role) 9%, transparent);
}
.bottega-sample .masked { opacity: 0.55; }
.bottega-sample .text {
  display: block;
  margin: 0;
  padding: 0;
  border-radius: 0;
  overflow: visible;
  background: none;
  font: 12px/18px var(--bottega-mono);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  tab-size: 4;
}
.bottega-sample summary { cursor: pointer; list-style-position: inside; }
.bottega-sample .size { color: var(--bottega-muted); font-size: 11px; }
.bottega-sample .preview { -webkit-mask: linear-gradient(black 40%, #0004); mask: linear-gradient(black 40%, #0004); }
.bottega-sample details[open] .preview { display: none; }
.bottega-sample .diff-head { color: var(--bottega-muted); }
.bottega-sample .diff-added { background: color-mix(in srgb, #009e73 16%, transparent); }
.bottega-sample .diff-removed { background: color-mix(in srgb, #d55e00 16%, transparent); }
.bottega-sample p { margin: 0; padding: 8px 14px; }
`;
