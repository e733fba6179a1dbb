/**
 * Where work runs: in this process or in a worker of the page.
 *
 * @module
 */
export type { AblateRequest, AblateService, AblationResult } from "./ablate_service.ts";
export { type GitWorker, openRepositoryInWorker, startGitWorker } from "./git_in_worker.ts";
export {
  findMachine,
  isWorkerUrl,
  listMachines,
  MACHINE,
  type Machine,
  MACHINE_FILE,
  MACHINES,
  parseMachines,
} from "./machine.ts";
export { type MachineCode, type MachineRunner, machineRunner } from "./machine_runner.ts";
export { GIT_PROXY, hostAccess, pageToken, TOKEN_HEADER } from "./page_server.ts";
export type { FleetOptions } from "./fleet_workbench.ts";
export type { RemoteBlobs } from "./remote_blobs.ts";
export { openRemoteEnvironment } from "./remote_environment.ts";
export {
  type LinkState,
  openRemoteLink,
  type RemoteLink,
  type RemoteLinkOptions,
} from "./remote_link.ts";
export { originOf } from "./socket_dial.ts";
export type { MachineStatus } from "./remote_service.ts";
export type { RemoteWorkbench } from "./remote_workbench.ts";
export { type Follower, followRun, type RemoteRuns, type RunHost } from "./remote_runs.ts";
export type { RunFailure, RunInfo, RunState } from "./run_record.ts";
export type { RunEvents, RunLimits } from "./run_store.ts";
export {
  createSandboxService,
  type OpenedEnvironment,
  type SandboxService,
} from "./sandbox_service.ts";
export {
  type AblateOptions,
  connect,
  type Corpus,
  type Measured,
  type MeasuringOptions,
  type Workbench,
} from "./workbench.ts";
export {
  createWorkbenchService,
  type DeviceReport,
  type FrequentToken,
  type FullMeasure,
  type LoadRequest,
  type MeasuredCorpus,
  type MeasureRequest,
  type StatisticsRequest,
  WorkbenchError,
  type WorkbenchService,
} from "./workbench_service.ts";
export type { PackedParts, TrainedModel, TrainRequest, TrainService } from "./train_service.ts";
export { type Methods, openLink, serveLink, WorkerError, type WorkerLink } from "./worker_link.ts";
export {
  type BlobStore,
  canonicalJson,
  type Work,
  WORK_NEEDS,
  type WorkContext,
  workId,
  type WorkNeed,
  type WorkOrder,
  type Works,
} from "./work.ts";
export { memoryBlobStore, sha256Of } from "./blob_store.ts";
export type { CodeOrder } from "./works/code.ts";
export type { EvaluateOrder, EvaluateOutcome } from "./works/evaluate.ts";
export type { GenerateOrder, GenerateOutcome } from "./works/generate.ts";
export type { LabOrder, LabOutcome } from "./works/lab.ts";
export type { RolloutEvent, RolloutOrder, RolloutOutcome } from "./works/rollout.ts";
export type { StatsOrder, StatsOutcome } from "./works/stats.ts";
export type { TrainOrder, TrainOutcome } from "./works/train.ts";
export { WorkError, type WorkErrorCode } from "./work_error.ts";
export {
  type DeadLetter,
  type EventOptions,
  type Fleet,
  FLEET_ROLES,
  type FleetCredentials,
  FleetError,
  type FleetErrorCode,
  type FleetEvent,
  type FleetJob,
  type FleetRole,
  type FleetWorker,
  type JobState,
  type LabFleet,
  type LabFleetOptions,
  type LocalFleetOptions,
  type NatsFleetOptions,
  type OpenJob,
  openLabFleet,
  openLocalFleet,
  openNatsFleet,
  parseCredentials,
  type RunWork,
} from "./fleet/mod.ts";
