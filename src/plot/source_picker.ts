/**
 * Choosing where trajectories come from: a file, a folder, a bundle or a git URL by its name, or a
 * bundle that is dropped or selected.
 *
 * @module
 */
import { listenWhileConnected } from "./connected_listener.ts";
import { documentOf, elementBuilder, styleElement, type ViewOptions } from "./element.ts";
import { asInput, createEvent, dispatchInput, type InputElement } from "./input_element.ts";
import { formatBytes } from "./number_format.ts";
import { BASE_STYLE } from "./style.ts";

/** A git bundle that was dropped or selected. */
export interface BundleFile {
  readonly name: string;
  readonly bundle: Blob;
}

/** What is opened: `history` reads one trajectory per commit in place of trajectory files. */
export interface SourceChoice {
  readonly source: string | BundleFile;
  readonly history: boolean;
}

/** A source that is offered. */
export interface SourceExample extends SourceChoice {
  readonly label: string;
}

/** Options of {@linkcode sourcePicker}. */
export interface SourcePickerOptions extends ViewOptions {
  /** What is open at first. */
  readonly value?: SourceChoice | undefined;
  readonly examples?: readonly SourceExample[] | undefined;
  /** Whether it asks what is to be read; if not, it is the history. `true` by default. */
  readonly modes?: boolean | undefined;
}

/** The event by which the page hands over a bundle that was dropped anywhere on it. */
export const DROP_EVENT = "bottega:drop";

/** The event that asks the page for what was dropped before. */
export const DROP_REQUEST_EVENT = "bottega:drop-request";

/** The detail of a {@linkcode DROP_EVENT}. */
export interface DroppedFile {
  readonly name: string;
  readonly file: Blob;
}

/**
 * A form that chooses a source; its `value` changes only when something is opened: by the button,
 * an example, or a bundle that arrives. It is undefined before, so that cells that read it wait.
 *
 * @example
 * ```ts ignore
 * const chosen = view(sourcePicker({ value: { source: "examples/bottega.bundle", history: true } }));
 * ```
 */
export function sourcePicker(
  options: SourcePickerOptions = {},
): InputElement<SourceChoice | undefined> {
  const document = documentOf(options);
  const { modes = true } = options;
  const element = elementBuilder(document);
  let value: SourceChoice | undefined;
  /** A bundle that is chosen; typing another source lets go of it. */
  let bundle: BundleFile | null = null;
  /** The page announces what was dropped again when cells have run; each file is opened once. */
  const announced = new WeakSet<Blob>();

  const field = element("input", {
    type: "text",
    placeholder: "https:// URL of a git repository",
    "aria-label": "Source",
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
  });
  const name = `bottega-mode-${Math.random().toString(36).slice(2, 10)}`;
  const mode = (label: string, title: string) => {
    const radio = element("input", { type: "radio", name });
    return { radio, node: element("label", { title }, radio, ` ${label}`) };
  };
  const files = mode("trajectory files", "Read .traj, .json, .jsonl and .parquet files");
  const history = mode("commit history", "Read each commit as one trajectory");
  const file = element("input", { type: "file", accept: ".bundle", hidden: true });
  const choose = element("button", { type: "button" }, "Choose a bundle …");
  const message = element("div", { class: "message", role: "alert" });
  const examples = (options.examples ?? []).map((example) => {
    const title = typeof example.source === "string" ? example.source : example.source.name;
    const button = element("button", { type: "button", title }, example.label);
    button.addEventListener("click", () => open(example));
    return button;
  });
  const root = element(
    "form",
    { class: "bottega-view bottega-source", "aria-label": "Source of trajectories" },
    styleElement(document, BASE_STYLE, SOURCE_STYLE),
    element(
      "div",
      { class: "line" },
      field,
      element("button", { type: "submit", class: "open" }, "Open"),
    ),
    element(
      "div",
      { class: "line" },
      modes && element(
        "span",
        { class: "modes", role: "radiogroup", "aria-label": "What is read" },
        files.node,
        history.node,
      ),
      choose,
      file,
      element("span", { class: "muted" }, "or drop one here"),
    ),
    examples.length > 0 && element(
      "div",
      { class: "line" },
      element("span", { class: "muted" }, "Examples:"),
      ...examples,
    ),
    message,
  );

  const show = (next: SourceChoice | undefined) => {
    value = next;
    bundle = next === undefined || typeof next.source === "string" ? null : next.source;
    const source = next?.source ?? "";
    // The defaults are what an exported page shows.
    field.defaultValue = field.value = typeof source === "string"
      ? source
      : `${source.name} (${formatBytes(source.bundle.size)})`;
    history.radio.defaultChecked = history.radio.checked = next?.history ?? !modes;
    files.radio.defaultChecked = files.radio.checked = !history.radio.checked;
    message.textContent = "";
  };
  const open = ({ source, history }: SourceChoice) => {
    show({ source, history });
    dispatchInput(root);
  };
  const openBundle = (fileName: string, content: Blob) => {
    if (!fileName.toLowerCase().endsWith(".bundle")) {
      message.textContent = `${fileName} is not a .bundle file. Make one in a repository with: ` +
        "git bundle create my.bundle --all";
      return;
    }
    open({ source: { name: fileName, bundle: content }, history: history.radio.checked });
  };

  field.addEventListener("input", () => bundle = null);
  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    const selected = file.files?.[0];
    if (selected) openBundle(selected.name, selected);
    // Without this the same file could not be selected again.
    file.value = "";
  });
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const source = bundle ?? field.value.trim();
    if (source !== "") return open({ source, history: history.radio.checked });
    message.textContent = "Say what to open: the URL of a git repository, or a .bundle file.";
    field.focus();
  });
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("dropping");
  });
  root.addEventListener("dragleave", () => root.classList.remove("dropping"));
  root.addEventListener("drop", (event) => {
    // The page takes drops too, and would hand this one over a second time.
    event.preventDefault();
    event.stopPropagation();
    root.classList.remove("dropping");
    const dropped = event.dataTransfer?.files[0];
    if (dropped) openBundle(dropped.name, dropped);
  });
  listenWhileConnected(root, document.defaultView ?? globalThis, DROP_EVENT, (event) => {
    const { name, file } = (event as CustomEvent<DroppedFile>).detail;
    if (announced.has(file)) return;
    announced.add(file);
    openBundle(name, file);
  });

  show(options.value);
  (document.defaultView ?? globalThis).dispatchEvent(createEvent(document, DROP_REQUEST_EVENT));
  return asInput<SourceChoice | undefined, HTMLElement>(root, { get: () => value, set: show });
}

const SOURCE_STYLE = `
.bottega-source { display: grid; gap: 7px; padding: 12px 14px; border: 1px solid var(--bottega-line); border-radius: 6px; }
.bottega-source .line { display: flex; flex-wrap: wrap; align-items: center; gap: 7px 10px; }
.bottega-source input[type="text"] { flex: 1 1 16em; min-width: 0; padding: 5px 9px; }
.bottega-source .open { padding: 5px 16px; border-color: transparent; background: light-dark(#0072b2, #2b7fb8); color: white; }
.bottega-source .open:hover:not(:disabled) { background: light-dark(#005f95, #2471a5); }
.bottega-source .modes { display: flex; gap: 14px; margin-right: auto; }
.bottega-source label { cursor: pointer; }
.bottega-source input[type="radio"] { accent-color: var(--bottega-accent); vertical-align: -1px; margin: 0; }
.bottega-source .message:empty { display: none; }
.bottega-source .message::before { content: "✕ "; color: var(--bottega-unresolved, #d55e00); }
.bottega-source.dropping { border-style: dashed; border-color: var(--bottega-accent); background: var(--bottega-surface); }
`;
