/**
 * The workbench over a link: handles become objects, and events are fetched as they happen.
 *
 * @module
 */
import { hostAccess } from "./page_server.ts";
import type { Measured, MeasuringOptions, Workbench } from "./workbench.ts";
import type { MeasureRequest, WorkbenchService } from "./workbench_service.ts";
import type { WorkerLink } from "./worker_link.ts";

/** A workbench that calls a service. */
export function linkWorkbench(
  link: Pick<WorkerLink<WorkbenchService>, "call" | "close">,
): Workbench {
  /** The numbers by which the worker keeps what it has measured. */
  const numbers = new WeakMap<Measured, number>();

  async function measure(
    what: Pick<MeasureRequest, "documents" | "corpus">,
    { signal, onProgress, ...options }: MeasuringOptions = {},
  ): Promise<Measured> {
    const { measure, ...told } = await link.call("measure", { ...what, ...options }, {
      signal,
      onProgress,
    });
    const measured: Measured = {
      ...told,
      compare: (other) => link.call("compare", { a: measure, b: numbers.get(other) ?? -1 }),
      release: () => link.call("release", { measure }),
    };
    numbers.set(measured, measure);
    return measured;
  }

  let runs = 0;
  return {
    measure: (documents, options) =>
      measure({ documents: documents.map(({ id, segments }) => ({ id, segments })) }, options),
    device: () => link.call("device", null),
    async load(source, { signal, onProgress, ...options } = {}) {
      const { corpus, ...read } = await link.call(
        "load",
        { source, ...hostAccess(), ...options },
        { signal, onProgress },
      );
      return {
        ...read,
        trajectory: (index, job) => link.call("trajectory", { corpus, index }, job),
        statistics: ({ signal, onProgress, ...options } = {}) =>
          link.call("statistics", { corpus, ...options }, { signal, onProgress }),
        measure: (options) => measure({ corpus }, options),
        release: () => link.call("release", { corpus }),
      };
    },
    async train(spec, { signal, onEvent, ...options }) {
      const run = ++runs;
      const trained = link.call("train", { run, spec, ...options }, { signal });
      const told = tellEvents(() => link.call("trainEvents", { run }, { signal }), onEvent);
      const [result] = await Promise.all([trained, told]);
      return result;
    },
    async ablate(spec, { signal, onProgress, onEvent, ...options } = {}) {
      const run = ++runs;
      const ended = link.call("ablate", { run, spec, ...options }, { signal, onProgress });
      const told = tellEvents(() => link.call("ablateEvents", { run }, { signal }), onEvent);
      const [result] = await Promise.all([ended, told]);
      return result;
    },
    close: () => link.close(),
  };
}

/** Fetches a run's events until there are no more. */
async function tellEvents<E>(
  fetch: () => Promise<readonly E[]>,
  onEvent: ((event: E) => void) | undefined,
): Promise<void> {
  for (;;) {
    const events = await fetch();
    if (events.length === 0) return;
    for (const event of events) onEvent?.(event);
  }
}
