/**
 * How far a piece of work is: its phase, share, speed and the time that is left, with a button that
 * stops it.
 *
 * @module
 */
import { formatDuration, type Job, type Progress } from "../gpu/mod.ts";
import { documentOf, elementBuilder, styleElement, type ViewOptions } from "./element.ts";
import { formatBytes, formatCount, formatShare } from "./number_format.ts";
import { BASE_STYLE } from "./style.ts";

/** Options of {@linkcode progressBar}. */
export interface ProgressBarOptions extends ViewOptions {
  /** The time in milliseconds; `performance.now` by default. */
  readonly now?: (() => number) | undefined;
}

/** A bar that shows how one piece of work goes on. */
export interface ProgressBar extends HTMLElement {
  /** Shows where the work is; cheap enough for thousands of calls a second. */
  readonly update: (progress: Progress) => void;
  /**
   * Runs `work` as a job that tells this bar how far it is, and that the bar's button stops, as
   * `signal` does. Ends with what `summary` says of the result, or with the error, which is thrown on.
   */
  readonly run: <T>(
    work: (job: Job) => Promise<T>,
    options?: { signal?: AbortSignal | undefined; summary?: ((result: T) => string) | undefined },
  ) => Promise<T>;
}

/** A moment of a phase, to tell the speed from. */
interface Sample {
  readonly timeMs: number;
  readonly done: number;
}

const PAINT_EVERY_MS = 50;
const SPEED_OVER_MS = 5000;
/** A speed of less time than this says nothing yet. */
const SPEED_AFTER_MS = 500;

/**
 * A progress bar.
 *
 * @example
 * ```ts ignore
 * const bar = display(progressBar());
 * const corpus = await bar.run((job) => workbench.load(source, job), {
 *   signal,
 *   summary: ({ rows }) => `${rows.length} trajectories`,
 * });
 * ```
 */
export function progressBar(options: ProgressBarOptions = {}): ProgressBar {
  const document = documentOf(options);
  const element = elementBuilder(document);
  const abort = new AbortController();
  const now = options.now ?? (() => performance.now());
  const phase = element("span", { class: "phase", role: "status" }, "waiting");
  const bar = element("progress", { max: 1, "aria-label": "Progress" });
  const detail = element("span", { class: "detail muted" });
  const stop = element("button", { type: "button" }, "Stop");
  const root = element(
    "div",
    { class: "bottega-view bottega-progress", "data-state": "running" },
    styleElement(document, BASE_STYLE, PROGRESS_STYLE),
    phase,
    bar,
    stop,
    detail,
  );
  let shownPhase = "";
  let paintedMs = -Infinity;
  let samples: Sample[] = [];

  stop.addEventListener("click", () => {
    stop.disabled = true;
    stop.textContent = "Stopping …";
    abort.abort();
  });

  const update = (progress: Progress) => {
    const timeMs = now();
    const isNew = progress.phase !== shownPhase;
    const isLast = progress.total > 0 && progress.done >= progress.total;
    if (!isNew && !isLast && timeMs - paintedMs < PAINT_EVERY_MS) return;
    paintedMs = timeMs;
    if (isNew) samples = [];
    samples = [
      ...samples.filter((sample) => timeMs - sample.timeMs <= SPEED_OVER_MS),
      { timeMs, done: progress.done },
    ];
    // Only a new phase is told to screen readers.
    if (isNew) phase.textContent = shownPhase = progress.phase;
    if (progress.total > 0) bar.value = Math.min(1, progress.done / progress.total);
    else bar.removeAttribute("value");
    detail.textContent = detailText(progress, samples);
  };

  const end = (state: "done" | "stopped" | "failed", message: string) => {
    root.dataset.state = state;
    phase.textContent = message;
    phase.setAttribute("role", state === "failed" ? "alert" : "status");
    bar.remove();
    stop.remove();
    if (state === "done") detail.remove();
  };

  const run: ProgressBar["run"] = async (work, { signal, summary } = {}) => {
    const either = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
    try {
      const result = await work({ signal: either, onProgress: update });
      end("done", summary?.(result) ?? "done");
      return result;
    } catch (error) {
      if (isAbort(error)) end("stopped", "stopped");
      else end("failed", error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
  return Object.assign(root, { update, run });
}

function detailText({ done, total, unit }: Progress, samples: readonly Sample[]): string {
  const amount = unit === "bytes" ? formatBytes : formatCount;
  const of = total > 0 ? ` of ${amount(total)}` : "";
  const parts = [`${amount(done)}${of}${unit === "bytes" ? "" : ` ${unit}`}`];
  if (total > 0) parts.unshift(formatShare(Math.floor(100 * Math.min(1, done / total)) / 100));
  const perMs = speed(samples);
  if (perMs > 0) {
    parts.push(`${amount(perMs * 1000)}${unit === "bytes" ? "" : ` ${unit}`}/s`);
    if (total > done) parts.push(`${formatDuration((total - done) / perMs)} left`);
  }
  return parts.join(" · ");
}

/** Units a millisecond over the last seconds; 0 where it cannot be told. */
function speed(samples: readonly Sample[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.timeMs - first.timeMs < SPEED_AFTER_MS) return 0;
  return (last.done - first.done) / (last.timeMs - first.timeMs);
}

function isAbort(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "AbortError" || ("code" in error && error.code === "aborted");
}

const PROGRESS_STYLE = `
.bottega-progress { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; min-height: 28px; }
.bottega-progress .phase { min-width: 6em; font-weight: 600; overflow-wrap: anywhere; }
.bottega-progress progress { flex: 1 1 160px; max-width: 360px; accent-color: var(--bottega-accent); }
.bottega-progress[data-state="failed"] .phase::before { content: "✕ "; color: var(--bottega-unresolved, #d55e00); }
.bottega-progress[data-state="done"] .phase { font-weight: inherit; }
.bottega-progress[data-state="done"] .phase::before { content: "✓ "; color: var(--bottega-resolved, #009e73); }
`;
