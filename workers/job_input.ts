/**
 * Reads what a job's process is told, and ends it when there is nobody left to tell it anything.
 *
 * @module
 */
import { jobSettings, readInput } from "../src/remote/serve_job.ts";

readInput((bytes) => postMessage(bytes), jobSettings().memoryBytes);
