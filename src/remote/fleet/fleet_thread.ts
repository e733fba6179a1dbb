/**
 * A job runner in a thread of its own, which has its own connection to the fleet: a work that computes
 * without a pause does not keep its worker from holding its lease, and one that never ends can be ended.
 *
 * @module
 */
import type { DeviceChoice, Job } from "../../gpu/mod.ts";
import type { WorkContext, Works } from "../work.ts";
import { openLink, serveLink } from "../worker_link.ts";
import { keptChooser } from "./attempt.ts";
import type { FleetCredentials } from "./credentials.ts";
import { type FleetAttempt, type JobRunner, runnerHere } from "./fleet_job.ts";
import { openNatsLink } from "./nats_link.ts";

interface Place {
  readonly url: string;
  readonly credentials: FleetCredentials;
  readonly name: string;
  /** Where works compute, whatever they ask; `auto` leaves it to them. */
  readonly compute: DeviceChoice;
}

type ThreadService = {
  run(request: { place: Place; attempt: FleetAttempt }, job: Job): Promise<unknown>;
};

/** A runner in a thread that runs `workers/fleet.ts`. */
export function runnerInThread(place: Place): JobRunner {
  const worker = new Worker(new URL("../../../workers/fleet.ts", import.meta.url), {
    type: "module",
  });
  const link = openLink<ThreadService>(worker);
  return {
    run: (attempt, job) => link.call("run", { place, attempt }, job),
    close: () => link.close(),
  };
}

/** What the thread serves. */
export function serveFleetThread(works: Works): void {
  let runner: Promise<JobRunner> | null = null;
  const open = async ({ url, credentials, name, compute }: Place) =>
    await runnerHere(await openNatsLink(url, credentials, { name }), works, chooserFor(compute));
  serveLink<ThreadService>({
    async run({ place, attempt }, job) {
      runner ??= open(place).catch((error) => {
        runner = null;
        throw error;
      });
      return await (await runner).run(attempt, job);
    },
  });
}

/** Where works compute on a machine whose owner chose. */
export function chooserFor(compute: DeviceChoice): WorkContext["chooseGpu"] {
  const choose = keptChooser();
  return (asked) => compute === "auto" ? choose(asked) : choose(compute);
}
