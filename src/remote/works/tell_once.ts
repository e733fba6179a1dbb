/**
 * Events of a work that does some of its steps again after it was stopped.
 *
 * @module
 */
import type { WorkContext } from "../work.ts";

/** Tells an event unless one of the same moment was told, by this attempt or an earlier one. */
export function tellOnce<Event>(
  { told, emit }: WorkContext,
  momentOf: (event: Event) => string,
): (event: Event) => void {
  const known = new Set((told as readonly Event[]).map(momentOf));
  return (event) => {
    const moment = momentOf(event);
    if (known.has(moment)) return;
    known.add(moment);
    emit(event);
  };
}
