/**
 * The margin of a cell: the button that runs or stops it, and its state as a note.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isBusy, STATUS_TEXT } from "./cell_status.ts";
import { durationText, elapsedText } from "./duration.ts";
import { Icon } from "./icons.tsx";
import type { OpenCell, OpenNotebook } from "./open_notebook.ts";

interface Props {
  readonly notebook: OpenNotebook;
  readonly cell: OpenCell;
}

export function CellMargin({ notebook, cell: { id, state, edited } }: Props) {
  const { status, durationMs, lazy, machine } = state.value;
  const { word, sentence } = STATUS_TEXT[status];
  const busy = isBusy(state.value);
  return (
    <div class="cell-margin">
      <div class="cell-state" title={sentence}>
        {word && <span class={`status status-${status}`}>{word}</span>}
        {status === "running" && <Elapsed />}
        {status === "ok" && durationMs !== undefined && (
          <span class="duration">{durationText(durationMs)}</span>
        )}
        {edited.value && <span class="status status-edited" title="Not run yet">edited</span>}
        {machine !== undefined && (
          <span class="machine" title={`Runs on the machine “${machine}”`}>{machine}</span>
        )}
        {lazy && status !== "running" && <span class="duration" title="Runs when asked">lazy</span>}
      </div>
      {busy
        ? (
          <button
            type="button"
            class="run-button stop"
            title="Stop"
            aria-label="Stop the cell"
            onClick={() => notebook.stop(id)}
          >
            <Icon name="stop" />
          </button>
        )
        : (
          <button
            type="button"
            class="run-button"
            title="Run (Ctrl+Enter)"
            aria-label="Run the cell"
            disabled={!notebook.trusted.value}
            onClick={() => notebook.run(id)}
          >
            <Icon name="run" />
          </button>
        )}
    </div>
  );
}

/** How long the cell has been running; silent in the first second. */
function Elapsed() {
  const elapsedMs = useSignal(0);
  useEffect(() => {
    const startMs = performance.now();
    const timer = setInterval(() => void (elapsedMs.value = performance.now() - startMs), 500);
    return () => clearInterval(timer);
  }, []);
  return elapsedMs.value < 1000
    ? null
    : <span class="duration">{elapsedText(elapsedMs.value)}</span>;
}
