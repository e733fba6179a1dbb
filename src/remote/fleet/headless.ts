/**
 * What a page must not load of a fleet: its workers, its server and what obtains machines.
 *
 * @module
 */
export { serveFleetThread } from "./fleet_thread.ts";
export { type FleetWorkerOptions, runFleetWorker } from "./fleet_worker.ts";
export { readCredentials } from "./credentials_file.ts";
export {
  findNatsServer,
  type FleetCertificate,
  type FleetServer,
  type FleetServerOptions,
  startFleetServer,
} from "./nats_server.ts";
export { prepareFleet, type PrepareOptions } from "./prepare.ts";
export { type SlurmOptions, slurmScript } from "./slurm.ts";
