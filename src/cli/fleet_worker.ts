/**
 * `bottega worker --fleet`: this machine as one of a fleet's workers.
 *
 * @module
 */
import { hostname } from "node:os";
import { describeAdapter, type DeviceChoice, GpuError } from "../gpu/mod.ts";
import type { WorkNeed } from "../remote/mod.ts";
import { readCredentials, runFleetWorker, WORKS } from "../remote/headless.ts";
import { note } from "./output.ts";

/** What the command was told. */
export interface FleetWorkerCommand {
  /** The file with a worker's credentials. */
  readonly fleet: string;
  readonly name?: string | undefined;
  readonly device: DeviceChoice;
  /** How many jobs run at the same time. */
  readonly jobs: number;
}

/** Runs the fleet's jobs until the process is asked to end; then gives back what it cannot finish. */
export async function serveFleet(command: FleetWorkerCommand): Promise<void> {
  const { fleet, device, jobs } = command;
  const credentials = await readCredentials(fleet);
  const adapter = device === "cpu" ? null : await findAdapter();
  const ending = new AbortController();
  const stop = () => {
    if (ending.signal.aborted) Deno.exit(1);
    ending.abort();
  };
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
  await runFleetWorker(credentials.url, WORKS, {
    credentials,
    name: command.name ?? `${hostname()}-${Deno.pid}`.replaceAll(/[^\w-]/g, "_"),
    // QuickJS is everywhere; a software GPU is none.
    has: ["sandbox", ...(adapter && !adapter.software ? ["gpu" as WorkNeed] : [])],
    device: adapter?.description ?? null,
    compute: device,
    slots: jobs,
    threads: true,
    signal: ending.signal,
    log: (line) => note(`${new Date().toISOString()} ${line}`),
  });
}

async function findAdapter() {
  try {
    return await describeAdapter();
  } catch (error) {
    if (!(error instanceof GpuError)) throw error;
    note(`on the processor: ${error.message}`);
    return null;
  }
}
