/**
 * The thread of a fleet's worker that runs the jobs; see `runFleetWorker`.
 *
 * @module
 */
import { serveFleetThread, WORKS } from "../src/remote/headless.ts";

serveFleetThread(WORKS);
