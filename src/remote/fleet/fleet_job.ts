/**
 * One attempt at a job of a fleet on NATS: the work with its files, its blobs and its events.
 *
 * @module
 */
import type { Job, Progress } from "../../gpu/mod.ts";
import { canonicalJson, type WorkContext, type Works } from "../work.ts";
import { runHere } from "./attempt.ts";
import type { StoredOrder, Ticket } from "./layout.ts";
import { beginTelling } from "./nats_events.ts";
import type { NatsLink } from "./nats_link.ts";
import { natsRunFiles } from "./nats_run_files.ts";
import { openNatsStore } from "./nats_store.ts";

/** Which job, and the how-manieth attempt this is. */
export interface FleetAttempt {
  readonly ticket: Ticket;
  readonly order: StoredOrder;
  readonly deliveries: number;
}

/** Runs attempts at jobs, one at a time. */
export interface JobRunner {
  /** Gives the result. What was told and kept lies with the fleet when it resolves or rejects. */
  run(attempt: FleetAttempt, job: Job): Promise<unknown>;
  /** Ends it, however busy it is; what it runs is rejected. */
  close(): void;
}

/** For as long as it takes: a result must not be lost because the server was away. */
export const PATIENCE = { patienceMs: Infinity };

/** A runner on this thread. It cannot end a work that does not listen to its signal. */
export async function runnerHere(
  link: NatsLink,
  works: Works,
  chooseGpu: WorkContext["chooseGpu"],
): Promise<JobRunner> {
  const store = await openNatsStore(link);
  const run = runHere(works);
  return {
    async run({ ticket, order, deliveries }, { signal }) {
      const { id, generation } = ticket;
      const owner = GENERATION * generation + deliveries;
      const lost = new AbortController();
      const isFirst = generation === 1 && deliveries === 1;
      const telling = await beginTelling(
        link,
        { id, owner, isFirst },
        (error) => lost.abort(error),
      );
      const files = natsRunFiles(link, id, owner);
      const context: WorkContext = {
        signal: AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]),
        onProgress: progressTeller(link, id),
        chooseGpu,
        files,
        data: store.data,
        told: telling.told,
        emit: (event) => telling.tell(JSON.parse(canonicalJson(event, "the event"))),
      };
      try {
        return await run({ ...order, request: await store.requestOf(order) }, context);
      } catch (error) {
        throw lost.signal.aborted ? lost.signal.reason : error;
      } finally {
        await files.flush();
        await telling.settle();
      }
    },
    close() {},
  };
}

/** More deliveries than this no life of a job has. */
const GENERATION = 1_000_000;

/** How often a job's progress is told. */
const PROGRESS_MS = 250;

/** Progress is for whoever listens now; it is not kept. */
function progressTeller({ connection }: NatsLink, id: string): (progress: Progress) => void {
  let toldAt = -Infinity;
  return (progress) => {
    const now = performance.now();
    const over = progress.total > 0 && progress.done >= progress.total;
    if (connection.isClosed() || (!over && now - toldAt < PROGRESS_MS)) return;
    toldAt = now;
    connection.publish(`progress.${id}`, JSON.stringify(progress));
  };
}
