/**
 * Runs that live elsewhere, on a remote worker or in a fleet, and how a caller follows them.
 *
 * @module
 */
import type { Job } from "../gpu/mod.ts";
import type { Fleet, FleetEvent } from "./fleet/mod.ts";
import type { KeptLink } from "./kept_link.ts";
import { type RemoteBlobs, remoteBlobs } from "./remote_blobs.ts";
import type { RunInfo } from "./run_record.ts";
import type { WorkOrder } from "./work.ts";

/** Where runs live: as much of it as those who follow one need. A fleet is one too. */
export type RunHost = Pick<Fleet, "submit" | "result" | "events" | "cancel" | "data">;

/** The runs of a remote worker. They go on when nobody follows them. */
export interface RemoteRuns extends RunHost {
  readonly data: RemoteBlobs;
  /** Starts a run, or finds the one of the same order, under way or done. Gives its id. */
  submit(order: WorkOrder): Promise<string>;
  /** All runs that the worker knows, oldest first. */
  list(): Promise<readonly RunInfo[]>;
  info(id: string): Promise<RunInfo>;
}

/** The runs behind a link. */
export function remoteRuns(link: KeptLink): RemoteRuns {
  async function* events(
    id: string,
    { from = 0, signal }: Parameters<RunHost["events"]>[1] = {},
  ): AsyncGenerator<FleetEvent> {
    for (let at = from;;) {
      const page = await link.insist("runEvents", { id, from: at }, { signal });
      for (const event of page.events) yield { index: at++, event };
      if (page.ended) return;
    }
  }
  return {
    data: remoteBlobs(link),
    submit: async ({ work, request, data = [] }) =>
      (await link.insist("startRun", { work, request, data: [...data] })).id,
    events,
    result: (id, { signal } = {}) => link.insist("runResult", { id }, { signal }),
    cancel: (id) => link.insist("cancelRun", { id }),
    list: () => link.insist("listRuns", null),
    info: (id) => link.insist("run", { id }),
  };
}

/** Who follows a run. */
export interface Follower extends Pick<Job, "signal"> {
  readonly onEvent?: ((event: unknown) => void) | undefined;
}

/**
 * Hands over an order and follows its run to the end, from its first event on, whoever started it. An
 * aborted signal rejects at once and cancels the run; started again, it goes on from its checkpoint.
 *
 * @throws What the run failed of; the signal's reason.
 */
export async function followRun(
  host: RunHost,
  order: WorkOrder,
  { signal, onEvent }: Follower,
): Promise<unknown> {
  signal?.throwIfAborted();
  const id = await host.submit(order);
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    reject(signal?.reason);
    host.cancel(id).catch((error) => console.warn(`The run ${id} was not cancelled:`, error));
  };
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([followed(host, id, { signal, onEvent }), interrupted]);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

async function followed(
  host: RunHost,
  id: string,
  { signal, onEvent }: Follower,
): Promise<unknown> {
  for await (const { event } of host.events(id, signal ? { signal } : {})) {
    signal?.throwIfAborted();
    onEvent?.(event);
  }
  return await host.result(id, { signal });
}
