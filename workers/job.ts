/**
 * The process of a job of a remote worker; see `startJobProcess`.
 *
 * @module
 */
import {
  createJobService,
  jobSettings,
  serveJob,
  WORKS,
  WORKS_WITH_CODE,
} from "../src/remote/headless.ts";

const { allowCode, device } = jobSettings();
const reader = new Worker(new URL("./job_input.ts", import.meta.url), { type: "module" });
serveJob(createJobService(allowCode ? WORKS_WITH_CODE : WORKS, device), reader);
