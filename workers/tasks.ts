/**
 * A worker that makes, validates and grades tasks, one at a time, beside others of its kind.
 *
 * @module
 */
import { openEnvironment } from "../src/agent/headless.ts";
import { createTaskService } from "../src/agent/mod.ts";
import { serveLink } from "../src/remote/mod.ts";

serveLink(createTaskService(openEnvironment));
