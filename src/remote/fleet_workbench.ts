/**
 * The workbench whose runs are jobs of a fleet; corpora are read and measured here, as ever.
 *
 * @module
 */
import { type Fleet, type NatsFleetOptions, openNatsFleet } from "./fleet/mod.ts";
import type { RunHost } from "./remote_runs.ts";
import { runWorkbench } from "./run_workbench.ts";
import type { Workbench } from "./workbench.ts";

/** How a fleet lets one in. */
export type FleetOptions = NatsFleetOptions;

/**
 * The workbench of the fleet at `url`.
 *
 * @param connectHere The workbench for what is no run; opened when it is first needed.
 */
export function fleetWorkbench(
  url: string,
  options: FleetOptions,
  connectHere: () => Workbench,
): Workbench {
  let opened: Promise<Fleet> | undefined;
  let local: Workbench | undefined;
  const fleet = () => {
    const opening = opened ??= openNatsFleet(url.replace(/^nats\+/, ""), options);
    opening.catch(() => opened = undefined);
    return opening;
  };
  const here = () => local ??= connectHere();
  const host: RunHost = {
    submit: async (job) => (await fleet()).submit(job),
    result: async (id, job) => (await fleet()).result(id, job),
    async *events(id, options) {
      yield* (await fleet()).events(id, options);
    },
    cancel: async (id) => (await fleet()).cancel(id),
    data: {
      has: async (sha256) => (await fleet()).data.has(sha256),
      read: async (sha256) => (await fleet()).data.read(sha256),
      write: async (bytes) => (await fleet()).data.write(bytes),
    },
  };
  const runs = runWorkbench(host, async (blobs, { signal }) => {
    for (const bytes of blobs.values()) {
      signal?.throwIfAborted();
      await host.data.write(bytes);
    }
  });
  return {
    device: () => here().device(),
    load: (...request) => here().load(...request),
    measure: (...request) => here().measure(...request),
    ...runs,
    close() {
      local?.close();
      opened?.then((fleet) => fleet[Symbol.asyncDispose]())
        .catch((error) => console.warn("The fleet was not closed:", error));
    },
  };
}
