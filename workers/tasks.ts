/**
 * A worker that makes, validates and grades tasks, one at a time, beside others of its kind.
 *
 * @module
 */
import { createTaskService, openEnvironment } from "../src/agent/mod.ts";
import { serveLink } from "../src/remote/mod.ts";

serveLink(createTaskService(openEnvironment));
