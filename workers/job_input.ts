/**
 * Reads what a job's process is told, and ends it when there is nobody left to tell it anything.
 *
 * @module
 */
import { JOB_MEMORY } from "../src/remote/job_pipe.ts";
import { readInput } from "../src/remote/serve_job.ts";

readInput((bytes) => postMessage(bytes), Number(Deno.env.get(JOB_MEMORY) ?? Infinity));
