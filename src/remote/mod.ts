/**
 * Where work runs: in this process or in a worker of the page.
 *
 * @module
 */
export { openRepositoryInWorker } from "./git_in_worker.ts";
export { GIT_PROXY, hostAccess, pageToken, TOKEN_HEADER } from "./page_server.ts";
export { connect, type Corpus, type Workbench } from "./workbench.ts";
export {
  createWorkbenchService,
  type DeviceReport,
  type FrequentToken,
  type LoadRequest,
  type MeasuredCorpus,
  type StatisticsRequest,
  WorkbenchError,
  type WorkbenchService,
} from "./workbench_service.ts";
export { type Methods, openLink, serveLink, WorkerError, type WorkerLink } from "./worker_link.ts";
