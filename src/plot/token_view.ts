/**
 * A text token by token: each one shaded by a number and underlined in the colour of its role. One of
 * them can be chosen.
 *
 * @module
 */
import { legend } from "./chart.ts";
import { documentOf, elementBuilder, styleElement, type ViewOptions } from "./element.ts";
import { asInput, dispatchInput, type InputElement } from "./input_element.ts";
import { roleColor } from "./palette.ts";
import { BASE_STYLE } from "./style.ts";

/** A token as it is shown. */
export interface ShownToken {
  readonly text: string;
  /** From 0, plain, to 1, strongest; what is no number is plain. */
  readonly shade: number;
  readonly role?: string;
  /** What the pointer is told. */
  readonly note?: string;
}

/** Options of {@linkcode tokenView}. */
export interface TokenViewOptions extends ViewOptions {
  readonly title: string;
  /** Which token is chosen at first. */
  readonly value?: number;
}

/**
 * An input whose value is the number of the chosen token: by a click, or by the arrow keys, `Home` and
 * `End`.
 *
 * @example
 * ```ts ignore
 * const position = view(tokenView([{ text: "def", shade: 0.2 }, { text: " f", shade: 1 }], { title: "Loss" }));
 * ```
 */
export function tokenView(
  tokens: readonly ShownToken[],
  options: TokenViewOptions,
): InputElement<number> {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const spans = tokens.map(({ text, shade, role, note }, n) =>
    element(
      "span",
      {
        "data-n": n,
        title: note,
        style: `--shade: ${percent(shade)}${role ? `; --role: ${roleColor(role)}` : ""}`,
      },
      // A line break that can be seen, and clicked.
      text.replace(/\n/g, "↵\n"),
    )
  );
  const roles = [...new Set(tokens.flatMap(({ role }) => role ?? []))];
  const text = element(
    "pre",
    { tabindex: 0, role: "listbox", "aria-label": options.title },
    ...spans,
  );
  const root = element(
    "figure",
    { class: "bottega-view bottega-tokens" },
    styleElement(document, BASE_STYLE, STYLE),
    element("figcaption", {}, element("strong", {}, options.title)),
    roles.length > 0 &&
      legend(document, roles.map((role) => ({ sign: "▬", color: roleColor(role), label: role }))),
    text,
  );
  let chosen = 0;

  function choose(n: number): void {
    spans[chosen]?.removeAttribute("aria-selected");
    chosen = Math.max(0, Math.min(spans.length - 1, n));
    spans[chosen]?.setAttribute("aria-selected", "true");
  }
  choose(options.value ?? 0);
  text.addEventListener("click", (event) => {
    const n = (event.target as Element).closest?.("[data-n]")?.getAttribute("data-n");
    if (n === null || n === undefined) return;
    choose(Number(n));
    dispatchInput(root);
  });
  text.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    dispatchInput(root);
  });
  return asInput<number, HTMLElement>(root, { get: () => chosen, set: choose });
}

function percent(shade: number): string {
  return `${Math.round(100 * Math.max(0, Math.min(1, shade || 0)))}%`;
}

const STYLE = `
.bottega-tokens figcaption { margin: 0 0 4px; font: inherit; color: inherit; }
.bottega-tokens .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 0 0 4px; }
.bottega-tokens pre {
  margin: 0;
  padding: 8px 10px;
  max-height: 420px;
  overflow: auto;
  border: 1px solid var(--bottega-line);
  border-radius: 5px;
  background: var(--bottega-background);
  font: 13px/1.75 var(--bottega-mono);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.bottega-tokens pre span {
  background: color-mix(in srgb, light-dark(#d55e00, #ff8a3d) calc(0.75 * var(--shade)), transparent);
  border-bottom: 2px solid var(--role, transparent);
  cursor: pointer;
}
.bottega-tokens pre span[aria-selected] { outline: 2px solid var(--bottega-accent); outline-offset: 0; }
`;
