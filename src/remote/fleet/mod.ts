/**
 * Fleets: jobs, the workers that run them, and one result for each.
 *
 * @module
 */
export { type RunWork } from "./attempt.ts";
export {
  FLEET_ROLES,
  type FleetCredentials,
  type FleetRole,
  parseCredentials,
} from "./credentials.ts";
export type {
  DeadLetter,
  EventOptions,
  Fleet,
  FleetEvent,
  FleetJob,
  FleetWorker,
  JobState,
  OpenJob,
} from "./fleet.ts";
export { FleetError, type FleetErrorCode } from "./fleet_error.ts";
export { type LabFleet, type LabFleetOptions, openLabFleet } from "./lab_fleet.ts";
export { type LocalFleetOptions, openLocalFleet } from "./local_fleet.ts";
export { type NatsFleetOptions, openNatsFleet } from "./open_nats_fleet.ts";
