/**
 * Telling a fleet that a worker lives.
 *
 * @module
 */
import { failureOf } from "./attempt.ts";
import type { FleetWorker } from "./fleet.ts";
import { BUCKETS } from "./layout.ts";
import type { NatsLink } from "./nats_link.ts";

/** What a worker knows of itself. */
type Self = Omit<FleetWorker, "freeBytes" | "load" | "sinceMs" | "seenMs">;

/** A change is told within this long. */
const CHANGE_MS = 1_000;

/** Without any change it is told this often. */
const ALIVE_MS = 5_000;

/** Tells the fleet what `self` gives, until it is disposed of; then the worker is gone. */
export async function announce(
  link: NatsLink,
  self: () => Self,
  log: (line: string) => void,
): Promise<AsyncDisposable> {
  const workers = await link.bucket(BUCKETS.workers);
  const sinceMs = Date.now();
  const { name } = self();
  let told = "";
  let toldMs = 0;
  const tell = async () => {
    const now = self();
    const text = JSON.stringify(now);
    const seenMs = Date.now();
    if (text === told && seenMs - toldMs < ALIVE_MS) return;
    told = text;
    toldMs = seenMs;
    const [load = null] = Deno.loadavg();
    const worker: FleetWorker = {
      ...now,
      freeBytes: Deno.systemMemoryInfo().available,
      load,
      sinceMs,
      seenMs,
    };
    await workers.put(name, JSON.stringify(worker));
  };
  const tellOrLog = () =>
    tell().catch((error) => {
      // It is told again in a moment.
      told = "";
      log(`the fleet does not hear of ${name}: ${failureOf(error).message}`);
    });
  await tellOrLog();
  const timer = setInterval(tellOrLog, CHANGE_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      // Without it the worker is forgotten a little later.
      if (!link.connection.isClosed()) {
        await workers.delete(name).catch((error) =>
          log(`${name} could not take leave: ${failureOf(error).message}`)
        );
      }
    },
  };
}
