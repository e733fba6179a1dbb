/**
 * What a process that serves needs beside `mod.ts`.
 *
 * @module
 */
export { randomToken } from "./guard_token.ts";
export { type ListenOptions, listenRemote, type RemoteListener } from "./listen_remote.ts";
export {
  defaultLimits,
  openRemoteWorker,
  type RemoteWorker,
  type RemoteWorkerOptions,
} from "./remote_worker.ts";
export { REMOTE_SCHEMAS, type RemoteService } from "./remote_service.ts";
export { statusPage } from "./status_page.ts";
export { type RemoteLimits, type Served, serveRemoteLink } from "./remote_link_server.ts";
export { type BlobFolder, type BlobPiece, openBlobFolder } from "./blob_folder.ts";
export { type JobProcess, type JobProcessOptions, startJobProcess } from "./job_process.ts";
export { createJobService, type JobService, type RunRequest } from "./job_service.ts";
export { jobSettings, serveJob } from "./serve_job.ts";
export { WORKS, WORKS_WITH_CODE } from "./works/works.ts";
export {
  findNatsServer,
  type FleetCertificate,
  type FleetServer,
  type FleetServerOptions,
  type FleetWorkerOptions,
  prepareFleet,
  type PrepareOptions,
  readCredentials,
  runFleetWorker,
  serveFleetThread,
  type SlurmOptions,
  slurmScript,
  startFleetServer,
} from "./fleet/headless.ts";
