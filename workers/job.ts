/**
 * The process of a job of a remote worker; see `startJobProcess`.
 *
 * @module
 */
import {
  createJobService,
  JOB_CODE,
  serveJob,
  WORKS,
  WORKS_WITH_CODE,
} from "../src/remote/headless.ts";

const reader = new Worker(new URL("./job_input.ts", import.meta.url), { type: "module" });
const works = Deno.env.get(JOB_CODE) === "allowed" ? WORKS_WITH_CODE : WORKS;
serveJob(createJobService(works), reader);
