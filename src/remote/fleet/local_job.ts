/**
 * A job of a fleet of this process.
 *
 * @module
 */
import type { Job, Progress } from "../../gpu/mod.ts";
import { memoryRunFiles, type RunFiles } from "../../train/mod.ts";
import { type FleetEvent, type FleetJob, type Outcome, valueOf } from "./fleet.ts";
import type { FleetError } from "./fleet_error.ts";

/** See {@linkcode createLocalJob}. */
export interface LocalJob {
  readonly id: string;
  readonly order: FleetJob;
  readonly files: RunFiles;
  readonly events: unknown[];
  readonly signal: AbortSignal;
  readonly outcome: Outcome | null;
  deliveries: number;
  reopen(): void;
  /** The first end is the only one. */
  end(outcome: Outcome): void;
  close(reason: FleetError): void;
  tell(event: unknown): void;
  tellProgress(progress: Progress): void;
  wait(job: Job): Promise<unknown>;
  follow(from: number, signal?: AbortSignal): AsyncGenerator<FleetEvent>;
}

/** A job that was never begun. */
export function createLocalJob(id: string, order: FleetJob): LocalJob {
  const events: unknown[] = [];
  const listeners = new Set<(progress: Progress) => void>();
  let controller = new AbortController();
  let outcome: Outcome | null = null;
  let closed: FleetError | null = null;
  // Resolved and replaced whenever there is something new.
  let news = Promise.withResolvers<void>();
  const tellNews = () => {
    news.resolve();
    news = Promise.withResolvers();
  };

  async function hear(signal: AbortSignal | undefined): Promise<void> {
    if (closed) throw closed;
    signal?.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await Promise.race([news.promise, promise]);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  return {
    id,
    order,
    files: memoryRunFiles(`job ${id}`),
    events,
    deliveries: 0,
    get signal() {
      return controller.signal;
    },
    get outcome() {
      return outcome;
    },
    reopen() {
      controller = new AbortController();
      outcome = null;
      this.deliveries = 0;
    },
    end(told) {
      if (outcome) return;
      outcome = told;
      if (told.state === "cancelled") controller.abort(new DOMException("cancelled", "AbortError"));
      tellNews();
    },
    close(reason) {
      closed = reason;
      controller.abort(reason);
      tellNews();
    },
    tell(event) {
      if (outcome) return;
      events.push(event);
      tellNews();
    },
    tellProgress(progress) {
      for (const listener of listeners) listener(progress);
    },
    async wait({ signal, onProgress }) {
      if (onProgress) listeners.add(onProgress);
      try {
        while (!outcome) await hear(signal);
        return structuredClone(valueOf(id, outcome));
      } finally {
        if (onProgress) listeners.delete(onProgress);
      }
    },
    async *follow(from, signal) {
      for (let index = from;; index++) {
        while (index >= events.length) {
          if (outcome) return;
          await hear(signal);
        }
        yield { index, event: structuredClone(events[index]) };
      }
    },
  };
}
