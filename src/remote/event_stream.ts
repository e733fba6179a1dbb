/**
 * Events that wait to be fetched: a worker's methods answer once, so whoever follows a run asks again
 * and again for what has happened since.
 *
 * @module
 */

/** The events of one run. */
export interface EventStream<E> {
  add(event: E): void;
  end(): void;
  /** What was added since; waits for something, or for the end. */
  take(): Promise<E[]>;
}

/** The events of all runs of a service, by the number that the caller chose for each. */
export interface EventStreams<E> {
  /** The stream of a run; made where there is none, whoever comes first. */
  of(run: number): EventStream<E>;
  /** Answers a call for a run's events: none where it has ended, and then it is forgotten. */
  take(run: number): Promise<readonly E[]>;
}

/** Streams for a service. */
export function createEventStreams<E>(): EventStreams<E> {
  const streams = new Map<number, EventStream<E>>();
  const of = (run: number) => {
    const stream = streams.get(run) ?? createEventStream<E>();
    streams.set(run, stream);
    return stream;
  };
  return {
    of,
    async take(run) {
      const events = await of(run).take();
      if (events.length === 0) streams.delete(run);
      return events;
    },
  };
}

function createEventStream<E>(): EventStream<E> {
  let waiting: E[] = [];
  let ended = false;
  let wake = Promise.withResolvers<void>();
  return {
    add(event) {
      waiting.push(event);
      wake.resolve();
    },
    end() {
      ended = true;
      wake.resolve();
    },
    async take() {
      if (waiting.length === 0 && !ended) await wake.promise;
      const taken = waiting;
      waiting = [];
      if (!ended) wake = Promise.withResolvers<void>();
      return taken;
    },
  };
}
